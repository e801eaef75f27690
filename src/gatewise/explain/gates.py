"""What the gates and cells of an LSTM do while it reads a text, and which units the answer follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ModelError, ParameterError
from gatewise.explain.explanation import Floats, Words
from gatewise.explain.labels import class_of
from gatewise.explain.margin import Margin, check_lstm, single_networks
from gatewise.explain.reading import NO_WORD, Reading
from gatewise.ops.checks import Floats as AnyFloats
from gatewise.ops.lstm import LSTMOutput, pack_lstm
from gatewise.runtime.build import Tensors, recurrent_layers
from gatewise.runtime.encoder import Layers
from gatewise.runtime.predictor import Predictor
from gatewise.store.config import NetworkConfig

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Trace:
    """The states of H units of one layer and direction beside every word that is read.

    Attributes:
        words: The text and its T words.
        places: ``[R]`` int64, which of the T words each row is, rising.
        label: The class that `shares` are for; of an ordinal model the highest one.
        layer: Counted from 0.
        reverse: Whether this direction reads from the last word to the first.
        i, f, g, o: ``[R, H]``: input gate, forget gate, candidate, output gate.
        c, h: ``[R, H]``: cell and output.
        shares: ``[R, H]`` each unit's part in the margin of the class (`gatewise.explain.margin.Margin`) if the text
            ended here: its last, highest and mean output so far, each times the head's weight for it. Of a network that
            reads forwards only, their sum over the units and the head's bias are the margin of what has been read so
            far. None for a layer that the head does not read.
        before: ``[H]``, the same before the first word.
    """

    words: Words
    places: Places
    label: str | int
    layer: int
    reverse: bool
    i: Floats
    f: Floats
    g: Floats
    o: Floats
    c: Floats
    h: Floats
    shares: Floats | None
    before: Floats | None


@dataclass(frozen=True)
class Mover:
    """A unit that the answer follows.

    Attributes:
        unit: Its number.
        change: How far its share of the margin moved over the text: the highest less the lowest, the one before the
            first word counted; in logits.
        end: Its share after the whole text.
        place: Which of the T words moved it most.
        word: That word.
        step: By how much: its share with that word less the one before, in the order of reading.
    """

    unit: int
    change: float
    end: float
    place: int
    word: str
    step: float

    def as_json(self) -> dict[str, Any]:
        """All of it as what JSON can hold."""
        return dict(vars(self))


def trace(
    predictor: Predictor,
    text: str,
    *,
    label: str | int | None = None,
    layer: int | None = None,
    reverse: bool | None = None,
) -> Trace:
    """Gates, cells and outputs beside every word that is read.

    Args:
        predictor: A model whose network is an LSTM.
        text: Any str.
        label: The class whose margin the shares are of; that of highest probability when not given.
        layer: Counted from 0; the last one when not given.
        reverse: Whether to show what reads from the last word to the first, where there is both: the second direction
            of a bidirectional network, or the second one of two networks. When not given, what reads forwards, unless
            nothing does.

    Raises:
        ParameterError: No such class, layer or direction.
        ModelError: The network is no LSTM.

    Notes:
        O(T H (E + H)). The words of a frame are read and are not among the rows. Deterministic.

    Example:
        >>> from gatewise.runtime.predictor import Predictor
        >>> found = trace(Predictor.load("imdb"), "A wonderful film.")
        >>> found.f.shape, bool(((found.f >= 0) & (found.f <= 1)).all())
        ((4, 256), True)
    """
    check_lstm(predictor.network, "gates can be shown")
    reading = Reading.of(predictor, text)
    index = class_of(predictor, text, label)
    shown = -1 if predictor.config.network.ordinal else index
    walk = _Walk.of(predictor, reading, layer, reverse)
    shares, before = walk.shares(index)
    own = walk.places != NO_WORD
    i, f, g, o = np.split(walk.gates[own], 4, axis=1)
    return Trace(
        words=reading.words,
        places=walk.places[own],
        label=predictor.config.labels[shown],
        layer=walk.layer,
        reverse=walk.is_reverse,
        i=i,
        f=f,
        g=g,
        o=o,
        c=walk.cells[own],
        h=walk.hidden[own],
        shares=None if shares is None else shares[own],
        before=before,
    )


def moved_most(trace: Trace, count: int = 10) -> list[Mover]:
    """The units whose share of the margin changed most over the text, the first one most.

    Args:
        trace: Of the last layer.
        count: Most units to give, at least 1.

    Raises:
        ParameterError: `count` is below 1.
        ModelError: The trace is of a layer that the head does not read.
    """
    if type(count) is not int or count < 1:
        raise ParameterError(f"count={count!r} is not a whole number of at least 1")
    if trace.shares is None or trace.before is None:
        raise ModelError(f"the head does not read layer {trace.layer}", hint="trace the last layer")
    if not len(trace.places):
        return []
    way = slice(None, None, -1 if trace.reverse else 1)
    shares = np.vstack([trace.before, trace.shares[way]])
    steps, places = np.diff(shares, axis=0), trace.places[way]
    change = shares.max(axis=0) - shares.min(axis=0)
    movers = []
    for unit in np.argsort(-change, kind="stable")[:count].tolist():
        row = int(np.abs(steps[:, unit]).argmax())
        place = int(places[row])
        word, moved = trace.words.words[place], float(steps[row, unit])
        movers.append(Mover(unit, float(change[unit]), float(shares[-1, unit]), place, word, moved))
    return movers


@dataclass(frozen=True, eq=False)
class _Walk:
    """What one direction of one layer gave, rows in the order of the text."""

    config: NetworkConfig
    tensors: Tensors
    layer: int
    is_reverse: bool
    places: Places
    gates: Floats
    cells: Floats
    hidden: Floats

    @classmethod
    def of(cls, predictor: Predictor, reading: Reading, layer: int | None, reverse: bool | None) -> _Walk:
        config, tensors, is_reverse = _chosen(predictor, reverse)
        number = config.layers - 1 if layer is None else layer
        if type(number) is not int or not 0 <= number < config.layers:
            raise ParameterError(f"layer={layer!r} is not from 0 to {config.layers - 1}")
        # A network that reads backwards is given the rows from the last to the first, and gives its own so.
        way = slice(None, None, -1 if config.reads == "backward" else 1)
        rows = np.ascontiguousarray(tensors["embedding.weight"][reading.read[way]])
        output = _read(recurrent_layers(config, tensors)[: number + 1], rows, int(is_reverse and config.bidirectional))
        assert output.gates is not None
        assert output.cells is not None
        arrays = [part[way].astype(np.float64) for part in (output.gates, output.cells, output.hidden)]
        return cls(config, tensors, number, is_reverse, reading.read_places, *arrays)

    def shares(self, index: int) -> tuple[Floats | None, Floats | None]:
        """Each unit's part in the margin after each row, and before the first word; None for a lower layer."""
        if self.layer != self.config.layers - 1:
            return None, None
        way = slice(None, None, -1 if self.is_reverse else 1)
        hidden, H = self.hidden[way], self.config.hidden_size
        count = np.arange(1, len(hidden) + 1)[:, None]
        pools = {"last": hidden, "max": np.maximum.accumulate(hidden), "mean": hidden.cumsum(axis=0) / count}
        parts = self.config.pooling.split("+")
        weight = Margin.of(self.config, self.tensors, index).weight.reshape(len(parts), self.config.directions, H)
        own = weight[:, int(self.is_reverse and self.config.bidirectional)]
        shares: Floats = np.zeros((1 + len(hidden), H))
        for part, factor in zip(parts, own, strict=True):
            shares[1:] += factor * pools[part]
        first = np.flatnonzero(self.places[way] != NO_WORD)
        return shares[1:][way], shares[first[0] if len(first) else -1]


