"""A phrase by itself in an LSTM: parts that add up to the states, and phrases of which the answer is known."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
from explain_models import SHARE, model

from gatewise.errors import ModelError, ParameterError
from gatewise.explain.decomposition import MOST_WORDS, decompose
from gatewise.explain.lstm_parts import Parts, read_layers, shares
from gatewise.ops.ordinal import log_probabilities
from gatewise.store.config import TextConfig
from gatewise.text.ragged import Ragged

TEXT = "this film is not good , it was boring ."
POOLINGS = ("last", "max", "mean", "last+max+mean")
WAYS: tuple[dict[str, Any], ...] = ({}, {"layers": 2}, {"bidirectional": True, "layers": 2}, {"reads": "backward"})
# Sums of some hundred numbers of about 1 in float64.
EXACT = 1e-10


def margin(predictor: Any, text: str, index: int) -> float:
    logits = predictor.network_logits([text])[0]
    if len(logits) == 1:
        return float(logits[0] if index == 1 else -logits[0])
    return float(logits[index] - np.delete(logits, index).mean())


@pytest.mark.parametrize(("pooling", "way"), list(product(POOLINGS, [*WAYS, {"reads": "both"}])), ids=str)
@pytest.mark.parametrize("classes", [2, 3])
def test_phrase_and_rest_are_the_whole(pooling: str, way: dict[str, Any], classes: int) -> None:
    predictor = model(pooling=pooling, classes=classes, blend=SHARE, size=0.7, **way)
    for index, label in enumerate(predictor.classes_):
        found = decompose(predictor, TEXT, "not good", label=label)
        assert found.positions.tolist() == [3, 4]
        assert found.margin == pytest.approx(margin(predictor, TEXT, index), abs=EXACT)
        assert abs(found.phrase) > 1e-4


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_the_parts_of_every_state_are_the_states(way: dict[str, Any]) -> None:
    predictor = model(size=0.7, **{key: value for key, value in way.items() if key != "reads"})
    ids = predictor.tokenizer.encode(TEXT).ids
    tensors, config = predictor.network.tensors, predictor.config.network
    inside = np.zeros((1, len(ids)), bool)
    inside[0, [3, 4]] = True
    rows = tensors["embedding.weight"][ids][None]
    parts = read_layers(config, tensors, Parts(rows * inside[:, :, None], rows * ~inside[:, :, None]), inside)
    hidden, _ = predictor.network.encoder.read(Ragged.from_lists([ids]))
    np.testing.assert_allclose(parts.whole[0], hidden, atol=EXACT)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_of_the_whole_text_as_a_phrase_nothing_is_left_over(way: dict[str, Any]) -> None:
    found = decompose(model(size=0.7, **way), TEXT, TEXT, label="pos")
    assert found.rest == pytest.approx(0, abs=EXACT)


def test_a_word_after_the_phrase_changes_what_the_phrase_brings() -> None:
    # The state after the last word: the gates of a later word decide how much of the phrase is left.
    predictor = model(size=0.7, pooling="last")
    alone, followed = (decompose(predictor, text, [0], label="pos") for text in ("not", "not good"))
    assert alone.rest == pytest.approx(0, abs=EXACT)
    assert followed.phrase != pytest.approx(alone.phrase, abs=1e-6)


def test_the_interaction_is_what_the_words_do_not_say_alone() -> None:
    predictor = model(size=0.7)
    found = decompose(predictor, TEXT, "not good", label="neg")
    one, other = (decompose(predictor, TEXT, [place], label="neg") for place in (3, 4))
    np.testing.assert_allclose(found.alone, [one.phrase, other.phrase], atol=EXACT)
    assert found.interaction == pytest.approx(found.phrase - one.phrase - other.phrase, abs=EXACT)
    assert one.interaction == pytest.approx(0, abs=EXACT)
    assert found.as_json()["interaction"] == found.interaction


def test_an_ordinal_model_is_decomposed_on_its_scale() -> None:
    predictor = model(classes=3, ordinal=True, size=0.7)
    found = decompose(predictor, TEXT, "not good", label=1)
    higher = decompose(predictor, TEXT, "not good", label=3)
    assert found.label == 3
    assert found.margin == higher.margin
    # Thresholds are the head's own; the scale is where log odds of "above threshold" are zero at the threshold.
    logits = predictor.network_logits([TEXT])[0]
    steps = predictor.network.tensors["head.steps"]
    np.testing.assert_allclose(log_probabilities(np.array([found.margin]), steps)[0], logits, atol=EXACT)


def test_a_frame_belongs_to_no_phrase() -> None:
    predictor = model(text=TextConfig(before="this film", after=". it is a"), size=0.7)
    found = decompose(predictor, "not good", "not good", label="pos")
    assert abs(found.rest) > 1e-3
    assert found.margin == pytest.approx(margin(predictor, "not good", 1), abs=EXACT)


def test_shares_add_up_and_are_even() -> None:
    random = np.random.default_rng(0)
    r, q, b = random.normal(size=(3, 50))
    own, bias = shares(np.tanh, r, q, b)
    other, _ = shares(np.tanh, q, r, b)
    np.testing.assert_allclose(own + other + bias, np.tanh(r + q + b), atol=1e-15)
    np.testing.assert_allclose(shares(np.tanh, r, np.zeros(50), b)[0], np.tanh(r + b) - np.tanh(b), atol=1e-15)
    np.testing.assert_allclose(shares(np.tanh, r, r, b)[0] * 2, np.tanh(2 * r + b) - np.tanh(b), atol=1e-15)


def test_blocks_of_phrases_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = model()
    whole = decompose(predictor, TEXT, "is not good").alone
    monkeypatch.setattr("gatewise.explain.decomposition._MOST_NUMBERS", 1)
    np.testing.assert_allclose(decompose(predictor, TEXT, "is not good").alone, whole, atol=EXACT)


@pytest.mark.parametrize(
    ("phrase", "message"),
    [
        ("not great", "is not in the text"),
        ("", "has no words"),
        ([], "has no words"),
        ([10], "not from 0 to 9"),
        ([-1], "not from 0 to 9"),
        ([True], "not from 0 to 9"),
        ("boring", "'boring' is cut away"),
    ],
)
def test_impossible_phrases_are_refused(phrase: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        decompose(model(text=TextConfig(8, "head")), TEXT, phrase)


def test_a_phrase_has_a_limit() -> None:
    with pytest.raises(ParameterError, match="at most 50"):
        decompose(model(), "good " * 60, list(range(MOST_WORDS + 1)))


@pytest.mark.parametrize(
    "options", [{"network": "gru"}, {"highway": True, "layers": 2}, {"network": "mlp", "pooling": "mean"}]
)
def test_other_networks_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="for LSTM networks only"):
        decompose(model(**options), TEXT, "good")
