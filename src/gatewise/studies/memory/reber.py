"""The embedded Reber grammar (Hochreiter and Schmidhuber 1997, section 5.1, figures 3 and 4)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SYMBOLS = "BTPSXVE"
# From each node of the inner grammar: symbol and next node; where there are two, each has probability 1/2. The last
# node has no way out.
GRAPH: tuple[dict[str, int], ...] = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
    {},
)


def embedded_strings(generator: np.random.Generator, count: int) -> list[str]:
    """Strings ``B T … T E`` or ``B P … P E``, the dots a string of the inner grammar."""
    return [_embedded(generator) for _ in range(count)]


def _embedded(generator: np.random.Generator) -> str:
    outer = "TP"[generator.integers(2)]
    inner, node = "", 0
    while GRAPH[node]:
        symbol = list(GRAPH[node])[generator.integers(len(GRAPH[node]))]
        inner, node = inner + symbol, GRAPH[node][symbol]
    return f"B{outer}{inner}{outer}E"


def legal_next(string: str) -> NDArray[np.bool_]:
    """Which symbols may follow each symbol of an embedded string but its last: ``[len - 1, 7]``."""
    outer, node = string[1], 0
    sets = ["TP"]
    for symbol in string[2:-2]:
        sets.append("".join(GRAPH[node]))
        node = GRAPH[node][symbol]
    sets += [outer, "E"]
    return np.array([[symbol in one for symbol in SYMBOLS] for one in sets])
