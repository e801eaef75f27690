"""Gates and cells beside each word, and the units that move the answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from explain_models import SHARE, model

from gatewise.errors import ModelError, ParameterError
from gatewise.explain.gates import moved_most, trace
from gatewise.store.config import TextConfig

TEXT = "this film is not good , it was boring ."
# Sums of some hundred numbers of about 1 in float64.
EXACT = 1e-10


@pytest.mark.parametrize("options", [{}, {"layers": 2}, {"bidirectional": True}, {"reads": "backward"}], ids=str)
def test_what_is_shown_obeys_the_equations(options: dict[str, Any]) -> None:
    predictor = model(**options)
    for reverse in {True} if "reads" in options else {False, "bidirectional" in options}:
        found = trace(predictor, TEXT, reverse=reverse)
        way = slice(None, None, -1 if reverse else 1)
        before = np.vstack([np.zeros(4), found.c[way][:-1]])
        np.testing.assert_allclose(found.c[way], found.f[way] * before + found.i[way] * found.g[way], atol=EXACT)
        np.testing.assert_allclose(found.h, found.o * np.tanh(found.c), atol=EXACT)


@pytest.mark.parametrize("pooling", ["last", "max", "mean", "last+max+mean"])
@pytest.mark.parametrize("classes", [2, 3])
def test_shares_of_the_units_are_the_margin_after_every_word(pooling: str, classes: int) -> None:
    predictor = model(pooling=pooling, classes=classes, layers=2, blend=SHARE)
    words = predictor.tokenizer.words(TEXT)
    texts = [" ".join(words[: count + 1]) for count in range(len(words))]
    logits, bias = predictor.network_logits(texts), predictor.network.tensors["head.bias"]
    found = trace(predictor, TEXT, label=predictor.classes_[1])
    assert found.shares is not None
    want = logits[:, 0] - bias[0]
    if classes == 3:
        want = (logits[:, 1] - logits[:, [0, 2]].mean(axis=1)) - (bias[1] - bias[[0, 2]].mean())
    np.testing.assert_allclose(found.shares.sum(axis=1), want, atol=EXACT)


@pytest.mark.parametrize("options", [{"bidirectional": True}, {"reads": "both"}, {"reads": "backward"}], ids=str)
def test_at_the_ends_the_directions_together_are_the_margin(options: dict[str, Any]) -> None:
    predictor = model(**options)
    tensors, total = predictor.network.tensors, 0.0
    for reverse in (True,) if options.get("reads") == "backward" else (False, True):
        found = trace(predictor, TEXT, label="pos", reverse=reverse)
        assert found.reverse == reverse
        assert found.shares is not None
        total += float(found.shares[0 if reverse else -1].sum())
    biases = [tensors[name][0] for name in ("head.bias", "backward.head.bias") if name in tensors]
    parts = 2 if options.get("reads") == "both" else 1
    want = float(predictor.network_logits([TEXT])[0, 0])
    assert (total + sum(biases)) / parts == pytest.approx(want, abs=EXACT)


def test_units_that_move_most_are_found_where_they_move() -> None:
    predictor = model(size=0.8)
    found = trace(predictor, TEXT, label="pos")
    movers = moved_most(found, 4)
    assert found.shares is not None
    assert found.before is not None
    shares = np.vstack([found.before, found.shares])
    changes = np.ptp(shares, axis=0)
    assert [mover.unit for mover in movers] == np.argsort(-changes).tolist()
    for mover in movers:
        steps = np.diff(shares[:, mover.unit])
        assert mover.change == pytest.approx(changes[mover.unit], abs=EXACT)
        assert mover.end == pytest.approx(shares[-1, mover.unit], abs=EXACT)
        assert abs(mover.step) == pytest.approx(np.abs(steps).max(), abs=EXACT)
        assert mover.word == found.words.words[mover.place]
        assert steps[mover.place] == pytest.approx(mover.step, abs=EXACT)
    assert movers[0].as_json()["unit"] == movers[0].unit
    assert len(moved_most(found, 2)) == 2


def test_reading_from_the_end_the_first_word_is_the_last_step() -> None:
    found = trace(model(reads="backward", size=0.8), TEXT, label="pos")
    assert found.shares is not None
    for mover in moved_most(found, 4):
        assert mover.end == pytest.approx(found.shares[0, mover.unit], abs=EXACT)


def test_only_words_of_the_text_are_shown() -> None:
    plain = model(text=TextConfig(4, "tail"), size=0.8)
    framed = model(text=TextConfig(4, "tail", before="the film", after="is a"), size=0.8)
    for predictor in (plain, framed):
        found = trace(predictor, TEXT, label="pos")
        assert [found.words.words[place] for place in found.places] == ["it", "was", "boring", "."]
        assert found.h.shape == (4, 4)
    assert found.before is not None
    assert np.abs(found.before).max() > 1e-3
    shown = trace(plain, "the film it was boring .", label="pos")
    assert shown.shares is not None
    whole = trace(model(size=0.8), "the film it was boring . is a", label="pos")
    assert found.shares is not None
    assert whole.shares is not None
    np.testing.assert_allclose(found.shares, whole.shares[2:6], atol=EXACT)


def test_of_a_text_without_words_nothing_moves() -> None:
    found = trace(model(), "", label="pos")
    assert found.i.shape == (0, 4)
    assert moved_most(found) == []


def test_a_lower_layer_has_gates_and_no_part_in_the_answer() -> None:
    found = trace(model(layers=2), TEXT, layer=0)
    assert found.h.shape == (10, 4)
    assert found.shares is None
    with pytest.raises(ModelError, match="does not read layer 0"):
        moved_most(found)


def test_what_is_not_there_is_refused() -> None:
    with pytest.raises(ParameterError, match="layer=1 is not from 0 to 0"):
        trace(model(), TEXT, layer=1)
    with pytest.raises(ParameterError, match="from the last word to the first"):
        trace(model(), TEXT, reverse=True)
    with pytest.raises(ParameterError, match="reads forwards"):
        trace(model(reads="backward"), TEXT, reverse=False)
    with pytest.raises(ParameterError, match="count=0"):
        moved_most(trace(model(), TEXT), 0)
    with pytest.raises(ModelError, match="of kind gru"):
        trace(model(network="gru"), TEXT)
