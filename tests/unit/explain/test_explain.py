"""The parts that words have in an answer: what they add up to, and what they are compared with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from explain_models import SHARE, TEXTS, WORDS, hashed, keras, log_odds, model, rival
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.errors import ModelError, ParameterError
from gatewise.explain.bag_shares import bag_shares
from gatewise.explain.explain import METHODS, explain
from gatewise.store.config import TextConfig

KINDS: dict[str, dict[str, Any]] = {
    "plain": {},
    "softmax": {"softmax": True},
    "three classes": {"classes": 3},
    "ordinal": {"classes": 3, "ordinal": True},
    "two layers": {"layers": 2},
    "mean": {"pooling": "mean"},
    "gru": {"network": "gru"},
    "perceptron": {"network": "perceptron", "pooling": "mean"},
    "head": {"text": TextConfig(5, "head")},
    "tail": {"text": TextConfig(5, "tail")},
    "both ends": {"text": TextConfig(8, "head+tail")},
    "framed": {"text": TextConfig(before="this film", after=". it is a")},
    "framed and cut": {"text": TextConfig(5, "tail", before="the", after="is a")},
}
BLENDS = {"alone": None, "blend": SHARE}
# Rounding of sums of a hundred numbers of about 1 in float64.
EXACT = 1e-9


@pytest.mark.parametrize("blend", BLENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_running_parts_add_up_and_are_those_of_the_stream(kind: str, blend: str) -> None:
    predictor = model(**KINDS[kind], blend=BLENDS[blend])
    for text in TEXTS:
        for index, label in enumerate(predictor.classes_):
            found = explain(predictor, text, label=label)
            assert found.method == "running"
            assert abs(found.gap) < EXACT
            assert found.score == pytest.approx(log_odds(predictor, [text], index)[0], abs=EXACT)
            assert found.baseline == pytest.approx(log_odds(predictor, [""], index)[0], abs=EXACT)
            answers = np.array([answer for _, answer in predictor.stream(text)]).reshape(-1, len(predictor.classes_))
            odds = np.log(answers[:, index]) - np.log(np.delete(answers, index, axis=1).sum(axis=1))
            heard = found.words.is_read if blend == "alone" else np.ones(len(found.words), bool)
            assert found.running is not None
            np.testing.assert_allclose(found.running[heard], odds, atol=EXACT)
            if blend == "alone":
                assert not found.contributions[~heard].any()


@pytest.mark.parametrize("blend", BLENDS)
@pytest.mark.parametrize("kind", [kind for kind in KINDS if "text" not in KINDS[kind]] + ["framed"])
def test_occlusion_is_the_answer_to_the_text_without_the_word(kind: str, blend: str) -> None:
    predictor = model(**KINDS[kind], blend=BLENDS[blend])
    for text in TEXTS:
        words = predictor.tokenizer.words(text)
        for index, label in enumerate(predictor.classes_):
            found = explain(predictor, text, label=label, method="occlusion")
            without = [" ".join(words[:place] + words[place + 1 :]) for place in range(len(words))]
            if words:
                want = found.score - log_odds(predictor, without, index)
                np.testing.assert_allclose(found.contributions, want, atol=EXACT)
            assert found.baseline == pytest.approx(log_odds(predictor, [""], index)[0], abs=EXACT)


@pytest.mark.parametrize("kind", ["head", "tail", "both ends", "framed and cut"])
def test_without_a_word_a_text_is_cut_anew(kind: str) -> None:
    predictor = model(**KINDS[kind], blend=SHARE)
    words = predictor.tokenizer.words(TEXTS[4])
    found = explain(predictor, TEXTS[4], label="pos", method="occlusion")
    without = [" ".join(words[:place] + words[place + 1 :]) for place in range(len(words))]
    np.testing.assert_allclose(found.contributions, found.score - log_odds(predictor, without, 1), atol=EXACT)
    assert found.words.is_read.sum() == predictor.config.text.max_tokens


@pytest.mark.parametrize("maker", [keras, hashed])
@pytest.mark.parametrize("maxlen", [None, 6, 40])
@pytest.mark.parametrize("blend", [None, SHARE])
def test_tokenizers_that_pad_and_drop_words_are_explained_too(maker: Any, maxlen: int | None, blend: Any) -> None:
    predictor = maker(maxlen, blend=blend)
    for text in ["this film is good, Unheard, not bad", "", "Unheard", "it was " * 9]:
        words = predictor.tokenizer.words(text)
        for method in METHODS:
            found = explain(predictor, text, label="pos", method=method)
            assert found.words.words == words
            assert [text[begin:end].lower() for begin, end in found.words.offsets] == words
            assert found.score == pytest.approx(log_odds(predictor, [text], 1)[0], abs=EXACT)
            if method == "running":
                assert abs(found.gap) < EXACT
            if method == "occlusion" and words:
                without = [" ".join(words[:place] + words[place + 1 :]) for place in range(len(words))]
                want = found.score - log_odds(predictor, without, 1)
                np.testing.assert_allclose(found.contributions, want, atol=EXACT)


@pytest.mark.parametrize("method", METHODS)
def test_a_text_without_words_has_no_parts(method: str) -> None:
    found = explain(model(blend=SHARE), " \n", method=method)
    assert len(found.words) == 0
    assert found.contributions.shape == (0,)
    assert abs(found.gap) < EXACT


@settings(max_examples=60)
@given(st.text(max_size=60), st.sampled_from(METHODS))
def test_any_string_is_explained(text: str, method: str) -> None:
    found = explain(SHARED, text, method=method)
    assert found.contributions.shape == found.words.is_read.shape == found.words.is_known.shape
    assert np.isfinite(found.contributions).all()
    assert found.as_json()["text"] == found.words.text
    if method != "occlusion":
        assert abs(found.gap) <= max(1e-3, 0.01 * abs(found.score - found.baseline))


SHARED = model(blend=SHARE, text=TextConfig(9, "head+tail", before="this", after="is a"))


@settings(max_examples=60)
@given(st.lists(st.sampled_from(WORDS[1:]), max_size=30), st.sampled_from([2, 3]))
def test_shares_of_the_rival_are_all_it_says(words: list[str], classes: int) -> None:
    bag = rival(classes)
    shares = bag_shares(bag, words)
    logits = bag.logits([words]).reshape(-1)
    np.testing.assert_allclose(shares.sum(axis=0), logits - bag.bias, atol=EXACT)


def test_equal_words_in_equal_company_share_an_n_gram_equally() -> None:
    bag = rival(2)
    shares = bag_shares(bag, ["good", "🐟", "🐠", "🐡", "good", "🐟", "🐠", "🐡", "good"])
    alone = bag_shares(bag, ["good"])
    np.testing.assert_allclose(shares[[0, 4, 8]], np.repeat(alone / 3, 3, axis=0), atol=EXACT)


def test_the_rivals_parts_are_shown_whether_or_not_it_has_a_part_in_the_answer() -> None:
    found = explain(model(blend=SHARE), "this film is good", label="neg")
    assert found.rival is not None
    bag = rival(2)
    want = -(bag.logits([["this", "film", "is", "good"]])[0] - bag.bias[0])
    assert found.rival.sum() == pytest.approx(want, abs=EXACT)
    assert explain(model(), "this film is good").rival is None


def test_the_likeliest_class_is_explained_unless_another_is_named() -> None:
    predictor = model(classes=3)
    found = explain(predictor, TEXTS[0])
    assert found.label == predictor.predict([TEXTS[0]])[0]
    assert explain(predictor, TEXTS[0], label="2").label == 2


def test_what_is_impossible_is_refused_with_what_is_possible() -> None:
    with pytest.raises(ParameterError, match="not one of neg, pos"):
        explain(model(), "a", label="neutral")
    with pytest.raises(ParameterError, match="running, integrated, occlusion"):
        explain(model(), "a", method="magic")
    with pytest.raises(ParameterError, match="must be a str"):
        explain(model(), 3)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="integrated"):
        explain(model(bidirectional=True), "a", method="running")
    with pytest.raises(ModelError, match="'running' or 'occlusion'"):
        explain(model(network="gru"), "a", method="integrated")
    with pytest.raises(ModelError, match="take the method 'occlusion'"):
        explain(model(network="gru", bidirectional=True), "a", method="integrated")


def test_a_model_that_reads_from_the_end_has_no_running_score() -> None:
    found = explain(model(reads="both"), "this film is good")
    assert found.method == "integrated"
    assert found.running is None
