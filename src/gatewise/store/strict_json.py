"""JSON that was written by somebody else."""

from __future__ import annotations

import json
from typing import Any

from gatewise.errors import ModelError, ParameterError


def parse_json(data: bytes, where: str) -> Any:
    """Read JSON, refusing what Python would let pass.

    Args:
        data: UTF-8 text.
        where: Name of the file, for the message.

    Raises:
        ModelError: Not UTF-8, not JSON, nested too deeply, NaN or Infinity, an integer of thousands of digits, a key
            twice in one object, or half a surrogate pair (which could be read but never printed).

    Example:
        >>> parse_json(b'{"a": 1, "a": 2}', "config.json")
        Traceback (most recent call last):
        gatewise.errors.ModelError: config.json: damaged JSON: the key 'a' occurs twice
    """
    try:
        content = json.loads(data.decode("utf-8"), parse_constant=_refuse_constant, object_pairs_hook=_object)
        # A backslash escape is the one way in for a lone surrogate, and json.loads does not mind it.
        if b"\\u" in data:
            json.dumps(content, ensure_ascii=False).encode("utf-8")
        return content
    except RecursionError:
        raise ModelError("damaged JSON: nested too deeply", where=where) from None
    except ValueError as problem:
        raise ModelError(f"damaged JSON: {problem}", where=where) from problem


def write_json(content: Any, name: str) -> bytes:
    """JSON for people: indented, UTF-8, no NaN.

    Raises:
        ParameterError: `content` is not JSON; `name` says in the message what it is.
    """
    try:
        return (json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2) + "\n").encode("utf-8")
    except (TypeError, ValueError, RecursionError) as problem:
        raise ParameterError(f"{name} cannot be written as JSON: {problem}") from problem


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)[:100]!r} occurs twice")
    return content
