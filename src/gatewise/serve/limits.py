"""Every number that bounds what the service does for a stranger, with its own bounds."""

from __future__ import annotations

from dataclasses import dataclass, fields

from gatewise.errors import ParameterError

# Smallest and largest value of each limit. The largest ones keep what one request can cost in memory below 1 GB.
RANGES: dict[str, tuple[float, float]] = {
    "body_bytes": (1_024, 64 << 20),
    "chunks": (16, 1_000_000),
    "texts": (1, 4_096),
    "characters": (1, 1_000_000),
    "header_bytes": (1_024, 65_536),
    "header_seconds": (0.1, 60),
    "body_seconds": (0.1, 600),
    "total_seconds": (0.1, 3_600),
    "queued_texts": (1, 100_000),
    "queued_characters": (1_000, 1_000_000_000),
    "wait_seconds": (0.001, 60),
    "slow_requests": (1, 256),
    "connections": (1, 100_000),
    "drain_seconds": (0, 60),
}


@dataclass(frozen=True)
class Limits:
    """What one request, and all together, may ask for.

    Attributes:
        body_bytes: Of a request, declared or counted.
        chunks: Of a body that is sent in chunks.
        texts: In a request.
        characters: In a text.
        header_bytes: Of a request line and its headers.
        header_seconds: Until they are complete.
        body_seconds: Until the body is.
        total_seconds: Until the answer is.
        queued_texts, queued_characters: Waiting for a model, all requests together.
        wait_seconds: What a request may have to wait before its turn, by the estimate made when it arrives; beyond it
            the request is refused at once.
        slow_requests: Explanations and streams, each kind of all models together, that run or wait.
        connections: Open at a time.
        drain_seconds: For which a service that was told to stop goes on accepting, so that whoever sends it requests
            can see that it is no longer ready.

    Example:
        >>> Limits(texts=0)
        Traceback (most recent call last):
        gatewise.errors.ParameterError: texts=0 is not a number from 1 to 4096
    """

    body_bytes: int = 1 << 20
    chunks: int = 4_096
    texts: int = 256
    characters: int = 20_000
    header_bytes: int = 16_384
    header_seconds: float = 5.0
    body_seconds: float = 10.0
    total_seconds: float = 30.0
    queued_texts: int = 2_048
    queued_characters: int = 8_000_000
    wait_seconds: float = 0.05
    slow_requests: int = 8
    connections: int = 900
    drain_seconds: float = 0.5

    def __post_init__(self) -> None:
        for entry in fields(self):
            low, high = RANGES[entry.name]
            value = getattr(self, entry.name)
            is_right_kind = type(value) is int or (entry.type == "float" and type(value) is float)
            if not is_right_kind or not low <= value <= high:
                raise ParameterError(f"{entry.name}={value!r} is not a number from {low} to {high}")

    @property
    def skeleton_bytes(self) -> int:
        """Bytes of a request's JSON outside its strings, white space not counted: bounds what its parser does."""
        return 4_096 + 4 * self.texts
