"""What a benchmark has measured already, one JSON object a line, so that an interrupted one goes on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Done:
    """A file of runs.

    Args:
        path: Made where missing.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self.path = path

    def find(self, key: Mapping[str, Any]) -> dict[str, Any] | None:
        """The newest run whose entries are those of `key`."""
        runs = [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
        same = [run for run in runs if all(run.get(name) == value for name, value in key.items())]
        return same[-1] if same else None

    def add(self, run: Mapping[str, Any]) -> dict[str, Any]:
        """Append a run, and give it as `find` will."""
        line = json.dumps(run)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
        found: dict[str, Any] = json.loads(line)
        return found
