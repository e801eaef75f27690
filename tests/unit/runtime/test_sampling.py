"""Words are drawn with the shares that temperature, top k and top p leave them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.runtime.sampling import Sampling, generator

BELIEF = np.log([0.1, 0.4, 0.05, 0.3, 0.15])
# Sums of a few shares in float64.
EXACT = 1e-12


def shares(**entries: Any) -> list[float]:
    return list(Sampling(**{"temperature": 1.0, "top_p": 1.0, **entries}).shares(BELIEF))


def test_as_it_is_every_word_has_its_probability() -> None:
    assert shares() == pytest.approx([0.1, 0.4, 0.05, 0.3, 0.15], abs=EXACT)


def test_temperature_takes_powers_of_the_probabilities() -> None:
    powers = np.array([0.1, 0.4, 0.05, 0.3, 0.15]) ** 2
    assert shares(temperature=0.5) == pytest.approx(list(powers / powers.sum()), abs=EXACT)


def test_temperature_zero_takes_the_likeliest_and_of_equals_the_first() -> None:
    assert shares(temperature=0.0) == [0, 1, 0, 0, 0]
    assert Sampling(temperature=0).shares(np.log([0.2, 0.4, 0.4])).tolist() == [0, 1, 0]


def test_a_temperature_next_to_zero_does_not_overflow() -> None:
    assert shares(temperature=1e-300) == [0, 1, 0, 0, 0]


def test_top_k_keeps_the_likeliest_k() -> None:
    assert shares(top_k=2) == pytest.approx([0, 4 / 7, 0, 3 / 7, 0], abs=EXACT)
    assert shares(top_k=99) == pytest.approx(shares(), abs=EXACT)


@pytest.mark.parametrize(
    ("top_p", "kept"), [(1e-9, [1]), (0.39, [1]), (0.41, [1, 3]), (0.8, [1, 3, 4]), (1.0, range(5))]
)
def test_top_p_keeps_the_fewest_words_that_reach_it(top_p: float, kept: list[int]) -> None:
    drawn = shares(top_p=top_p)
    assert list(np.flatnonzero(drawn)) == sorted(kept)
    assert sum(drawn) == pytest.approx(1, abs=EXACT)


def test_top_p_counts_the_shares_that_temperature_and_top_k_left() -> None:
    # Of the two likeliest, 0.4 and 0.3, the first has 0.16 / 0.25 = 0.64 at temperature 0.5.
    assert np.flatnonzero(shares(temperature=0.5, top_k=2, top_p=0.63)).tolist() == [1]
    assert np.flatnonzero(shares(temperature=0.5, top_k=2, top_p=0.65)).tolist() == [1, 3]


def test_words_are_drawn_as_often_as_their_shares_say() -> None:
    random, sampling = generator(1), Sampling(temperature=1.0, top_k=3, top_p=1.0)
    counts = np.bincount([sampling.draw(BELIEF, random) for _ in range(5000)], minlength=5)
    wanted = 5000 * sampling.shares(BELIEF)
    # Four standard deviations of a count of 5,000 draws at most: 4 * sqrt(5000 / 4) = 141.
    assert np.abs(counts - wanted).max() < 141
    assert counts[0] == counts[2] == 0


@given(st.lists(st.floats(-700, 0), min_size=1, max_size=30), st.integers(0, 2**63 - 1), st.floats(0, 100))
def test_a_forbidden_word_is_never_drawn(logs: list[float], seed: int, temperature: float) -> None:
    belief = np.array([-np.inf, *logs, -np.inf])
    for top_k, top_p in ((0, 1.0), (3, 0.5)):
        word = Sampling(temperature, top_k, top_p).draw(belief, generator(seed))
        assert 0 < word <= len(logs)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ({"temperature": -0.1}, r"temperature=-0\.1 is not a number from 0 to 100"),
        ({"temperature": 100.5}, "temperature"),
        ({"temperature": float("nan")}, "temperature=nan"),
        ({"temperature": "hot"}, "temperature='hot'"),
        ({"temperature": True}, "temperature=True"),
        ({"top_k": -1}, "top_k=-1 is not a whole number from 0"),
        ({"top_k": 2.0}, "top_k"),
        ({"top_p": 0.0}, r"top_p=0\.0 is not a number above 0 and up to 1"),
        ({"top_p": 1.01}, "top_p"),
        ({"top_p": float("nan")}, "top_p=nan"),
    ],
)
def test_an_impossible_value_is_named(entries: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        Sampling(**entries)


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, None, True])
def test_an_impossible_seed_is_named(seed: Any) -> None:
    with pytest.raises(ParameterError, match=f"seed={seed} is not a whole number from 0"):
        generator(seed)
