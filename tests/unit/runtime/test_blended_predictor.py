"""A model that is a blend answers with it: in batches, in streams, after storage; other models are as they were."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from test_predictor import CUTS, LABELS, TEXTS, WORDS, stored

from gatewise.baseline.nbsvm import NBSVM
from gatewise.data.examples import Examples
from gatewise.errors import ModelError, ParameterError
from gatewise.evaluate.evaluation import evaluate
from gatewise.evaluate.wording import blend_line, model_line
from gatewise.metrics.blend import Blend
from gatewise.metrics.calibration import probabilities_from_logits
from gatewise.runtime.predictor import Predictor
from gatewise.store.card import model_card
from gatewise.store.config import BlendConfig, TextConfig
from gatewise.store.folder import StoredModel, read_model, write_model
from gatewise.text.keras import KerasTokenizer

# The last bits of a network by NumPy depend on the batch.
SAME = 1e-6
SHARE = BlendConfig(0.4, 1.5, 2.5)


def blended(blend: BlendConfig | None = SHARE, **options: Any) -> StoredModel:
    model = stored(**options)
    classes = model.config.network.classes
    random = np.random.default_rng(0)
    texts = [random.choice(WORDS[1:], 9).tolist() for _ in range(90)]
    rival = NBSVM.fit(texts, np.arange(90) % classes, classes)
    return dataclasses.replace(
        model, config=dataclasses.replace(model.config, blend=blend), baseline=rival.to_tensors()
    )


@pytest.mark.parametrize("options", [{}, {"labels": (1, 2, 3)}, {"softmax": True}])
def test_the_answer_is_the_blend_of_both_parts(options: dict[str, Any]) -> None:
    model = Predictor(blended(**options))
    bag = NBSVM.from_tensors(blended(**options).baseline).logits(model.tokenizer.words_batch(TEXTS))
    mixed = Blend(0.4, 1.5, 2.5).logits(model.network_logits(TEXTS), bag)
    np.testing.assert_allclose(model.predict_proba(TEXTS), probabilities_from_logits(mixed, 1.5), atol=SAME)
    np.testing.assert_allclose(model.network_logits(TEXTS), Predictor(stored(**options)).logits(TEXTS), atol=SAME)
    assert np.abs(model.logits(TEXTS) - model.network_logits(TEXTS)).max() > 0.01


@pytest.mark.parametrize("labels", [LABELS, (1, 2, 3)])
def test_with_no_weight_it_is_the_network_and_with_all_the_rival(labels: tuple[Any, ...]) -> None:
    network, nothing = Predictor(stored(labels=labels)), Predictor(blended(BlendConfig(0.0, 2.0, 1.0), labels=labels))
    np.testing.assert_allclose(nothing.predict_proba(TEXTS), network.predict_proba(TEXTS), atol=SAME)
    # 1.5 is the temperature, and the rival's own probabilities have none.
    everything = Predictor(blended(BlendConfig(1.0, 1.5, 1.0), labels=labels))
    np.testing.assert_allclose(everything.predict_proba(TEXTS), everything.baseline_proba(TEXTS), atol=SAME)


def test_many_texts_are_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Predictor(blended())
    whole = model.logits(TEXTS)
    monkeypatch.setattr("gatewise.runtime.predictor._RIVAL_TEXTS", 2)
    np.testing.assert_allclose(model.logits(TEXTS), whole, atol=SAME)


@pytest.mark.parametrize("labels", [LABELS, (1, 2, 3)])
@pytest.mark.parametrize("cut", CUTS)
def test_a_stream_ends_with_the_answer_to_the_text(cut: TextConfig, labels: tuple[Any, ...]) -> None:
    model = Predictor(blended(text=cut, labels=labels))
    for text in filter(None, TEXTS):
        answers = list(model.stream(text))
        np.testing.assert_allclose(answers[-1][1], model.predict_proba([text])[0], atol=SAME)
        # The rival reads the words too that are cut away for the network.
        assert [word for word, _ in answers] == model.tokenizer.words(text)


@pytest.mark.parametrize("cut", CUTS[:2])
def test_pieces_stream_as_the_whole_does(cut: TextConfig) -> None:
    model = Predictor(blended(text=cut))
    text = "the plot was not good, it is boring! the film was great."
    whole, pieces = list(model.stream(text)), list(model.stream(iter([text[:25], text[25:]])))
    assert [word for word, _ in whole] == [word for word, _ in pieces]
    np.testing.assert_allclose([one for _, one in whole], [one for _, one in pieces], atol=SAME)


def test_every_answer_of_a_stream_is_that_of_the_words_so_far() -> None:
    model = Predictor(blended())
    words = ["the", "film", "was", "not", "great", ",", "not", "good", "!"]
    for count, (_, answer) in enumerate(model.stream(" ".join(words)), 1):
        np.testing.assert_allclose(answer, model.predict_proba([" ".join(words[:count])])[0], atol=SAME)


def test_what_cannot_stream_says_so_at_once() -> None:
    with pytest.raises(ModelError, match="bidirectional model cannot stream"):
        Predictor(blended(bidirectional=True)).stream("good")
    keras = KerasTokenizer(WORDS[1:], num_words=len(WORDS))
    model = dataclasses.replace(blended(), tokenizer=keras.to_json())
    with pytest.raises(ModelError, match="a blend with a tokenizer of kind 'keras' cannot stream"):
        Predictor(model).stream("good")
    assert Predictor(model).predict_proba(["good film"]).shape == (1, 2)


def test_it_is_stored_and_read_with_its_rival_whatever_parts_are_asked_for(tmp_path) -> None:
    model = blended()
    write_model(tmp_path, model, "card")
    assert read_model(tmp_path).config == model.config
    answers = [one.predict_proba(TEXTS) for one in (Predictor.load(tmp_path, parts=()), Predictor(model))]
    np.testing.assert_array_equal(*answers)


def test_a_model_that_is_none_is_stored_as_before(tmp_path) -> None:
    write_model(tmp_path, blended(None), "card")
    assert "blend" not in json.loads((tmp_path / "config.json").read_text())
    assert read_model(tmp_path, parts=()).baseline is None


def test_a_blend_without_its_rival_is_neither_written_nor_used(tmp_path) -> None:
    bare = dataclasses.replace(blended(), baseline=None)
    with pytest.raises(ParameterError, match="a blend with a bag-of-words rival that it does not have"):
        write_model(tmp_path, bare, "card")
    with pytest.raises(ModelError, match="a blend with a rival that is not there"):
        Predictor(bare)
    with pytest.raises(ModelError, match="the rival knows 3 classes"):
        Predictor(dataclasses.replace(bare, baseline=blended(labels=(1, 2, 3)).baseline))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"weight": 1.1}, "weight=1.1 is not a number from 0.0 to 1.0"),
        ({"weight": True}, "weight=True is not a number"),
        ({"network_scale": 0}, "network_scale=0 is not a number"),
        ({"rival_scale": float("nan")}, "rival_scale=nan is not a number"),
    ],
)
def test_an_impossible_blend_is_refused_by_name(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        BlendConfig(**{"weight": 0.5, "network_scale": 1.0, "rival_scale": 1.0, **entry})


def test_evaluation_shows_the_blend_the_network_alone_and_the_rival() -> None:
    model = Predictor(blended(BlendConfig(1.0, 1.5, 1.0)))
    given = Examples(TEXTS * 3, [("neg", "pos")[number % 2] for number in range(len(TEXTS) * 3)], source="here")
    result = evaluate(model, given, name="here")
    truth = np.arange(len(given.texts)) % 2
    alone = float((model.network_logits(given.texts)[:, 0] > 0).astype(int).__eq__(truth).mean())
    assert result["blend"]["weight"] == 1.0
    assert result["blend"]["accuracy"]["rival"] == pytest.approx(alone)
    assert result["blend"]["accuracy"]["value"] == result["accuracy"]["value"] == result["accuracy"]["rival"]
    assert "The model is a blend: 1 of its log odds" in blend_line(result)
    assert f"an accuracy of {100 * alone:.1f} %" in blend_line(result)
    assert model_line(result).endswith("blended with a bag of words (1)")
    assert blend_line(evaluate(Predictor(stored()), given, name="here")) == ""


def test_the_card_says_what_the_answer_is() -> None:
    said = "0.4 of the answer's log odds are those of the bag-of-words rival, which is scaled by 0.6"
    assert f"- blend: {said}\n" in model_card(blended().config, {})
    assert "blend" not in model_card(blended(None).config, {})