def _chosen(predictor: Predictor, reverse: bool | None) -> tuple[NetworkConfig, Tensors, bool]:
    """The network that has the direction, and whether that reads from the end."""
    networks = single_networks(predictor.network)
    ways = {
        config.reads == "backward" or place == 1: (config, tensors)
        for config, tensors in networks
        for place in range(config.directions)
    }
    wanted = min(ways) if reverse is None else reverse
    if wanted not in ways:
        end = "from the last word to the first" if wanted else "forwards"
        raise ParameterError(f"reverse={reverse!r}: nothing in this model reads {end}")
    return *ways[wanted], wanted


def _read(layers: Layers, rows: AnyFloats, place: int) -> LSTMOutput:
    """What direction number `place` of the last of these layers gives, recorded."""
    offsets = np.array([0, len(rows)], np.int64)
    for number, layer in enumerate(layers):
        packed = [pack_lstm(entry.weight_ih, entry.weight_hh, entry.bias_ih, entry.bias_hh) for entry in layer]
        if number == len(layers) - 1:
            return packed[place].forward(rows, offsets, reverse=place == 1, record=True)
        outputs = [one.forward(rows, offsets, reverse=way == 1).hidden for way, one in enumerate(packed)]
        rows = np.ascontiguousarray(np.concatenate(outputs, axis=1))
    raise AssertionError("a network has at least one layer")
