"""Integrated gradients: the score's slopes by the word vectors, summed up on the way from unknown words to the text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from gatewise.errors import ParameterError
from gatewise.explain.bag_shares import bag_shares
from gatewise.explain.explanation import Floats
from gatewise.explain.quadrature import PLACES, path_integral
from gatewise.explain.reading import NO_WORD, Reading
from gatewise.explain.scoring import Scorer
from gatewise.explain.slopes import SlopedNetwork, sloped_networks
from gatewise.ops.checks import Floats as AnyFloats
from gatewise.runtime.predictor import Predictor

ORIGINS = ("unknown", "zero", "mean")

FIRST_STEPS = 32
MOST_STEPS = 512
# How much of the score's rise may be left unexplained before finer steps are taken: a part of it, or so many log odds.
LARGEST_SHARE = 0.01
LEAST_GAP = 1e-3
# Errors of stretches of the path may cancel each other; without sign they may be so many times as large.
MOST_CANCELLED = 5
# Rows that are recorded at a time: 5 H + E floats each and layer, 50 MB with one layer of 256 units.
_ROWS = 8_192


@dataclass(frozen=True, eq=False)
class Path:
    """The straight way from a text of unknown words to the text.

    Attributes:
        networks: The networks whose mean logits are the model's.
        rows: ``[S, E]`` of each: the word vectors of what is read.
        moves: ``[S, E]`` of each: how far they move; zero for a row that is no word of the text.
        bag_moves: ``[T, K]``, or ``[T, 1]`` for two classes: what each word brings to the rival's logits.
    """

    networks: list[SlopedNetwork]
    rows: list[AnyFloats]
    moves: list[AnyFloats]
    bag_moves: Floats | None


def integrated(
    predictor: Predictor, reading: Reading, scorer: Scorer, score: float, *, origin: str = "unknown"
) -> tuple[float, Floats]:
    r"""Integrated gradients of the score by the words.

    The score s of the model is a function of the word vectors x_t and of what each n-gram brings to the rival's logits.
    All of them move at once on a straight line: the vectors from that of the unknown word u, x_t(a) = u + a (x_t - u),
    what the n-grams bring from nothing. The part of word t is

    .. math::
        \phi_t = \int_0^1 \Bigl( \frac{\partial s}{\partial x_t} \cdot (x_t - u)
                 + \frac{\partial s}{\partial r} \cdot r_t \Bigr) da, \qquad \sum_t \phi_t = s(1) - s(0)

    where r_t are the word's shares of the rival's logits (`bag_shares`). For two classes s is linear in r, so that a
    word gets its share times a constant exactly. A word that the network does not know has no other part. The words of
    a frame, and pads, stay where they are. The integral is taken by `gatewise.explain.quadrature.path_integral`, in
    finer steps where the slopes jump, until the sum is right to 1 % of the score's rise or to 0.001 log odds; it ends
    at 512 steps, and the gap tells what is left.

    Args:
        predictor: The model.
        reading: The text.
        scorer: The class.
        score: Of the whole text.
        origin: One of `ORIGINS`, where every word's vector comes from: that of unknown words, zero, or the mean of all
            word vectors. Decision 16 says what was measured.

    Returns:
        s(0), the network's score of as many unknown words, with a rival that has met no n-gram; and ``[T]`` float64.

    Raises:
        ModelError: There is no way back through such a network.

    Notes:
        O(steps T) with steps from 32 to 512: rarely above 100, and then where the score rises by nearly nothing. Memory
        is that of 8,192 rows, or of one text that is longer, and a quarter of steps T numbers.

    Reference:
        Sundararajan, Taly and Yan 2017, "Axiomatic Attribution for Deep Networks", arXiv 1703.01365, equation 1.
    """
    line = _Line(_path(predictor, reading, scorer, origin), reading, scorer)
    baseline = float(line.scores(np.zeros(1))[0])
    tolerance = max(LEAST_GAP, LARGEST_SHARE * abs(score - baseline))
    contributions = path_integral(
        line,
        tolerance,
        sum_of_gaps=MOST_CANCELLED * tolerance,
        first=FIRST_STEPS // PLACES,
        most=MOST_STEPS,
    )
    return baseline, contributions


def _path(predictor: Predictor, reading: Reading, scorer: Scorer, origin: str) -> Path:
    networks = sloped_networks(predictor.network)
    rows = [network.rows(reading.read) for network in networks]
    is_word = (reading.read_places != NO_WORD)[:, None]
    bag = None if scorer.rival is None else bag_shares(scorer.rival, reading.words.words)
    begins = [_origin(network, origin, predictor.tokenizer.unknown_id) for network in networks]
    moves = [(own - begin) * is_word for own, begin in zip(rows, begins, strict=True)]
    return Path(networks, rows, moves, bag)


def _origin(network: SlopedNetwork, name: str, unknown_id: int) -> AnyFloats:
    if name == "zero":
        return np.zeros_like(network.embedding[0])
    if name == "unknown":
        found: AnyFloats = network.embedding[unknown_id]
        return found
    if name != "mean":
        raise ParameterError(f"origin={name!r} is not one of {', '.join(ORIGINS)}")
    mean: AnyFloats = network.embedding.mean(axis=0)
    return mean


class _Line:
    """The score at places of the path, and how fast it rises there by each word."""

    def __init__(self, path: Path, reading: Reading, scorer: Scorer) -> None:
        self._path, self._reading, self._scorer = path, reading, scorer

    def scores(self, points: Floats) -> Floats:
        return np.concatenate([point.scores for point in self._points(points)])

    def slopes(self, points: Floats) -> Floats:
        places = self._reading.read_places
        is_word = places != NO_WORD
        found: Floats = np.zeros((len(points), len(self._reading.words)))
        begin = 0
        for point in self._points(points):
            by_row, by_word = point.parts()
            block = found[begin : begin + len(by_row)]
            # Each word is read once at most.
            block[:, places[is_word]] = by_row[:, is_word]
            if by_word is not None:
                block += by_word
            begin += len(by_row)
        return found

    def _points(self, points: Floats) -> Iterator[_Point]:
        """The model at these places, a block of rows at a time."""
        size = max(1, _ROWS // max(1, len(self._reading.read)))
        for begin in range(0, len(points), size):
            yield _Point(self._path, self._reading, self._scorer, points[begin : begin + size])


class _Point:
    """The model at m points of the path.

    Args:
        points: ``[m]``, from 0 to 1.
    """

    def __init__(self, path: Path, reading: Reading, scorer: Scorer, points: Floats) -> None:
        self._path, self._scorer, self._m = path, scorer, len(points)
        offsets = np.arange(len(points) + 1, dtype=np.int64) * len(reading.read)
        self._answers = [
            network.answer(_rows_at(rows, moves, points), offsets)
            for network, rows, moves in zip(path.networks, path.rows, path.moves, strict=True)
        ]
        self._logits: Floats = np.mean([answer.logits for answer in self._answers], axis=0)
        self._bags = None if path.bag_moves is None else _bags_at(scorer, path.bag_moves, points)

    @property
    def scores(self) -> Floats:
        return self._scorer.scores(self._logits, self._bags)

    def parts(self) -> tuple[Floats, Floats | None]:
        """How fast the score rises by each row that is read ``[m, S]``, and by the rival's words ``[m, T]``."""
        by_network, by_bag = self._scorer.slopes(self._logits, self._bags)
        total: Floats = np.zeros((self._m, len(self._path.moves[0])))
        for answer, moves in zip(self._answers, self._path.moves, strict=True):
            slopes = answer.slopes(by_network / len(self._answers)).reshape(self._m, *moves.shape)
            total += np.einsum("mse,se->ms", slopes, moves, dtype=np.float64)
        bag = None if by_bag is None or self._path.bag_moves is None else by_bag @ self._path.bag_moves.T
        return total, bag


def _rows_at(rows: AnyFloats, moves: AnyFloats, points: Floats) -> AnyFloats:
    """Rows ``[m * S, E]``: those of the text less the part of the way that is not yet gone."""
    left = (1 - points).astype(rows.dtype)[:, None, None]
    found: AnyFloats = (rows - left * moves).reshape(-1, rows.shape[1])
    return found


def _bags_at(scorer: Scorer, bag_moves: Floats, points: Floats) -> Floats:
    assert scorer.rival is not None
    found: Floats = scorer.rival.bias.astype(np.float64) + points[:, None] * bag_moves.sum(axis=0)
    return found
