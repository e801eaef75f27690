"""From the bytes of a request to what it asks for; everything else is refused with its reason."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from gatewise.errors import ModelError
from gatewise.serve.limits import Limits
from gatewise.serve.refusal import unprocessable
from gatewise.store.strict_json import parse_json

MOST_DEPTH = 32
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SQUARE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")


@dataclass(frozen=True)
class Asked:
    """What a request asks for.

    Attributes:
        texts: The texts; one where the request has one text.
        model: Name of the model; None for the first one.
        label, method: Of an explanation; None for the model's answer and the usual method.
    """

    texts: list[str]
    model: str | None = None
    label: str | int | None = None
    method: str | None = None

    @property
    def characters(self) -> int:
        """Of all texts."""
        return sum(map(len, self.texts))


def parse_body(body: bytes, limits: Limits) -> Any:
    """The JSON of a body.

    Raises:
        Refusal: 422: it is not strict JSON, too deep, or has too much outside its strings, so that to read it would
            take long.

    Notes:
        Linear in the body, by scans that Python does in C; 1 MiB of any content takes a few milliseconds.

    Example:
        >>> parse_body(b'{"texts": ["a [b"]}', Limits())
        {'texts': ['a [b']}
    """
    _check_skeleton(body, limits.skeleton_bytes)
    try:
        return parse_json(body, "body")
    except ModelError:
        raise unprocessable("bad_json", _BAD_JSON) from None


_BAD_JSON = "the body is not JSON in UTF-8 (NaN, keys given twice and lone surrogates are refused too)"


def _check_skeleton(body: bytes, most: int) -> None:
    # A string has two quotes, at most one of them after a backslash, and between two strings there is a comma.
    if body.count(b'"') - body.count(b'\\"') > 2 * most:
        raise unprocessable("bad_json", "the body has too many strings")
    skeleton = _STRING.sub(b"", body).translate(None, b" \t\r\n")
    if len(skeleton) > most:
        raise unprocessable("bad_json", f"the body has more than {most} characters outside its strings")
    brackets = skeleton.translate(_SQUARE, _NO_BRACKETS)
    for _ in range(MOST_DEPTH):  # Each pass takes away the innermost level, and no other.
        if not brackets:
            return
        brackets = brackets.replace(b"[]", b"")
    if brackets:
        raise unprocessable("too_deep", f"the body is not JSON of at most {MOST_DEPTH} levels")


def read_texts(body: bytes, limits: Limits) -> Asked:
    """What a request with several texts asks for: ``{"texts": [...], "model": ...}``.

    Raises:
        Refusal: 422.
    """
    content = _entries(body, limits, {"texts", "model"})
    texts = content.get("texts")
    if not isinstance(texts, list) or not texts:
        raise unprocessable("bad_texts", "'texts' must be a list of at least one string")
    if len(texts) > limits.texts:
        raise unprocessable("too_many_texts", f"'texts' has more than {limits.texts} entries")
    for number, text in enumerate(texts):
        _check_text(f"'texts', entry {number},", text, limits)
    return Asked(texts, _optional(content, "model"))


def read_text(body: bytes, limits: Limits) -> Asked:
    """What a request with one text asks for: ``{"text": ..., "model": ...}``.

    Raises:
        Refusal: 422.
    """
    content = _entries(body, limits, {"text", "model"})
    _check_text("'text'", content.get("text"), limits)
    return Asked([content["text"]], _optional(content, "model"))


def read_explain(body: bytes, limits: Limits) -> Asked:
    """What a request for an explanation asks for: ``{"text", "label", "method", "model"}``, all but the text optional.

    Raises:
        Refusal: 422.
    """
    content = _entries(body, limits, {"text", "model", "label", "method"})
    _check_text("'text'", content.get("text"), limits)
    label = content.get("label")
    if "label" in content and type(label) not in (str, int):
        raise unprocessable("bad_label", "'label' must be a string or a whole number")
    return Asked([content["text"]], _optional(content, "model"), label, _optional(content, "method"))


def _entries(body: bytes, limits: Limits, known: Collection[str]) -> dict[str, Any]:
    content = parse_body(body, limits)
    if not isinstance(content, dict):
        raise unprocessable("bad_body", "the body must be a JSON object")
    if not content.keys() <= set(known):
        raise unprocessable("unknown_entry", f"the body may have {', '.join(sorted(known))} and nothing else")
    return content


def _check_text(name: str, text: Any, limits: Limits) -> None:
    if not isinstance(text, str):
        raise unprocessable("bad_texts", f"{name} must be a string")
    if len(text) > limits.characters:
        raise unprocessable("text_too_long", f"{name} has more than {limits.characters} characters")


def _optional(content: dict[str, Any], name: str) -> str | None:
    if name not in content:
        return None
    value = content[name]
    if not isinstance(value, str):
        raise unprocessable(f"bad_{name}", f"{name!r} must be a string")
    return value
