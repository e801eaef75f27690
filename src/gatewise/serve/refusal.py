"""A request that gets no answer, and what it gets instead."""

from __future__ import annotations

import json
from collections.abc import Mapping

from gatewise.errors import GatewiseError


class Refusal(GatewiseError):
    """A request is refused.

    Args:
        status: HTTP status.
        code: One word for programs, which does not change between versions.
        message: A sentence for people; holds nothing of the request, of paths or of the code.
        headers: More headers of the response.

    Example:
        >>> Refusal(413, "body_too_large", "the body is too large").body("a1")
        b'{"error":{"code":"body_too_large","message":"the body is too large","id":"a1"}}'
    """

    def __init__(self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, dict(headers or {})

    def body(self, id: str) -> bytes:
        """The response's JSON; `id` names the line of the log."""
        error = {"code": self.code, "message": self.what, "id": id}
        return json.dumps({"error": error}, ensure_ascii=False, separators=(",", ":")).encode()


def overloaded(code: str, message: str, *, seconds: float, status: int = 503) -> Refusal:
    """A refusal that says after how many seconds to try again, rounded up to whole ones."""
    wait = max(1, -int(-seconds // 1))
    return Refusal(status, code, message, headers={"retry-after": str(wait)})


def unprocessable(code: str, message: str) -> Refusal:
    """A refusal of what the body says."""
    return Refusal(422, code, message)


def internal() -> Refusal:
    """What is said of a fault of ours: where to find it, and nothing of it."""
    return Refusal(500, "internal", "something went wrong here; the log has an entry with this id")
