"""Whether a review is judged by few words: their share in the way of the running score, and what they say alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.studies.gates.reader import Ids, TextReader
from gatewise.text.ragged import Ragged

# "Few": this share of a text's words.
FEW = 0.2


def heaviest(moved: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Places of the fifth of the words that moved the score most, at least one, in the order of the text.

    Example:
        >>> heaviest(np.array([0.1, -3.0, 0.2, 0.0, 1.0, 0.3])).tolist()
        [1, 4]
    """
    count = max(1, int(np.ceil(FEW * len(moved))))
    return np.sort(np.argsort(-np.abs(moved), kind="stable")[:count])


def share_of_the_way(moved: npt.NDArray[np.float64]) -> float:
    """Share of the total absolute change that the heaviest fifth of the words makes."""
    total = float(np.abs(moved).sum())
    return float(np.abs(moved[heaviest(moved)]).sum()) / total if total else 0.0


def measure_few(reader: TextReader, texts: Sequence[str], *, words: int, seed: int) -> dict[str, Any]:
    """What the heaviest fifth of the words does, over many texts cut to `words` words.

    Returns:
        The mean share of the way; and for how many texts the answer stays the same when only that fifth is read, or
        a fifth drawn by chance, in the order of the text.
    """
    random = np.random.default_rng(seed)
    whole: list[Ids] = []
    few: list[Ids] = []
    drawn: list[Ids] = []
    shares = []
    for text in texts:
        ids = reader.encode(text)[0][:words]
        moved = np.diff(reader.scores(ids)[1])
        chosen = heaviest(moved)
        shares.append(share_of_the_way(moved))
        whole.append(ids)
        few.append(ids[chosen])
        drawn.append(ids[np.sort(random.choice(len(ids), size=len(chosen), replace=False))])
    answers = _answers(reader, whole)
    return {
        "texts": len(texts),
        "share_of_the_way": float(np.mean(shares)),
        "same_answer_by_heaviest": float((_answers(reader, few) == answers).mean()),
        "same_answer_by_chance": float((_answers(reader, drawn) == answers).mean()),
    }


def _answers(reader: TextReader, texts: Sequence[Ids]) -> npt.NDArray[np.int64]:
    logits = reader.predictor.network.logits(Ragged.from_lists(texts))
    return (logits[:, 0] > 0).astype(np.int64) if logits.shape[1] == 1 else logits.argmax(1)
