"""Training with ``objective="ordinal"``: stars from words, in order, stored, streamed and asked for their mean."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from small import SMALL

from gatewise import TextClassifier
from gatewise.data.examples import Examples
from gatewise.errors import DataError, ModelError, ParameterError
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import StoredModel, read_model, write_model
from gatewise.train.fit import fit
from gatewise.train.objective import OBJECTIVES
from gatewise.train.recipe import Recipe

WORDS = {1: "awful", 2: "dull", 9: "lovely", 10: "superb"}
ORDINAL = SMALL.with_options(objective="ordinal", epochs=8)


def starred(count: int = 240, spelled: bool = True) -> Examples:
    rng, texts, stars = np.random.default_rng(0), [], []
    for number in range(count):
        star = list(WORDS)[number % 4]
        words = rng.choice(["the", "film", "was", "a", "plot"], rng.integers(1, 9)).tolist()
        words.insert(int(rng.integers(0, len(words) + 1)), WORDS[star])
        texts.append(" ".join(words))
        stars.append(star)
    return Examples(texts, [str(star) for star in stars] if spelled else list(stars), source="starred")


@pytest.fixture(scope="module")
def model() -> StoredModel:
    return fit(starred(), ORDINAL)


@pytest.fixture(scope="module")
def predictor(model) -> Predictor:
    return Predictor(model)


def test_labels_spelled_as_strings_are_ordered_by_number(model):
    assert model.config.labels == ("1", "2", "9", "10")
    assert model.config.network.ordinal


def test_it_learns_the_stars_and_their_order(predictor):
    texts = [f"the film was {word}" for word in WORDS.values()]
    assert predictor.predict(texts) == ["1", "2", "9", "10"]
    assert np.all(np.diff(predictor.predict_expected(texts)) > 0)


def test_the_expected_value_is_the_mean_of_the_label_under_the_probabilities(predictor):
    texts = ["the film was awful", "a superb plot", ""]
    wanted = [sum(p * v for p, v in zip(row, (1, 2, 9, 10), strict=True)) for row in predictor.predict_proba(texts)]
    assert predictor.predict_expected(texts).tolist() == pytest.approx(wanted, rel=1e-12)
    assert predictor.predict_expected([]).tolist() == []


def test_probabilities_sum_to_1_and_the_stream_ends_with_those_of_the_text(predictor):
    text = "the film was dull a superb plot"
    whole = predictor.predict_proba([text])
    assert whole.sum() == pytest.approx(1, abs=1e-12)
    *_, (word, last) = predictor.stream(text)
    assert word == "plot"
    np.testing.assert_allclose(last, whole[0], atol=1e-6)


def test_stored_and_read_again_it_gives_the_same_answers(model, predictor, tmp_path):
    write_model(tmp_path, model, "# card")
    texts = starred(20).texts
    assert np.array_equal(Predictor(read_model(tmp_path)).predict_proba(texts), predictor.predict_proba(texts))


def test_a_text_classifier_has_the_expected_value_and_only_if_ordinal():
    options = {name: getattr(SMALL, name) for name in ("embedding_size", "hidden_size", "min_count")}
    examples = starred(80, spelled=False)
    ordinal = TextClassifier(epochs=1, options={**options, "objective": "ordinal"}).fit(examples.texts, examples.labels)
    assert ordinal.classes_ == [1, 2, 9, 10]
    found = ordinal.predict_expected(examples.texts[:3])
    np.testing.assert_allclose(found, ordinal.predict_proba(examples.texts[:3]) @ [1, 2, 9, 10])
    plain = TextClassifier(epochs=1, options=options).fit(examples.texts, examples.labels)
    with pytest.raises(ModelError, match="no order"):
        plain.predict_expected(["a film"])


def test_labels_without_an_order_are_refused_with_the_label_and_what_to_do():
    examples = Examples(["good film", "bad film"] * 20, ["good", "bad"] * 20, source="small")
    with pytest.raises(DataError, match="small: the label 'bad' is not a number") as found:
        fit(examples, ORDINAL)
    assert "leave it out" in str(found.value)


def test_a_network_without_gradients_says_that_it_has_no_such_head():
    with pytest.raises(ParameterError, match="objective='ordinal' is not there for network='echo_state'"):
        fit(starred(80), ORDINAL.with_options(network="echo_state"))


def test_an_answer_after_every_word_can_be_supervised():
    recipe = ORDINAL.with_options(supervision="every-word", pooling="last", epochs=2, class_weight="balanced")
    found = fit(starred(80), recipe, rival=False).metrics["history"]
    assert found[-1]["train_loss"] < found[0]["train_loss"]


def test_an_ordinal_model_begins_from_any_and_any_from_it(model):
    examples = starred(80)
    plain = SMALL.with_options(epochs=1, min_count=Recipe().min_count)
    other = fit(examples, plain, source=model, rival=False)
    assert not other.config.network.ordinal
    again = fit(examples, plain.with_options(objective="ordinal"), source=other, rival=False)
    assert again.config.network.ordinal


def test_the_objective_is_the_negative_log_of_the_probability_of_the_class():
    rows = torch.tensor([[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]], dtype=torch.float64)
    found = OBJECTIVES["ordinal"](rows.log(), torch.tensor([1, 0]))
    torch.testing.assert_close(found, torch.tensor([0.5, 0.1], dtype=torch.float64).log().neg())


def test_it_is_blended_with_its_rival_and_still_streams():
    blended = Predictor(fit(starred(), ORDINAL.with_options(epochs=2, blend=True, dev_share=0.5)))
    assert blended.config.blend is not None
    text = "the film was dull a superb plot"
    *_, (_, last) = blended.stream(text)
    np.testing.assert_allclose(last, blended.predict_proba([text])[0], atol=1e-6)
    assert 1 <= blended.predict_expected([text])[0] <= 10
