"""Any string can be predicted: no exception, finite, sums to one, the same alone and in company."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatewise import TextClassifier, load

# Any code point, lone surrogates included, mixed with what reviews are made of.
pieces = st.one_of(
    st.text(st.characters(), max_size=40),
    st.sampled_from(
        ["<br />", "n't", ":-)", "👩‍👩‍👧‍👦", "é", "e\u0301", "8/10", "\ud800", "\x00", "good", "awful", "\u202e"]
    ),
)
texts = st.lists(pieces, max_size=12).map(" ".join)


@pytest.fixture(scope="module")
def packaged() -> TextClassifier:
    return load("imdb")


def check(classifier: TextClassifier, batch: list[str]) -> None:
    probabilities = classifier.predict_proba(batch)
    assert np.isfinite(probabilities).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=0, atol=1e-6)
    np.testing.assert_allclose(classifier.predict_proba(batch[:1])[0], probabilities[0], rtol=0, atol=1e-6)
    *_, last = [p for _, p in classifier.stream(batch[0])] or [probabilities[0]]
    np.testing.assert_allclose(last, probabilities[0], rtol=0, atol=1e-6)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts, min_size=1, max_size=8))
def test_any_strings_are_predicted(packaged, batch):
    check(packaged, batch)


@pytest.mark.slow
@settings(max_examples=2_500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(texts, min_size=4, max_size=8))
def test_ten_thousand_strings_are_predicted(packaged, batch):
    check(packaged, batch)
