"""A reader's numbers are those of the equations, read whole or word by word, forwards or backwards."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest

from gatewise.errors import ParameterError
from gatewise.runtime import reader as module
from gatewise.runtime.reader import Reader
from gatewise.store.encoder import StoredEncoder
from gatewise.text.ragged import Ragged
from tiny_encoder import WORDS, make_encoder

TEXTS = [[3, 4, 5, 6, 7, 1], [3, 10], [8], [], [4, 4, 4, 0, 11]]
# float32 products of 6 units against float64; the weights are of size 1.
CLOSE = 1e-5


def sigmoid(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return 1 / (1 + np.exp(-x))


def by_the_equations(encoder: StoredEncoder, ids: list[int], name: str) -> npt.NDArray[np.float64]:
    """Log probabilities ``[len(ids), V]`` after each word, in float64, gate by gate."""
    t = {key: array.astype(np.float64) for key, array in encoder.tensors.items()}
    H, layers = encoder.config.hidden_size, encoder.config.layers
    h, c = np.zeros((layers, H)), np.zeros((layers, H))
    rows = []
    for id in ids:
        x = t[f"{name}.embedding.weight"][id]
        for k in range(layers):
            w, u = t[f"{name}.encoder.weight_ih_l{k}"], t[f"{name}.encoder.weight_hh_l{k}"]
            i, f, g, o = np.split(w @ x + u @ h[k] + t[f"{name}.encoder.bias_ih_l{k}"], 4)
            c[k] = sigmoid(f) * c[k] + sigmoid(i) * np.tanh(g)
            h[k] = x = sigmoid(o) * np.tanh(c[k])
        vector = t[f"{name}.projection.weight"] @ x + t[f"{name}.projection.bias"]
        logits = t[f"{name}.embedding.weight"] @ vector + t[f"{name}.output.bias"]
        rows.append(logits - np.log(np.exp(logits).sum()))
    return np.array(rows)


@pytest.mark.parametrize("layers", [1, 3])
def test_word_by_word_it_gives_what_the_equations_give(layers: int) -> None:
    encoder = make_encoder(1, layers=layers)
    reader = Reader(encoder.config, encoder.tensors, "forward")
    states = reader.start()
    read = [reader.log_probabilities(reader.push(states, id))[0] for id in TEXTS[0]]
    assert read[0].dtype == np.float64
    assert [math.fsum(np.exp(row)) for row in read] == pytest.approx([1.0] * 6, abs=1e-12)
    np.testing.assert_allclose(read, by_the_equations(encoder, TEXTS[0], "forward"), atol=CLOSE)


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("name", ["forward", "backward"])
def test_whole_texts_have_the_likelihood_of_their_words(name: str, layers: int) -> None:
    encoder = make_encoder(2, layers=layers, directions="both")
    wanted = 0.0
    for text in TEXTS:
        ids = text[::-1] if name == "backward" else text
        told = by_the_equations(encoder, ids[:-1], name)
        wanted += sum(float(told[place, id]) for place, id in enumerate(ids[1:]))
    reader = Reader(encoder.config, encoder.tensors, name)
    assert reader.log_likelihood(Ragged.from_lists(TEXTS)) == pytest.approx(wanted, rel=CLOSE)


def test_the_two_readers_are_models_of_their_own() -> None:
    encoder = make_encoder(3, directions="both")
    batch = Ragged.from_lists(TEXTS)
    both = [Reader(encoder.config, encoder.tensors, name).log_likelihood(batch) for name in encoder.config.readers]
    assert both[0] != pytest.approx(both[1], rel=1e-3)
    encoder.tensors = {name: array for name, array in encoder.tensors.items() if name.startswith("backward")}
    assert Reader(encoder.config, encoder.tensors, "backward").log_likelihood(batch) == both[1]


def test_the_likelihood_does_not_depend_on_how_many_rows_are_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = make_encoder(4)
    reader, batch = Reader(encoder.config, encoder.tensors, "forward"), Ragged.from_lists(TEXTS)
    whole = reader.log_likelihood(batch)
    for most in (1, 2 * len(WORDS), 5 * len(WORDS)):
        monkeypatch.setattr(module, "_MOST_LOGITS", most)
        # float32 products of other sizes, whose sums may be rounded otherwise.
        assert reader.log_likelihood(batch) == pytest.approx(whole, rel=1e-6)


def test_texts_of_fewer_than_two_words_tell_nothing() -> None:
    encoder = make_encoder()
    reader = Reader(encoder.config, encoder.tensors, "forward")
    assert reader.log_likelihood(Ragged.from_lists([[], [5]])) == 0
    assert reader.log_likelihood(Ragged.from_lists([])) == 0


def test_reading_leaves_the_weights_as_they_are() -> None:
    encoder = make_encoder(5)
    before = {name: array.copy() for name, array in encoder.tensors.items()}
    reader = Reader(encoder.config, encoder.tensors, "forward")
    reader.log_likelihood(Ragged.from_lists(TEXTS))
    reader.log_probabilities(reader.push(reader.start(), 3))
    assert all(np.array_equal(array, before[name]) for name, array in encoder.tensors.items())


def test_huge_logits_do_not_overflow() -> None:
    encoder = make_encoder(6)
    encoder.tensors["forward.output.bias"][7] = 1e30
    reader = Reader(encoder.config, encoder.tensors, "forward")
    assert reader.log_probabilities(reader.push(reader.start(), 3))[0, 7] == 0
    assert np.isfinite(reader.log_likelihood(Ragged.from_lists(TEXTS)))


def test_a_reader_that_is_not_there_is_named() -> None:
    encoder = make_encoder()
    with pytest.raises(ParameterError, match="reader='backward' is not one of forward"):
        Reader(encoder.config, encoder.tensors, "backward")
