"""Every error a user can meet.

GatewiseError                what happened, where, and what to do about it
├── ParameterError           an argument or option has an impossible value (also a ValueError)
├── DataError                a file or data set cannot be read, or holds nothing to work with
├── ModelError               a model folder is missing, damaged or cannot do what was asked
├── TrainingError            training cannot go on (a NaN, a checkpoint of another run, ...)
│   └── Interrupted          it was asked to stop (Ctrl-C, SIGTERM)
├── OutOfMemoryError         there is no memory for an array (also a MemoryError)
└── MissingExtraError        an optional part of the package is not installed (also an ImportError)

A message has up to three parts: *what* happened, *where* (file:line, tensor, step) and *what to do*. The command line
prints them on separate lines; nothing else of the exception is shown to a user.
"""

from __future__ import annotations


class GatewiseError(Exception):
    """Base of all errors meant for users.

    Args:
        what: One sentence: what happened.
        where: The place: ``file:line``, a tensor name, a step. Optional.
        hint: What to do now, preferably the command to type. Optional.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str | None = None, hint: str | None = None) -> None:
        self.what = what
        self.where = where
        self.hint = hint
        super().__init__("\n".join(part for part in (self._first_line(), hint) if part))

    def _first_line(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class ParameterError(GatewiseError, ValueError):
    """An argument or option has an impossible value; names it, its value and what is allowed."""

    exit_code = 2


class DataError(GatewiseError):
    """A file or data set cannot be read, or holds nothing to work with."""


class ModelError(GatewiseError):
    """A model folder is missing, damaged, or cannot do what was asked."""


class TrainingError(GatewiseError):
    """Training cannot go on."""


class Interrupted(TrainingError):
    """Training was asked to stop; the message says whether it was saved."""

    exit_code = 130


class OutOfMemoryError(GatewiseError, MemoryError):
    """There is no memory for an array."""


class MissingExtraError(GatewiseError, ImportError):
    """An optional part of the package is needed and not installed."""


def require_extra(extra: str, module: str, purpose: str) -> None:
    """Raise `MissingExtraError` unless `module` can be imported.

    Args:
        extra: Name of the extra that brings it, e.g. ``"train"``.
        module: Top-level module to look for, e.g. ``"torch"``.
        purpose: What needs it, for the message: ``"training"``.
    """
    from importlib.util import find_spec

    if find_spec(module) is None:
        raise MissingExtraError(
            f"{purpose} needs {module}, which is not installed",
            hint=f"pip install 'gatewise[{extra}]'",
        )
