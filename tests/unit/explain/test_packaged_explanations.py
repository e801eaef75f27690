"""The packaged model explains itself."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.explain.decomposition import decompose
from gatewise.explain.explain import explain
from gatewise.runtime.predictor import Predictor

REVIEW = (
    "I wanted to like it, but the plot is a mess and the acting is wooden.<br /><br />Yet the music was wonderful! "
)


@pytest.fixture(scope="module")
def predictor() -> Predictor:
    return Predictor.load("imdb")


def part(predictor: Predictor, word: str, method: str) -> float:
    found = explain(predictor, REVIEW, label="pos", method=method)
    return float(found.contributions[found.words.words.index(word)])


@pytest.mark.parametrize("method", ["running", "integrated", "occlusion"])
def test_words_of_a_mood_speak_for_it(predictor: Predictor, method: str) -> None:
    assert part(predictor, "wonderful", method) > 0.3
    assert part(predictor, "mess", method) < -0.3


def test_two_thousand_words_add_up(predictor: Predictor) -> None:
    found = explain(predictor, REVIEW * 90, method="running")
    assert len(found.words) > 2_000
    # Telescoping sums of float64; the network itself is float32, but each score is one number.
    assert abs(found.gap) < 1e-9


@pytest.mark.parametrize("times", [10, pytest.param(90, marks=pytest.mark.slow)])
def test_integrated_gradients_of_long_texts_add_up(predictor: Predictor, times: int) -> None:
    found = explain(predictor, REVIEW * times, method="integrated")
    assert abs(found.gap) <= max(1e-3, 0.01 * abs(found.score - found.baseline))


def test_streams_show_the_same_numbers(predictor: Predictor) -> None:
    found = explain(predictor, REVIEW, label="pos")
    heard = np.array([answer for _, answer in predictor.stream(REVIEW)])
    assert found.running is not None
    np.testing.assert_allclose(found.running, np.log(heard[:, 1] / heard[:, 0]), atol=1e-9)


def test_a_phrase_and_its_rest_are_the_networks_logit(predictor: Predictor) -> None:
    found = decompose(predictor, REVIEW, "a mess", label="pos")
    # The network computes in float32 and 16-bit weights are widened alike, so that rounding is all there is.
    assert found.margin == pytest.approx(float(predictor.network_logits([REVIEW])[0, 0]), abs=1e-5)
    assert found.phrase < -0.3
