"""What the verbs that train share: the state of the folder, lengths of time, entries of a recipe."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from gatewise.errors import ParameterError, TrainingError

_TIME = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h)")
_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}


def is_finished(out: Path, *, resume: bool, overwrite: bool, kind: str = "a model") -> bool:
    """Whether a run that shall be resumed has long ended.

    Args:
        out: The folder.
        resume: ``--resume`` was given.
        overwrite: ``--overwrite`` was given.
        kind: What such a run leaves in the folder.

    Raises:
        ParameterError: Both were given.
        TrainingError: The folder holds something, and neither was given.
    """
    if resume and overwrite:
        raise ParameterError("--resume goes on with a run and --overwrite replaces it", hint="give one of them")
    has_result = (out / "config.json").exists()
    has_run = any((out / name).is_dir() for name in ("checkpoints", "corpus"))
    if resume:
        return has_result and not has_run
    if (has_result or has_run) and not overwrite:
        raise TrainingError(
            f"the folder already holds {'an unfinished run' if has_run else kind}",
            where=str(out),
            hint="--resume goes on with it, --overwrite replaces it" if has_run else "--overwrite replaces it",
        )
    return False


def entry_of(text: str) -> tuple[str, Any]:
    """Name and value of ``--set name=value``; the value is JSON, or else a string.

    Raises:
        ParameterError: There is no equals sign.

    Example:
        >>> entry_of("epochs=3"), entry_of("direction=both")
        (('epochs', 3), ('direction', 'both'))
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise ParameterError(f"--set {text!r} is not of the form name=value")
    try:
        return name.strip(), json.loads(value)
    except ValueError:
        return name.strip(), value.strip()


def seconds_of(time: str | None) -> float | None:
    """Seconds in ``90s``, ``10m`` or ``2h``.

    Raises:
        ParameterError: It is no such time.

    Example:
        >>> seconds_of("1.5h"), seconds_of(None)
        (5400.0, None)
    """
    if time is None:
        return None
    match = _TIME.fullmatch(time.strip())
    if not match or float(match[1]) == 0:
        raise ParameterError(f"--time {time!r} is not a time", hint="write 90s, 10m or 2h")
    return float(match[1]) * _UNITS[match[2]]


def begin_process(threads: int | None) -> None:
    """Settle what a process that trains settles before torch is first imported."""
    from gatewise.train.process import prepare

    prepare(threads)
