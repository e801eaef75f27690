"""Which texts go together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.text.batches import batches, ordered_batches

LENGTHS = st.lists(st.integers(0, 30), max_size=60).map(lambda numbers: np.array(numbers, dtype=np.int64))
USUAL = {"token_budget": 500, "max_texts": 16, "window": 100, "seed": 3, "epoch": 0}
LONG = np.random.default_rng(0).integers(1, 200, 1000)


def _as_lists(made: list[Any]) -> list[list[int]]:
    return [batch.tolist() for batch in made]


def _flat(made: list[Any]) -> list[int]:
    return [place for batch in made for place in batch.tolist()]


def _check(made: list[Any], lengths: Any, budget: int, most: int) -> None:
    assert sorted(_flat(made)) == list(range(len(lengths)))
    for batch in made:
        assert 1 <= len(batch) <= most
        assert lengths[batch].sum() <= budget or len(batch) == 1


@given(LENGTHS, st.integers(1, 60), st.integers(1, 9), st.integers(1, 70), st.integers(0, 2**64), st.integers(0, 99))
def test_batches_hold_every_text_once_within_the_limits(
    lengths: Any, budget: int, most: int, window: int, seed: int, epoch: int
) -> None:
    made = batches(lengths, token_budget=budget, max_texts=most, window=window, seed=seed, epoch=epoch)
    _check(made, lengths, budget, most)


@given(LENGTHS, st.integers(1, 60), st.integers(1, 9))
def test_ordered_batches_hold_every_text_once_longest_first(lengths: Any, budget: int, most: int) -> None:
    made = ordered_batches(lengths, token_budget=budget, max_texts=most)
    _check(made, lengths, budget, most)
    flat = _flat(made)
    assert flat == sorted(range(len(lengths)), key=lambda place: -lengths[place])  # stable: ties keep their order


def test_same_key_gives_the_same_batches_and_another_does_not() -> None:
    first = _as_lists(batches(LONG, **USUAL))
    assert _as_lists(batches(LONG, **USUAL)) == first
    for change in ({"seed": 4}, {"epoch": 1}):
        other = _as_lists(batches(LONG, **{**USUAL, **change}))
        assert sorted(map(sorted, other)) != sorted(map(sorted, first))


def test_key_gives_these_batches_on_every_machine() -> None:
    made = batches(np.arange(10), token_budget=20, max_texts=4, window=5, seed=1, epoch=2)
    assert _as_lists(made) == [[8], [2, 3, 5, 6], [0, 1, 4, 7], [9]]


def test_texts_of_a_batch_have_similar_lengths() -> None:
    made = batches(LONG, **{**USUAL, "window": 1000})
    spread = np.mean([np.ptp(LONG[batch]) for batch in made])
    assert spread < 10  # unsorted batches of these lengths spread by more than 100


def test_neither_batches_nor_texts_come_in_order_of_length() -> None:
    made = batches(LONG, **{**USUAL, "window": 1000})
    means = np.array([LONG[batch].mean() for batch in made])
    assert abs(np.corrcoef(np.arange(len(means)), means)[0, 1]) < 0.3


def test_text_longer_than_the_budget_is_alone() -> None:
    made = ordered_batches(np.array([5, 1000, 5]), token_budget=10, max_texts=9)
    assert _as_lists(made) == [[1], [0, 2]]


def test_no_texts_give_no_batches() -> None:
    assert batches(np.zeros(0, dtype=np.int64), **USUAL) == []
    assert ordered_batches(np.zeros(0, dtype=np.int64), token_budget=1, max_texts=1) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("token_budget", 0), ("max_texts", 0), ("window", 0), ("window", True)],
        *[("seed", -1), ("seed", 1.5), ("epoch", -1)],
    ],
)
def test_impossible_number_is_refused_by_name(name: str, value: object) -> None:
    with pytest.raises(ParameterError, match=f"{name}="):
        batches(LONG, **{**USUAL, name: value})


@pytest.mark.parametrize("lengths", [[[1, 2]], [1.5], [-1]])
def test_impossible_lengths_are_refused(lengths: object) -> None:
    with pytest.raises(ParameterError, match="lengths"):
        ordered_batches(np.array(lengths), token_budget=5, max_texts=5)
