"""One request on its way through the service, and what is noted of it."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

# Where an exchange lies in the scope of ASGI.
KEY = "gatewise.exchange"
CONNECTION = "gatewise.connection"


@dataclass
class Exchange:
    """What is noted of a request; never its texts.

    Attributes:
        id: In the response, in error bodies and in the log.
        route: One of the known paths, or ``other``.
        method: Of HTTP; ``other`` for an unusual one.
        status: Of the response; 0 before it begins.
        code: Of the refusal, if it was one.
        texts, characters: Asked for.
        batch: Texts in the largest batch in which some of them were read.
        began: By the monotonic clock.
        give_up: Called when the client has gone: drops what waits for it.
        is_gone: Whether it has.
    """

    id: str
    route: str = "other"
    method: str = "other"
    status: int = 0
    code: str | None = None
    texts: int = 0
    characters: int = 0
    batch: int = 0
    began: float = field(default_factory=time.perf_counter)
    give_up: Callable[[], object] | None = None
    is_gone: bool = False

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.perf_counter() - self.began


class Ids:
    """Ids that are unique to this process and, by their random beginning, among processes.

    Example:
        >>> ids = Ids()
        >>> first, second = ids.next(), ids.next()
        >>> len(first), first[:8] == second[:8], first == second
        (16, True, False)
    """

    def __init__(self) -> None:
        self._start = secrets.token_hex(4)
        self._count = itertools.count()

    def next(self) -> str:
        """The next one, 16 hexadecimal digits."""
        return f"{self._start}{next(self._count) & 0xFFFFFFFF:08x}"
