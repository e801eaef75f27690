"""An entry of the list of errata."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Kind = Literal["wrong", "open", "confirmed"]


@dataclass(frozen=True)
class Shown:
    """What a check found.

    Attributes:
        holds: Whether it is as the entry says.
        evidence: The numbers.
    """

    holds: bool
    evidence: str


@dataclass(frozen=True)
class Item:
    """Something the course documents get wrong, leave open, or have right although it looks odd.

    Attributes:
        name: In `docs/courses.md` and on the command's page.
        kind: Which of the three.
        source: Short names of the documents.
        says: What stands there.
        right: What is right, or what was chosen where it is open.
        check: Shows it, in seconds.
    """

    name: str
    kind: Kind
    source: str
    says: str
    right: str
    check: Callable[[], Shown]
