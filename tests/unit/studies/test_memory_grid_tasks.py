"""Parity and addition for the Grid LSTM: the sums are right, small sizes are solved, the seed decides."""

from __future__ import annotations

import pytest
import torch

from gatewise.errors import ParameterError
from gatewise.studies.memory.grid_tasks import grid_addition, grid_parity
from gatewise.studies.memory.sums import DASH, draw_sums


def number(symbols: list[int], *, is_reversed: bool) -> int:
    digits = [symbol for symbol in symbols if symbol != DASH]
    return int("".join(map(str, reversed(digits) if is_reversed else digits)))


@pytest.mark.parametrize("is_reversed", [False, True])
def test_answers_are_the_sums_of_what_is_read(is_reversed):
    sums = draw_sums(torch.tensor([5, 1, 3, 5, 1]), torch.Generator().manual_seed(0), is_reversed=is_reversed)
    places = sums.at.tolist()
    for begin, end, digits in zip(sums.offsets[:-1], sums.offsets[1:], [1, 1, 3, 5, 5], strict=True):
        read = sums.symbols[begin:end].tolist()
        assert len(read) == 3 * digits + 4
        assert [at for at, symbol in enumerate(read) if symbol == DASH][:2] == [0, digits + 1]
        first = number(read[1 : digits + 1], is_reversed=is_reversed)
        second = number(read[digits + 2 : 2 * digits + 2], is_reversed=is_reversed)
        own = [k for k, at in enumerate(places) if begin <= at < end]
        assert [places[k] - int(begin) for k in own] == list(range(2 * digits + 2, 3 * digits + 4))
        answer = sums.answers[own].tolist()
        assert number(answer, is_reversed=is_reversed) == first + second
        assert answer[-1] == DASH


def test_grid_learns_parity_of_five_bits():
    report = grid_parity(bits=5, hidden=24, layers=5, steps=3_000, rate=3e-3)
    assert report["solved"]
    assert report["accuracy"] == 1.0
    assert report["samples"] == 64 * report["steps"]


def test_grid_learns_sums_of_one_digit():
    report = grid_addition(digits=1, hidden=32, layers=1, steps=1_000, batch=32)
    assert report["solved"]
    assert report["digit_accuracy"] >= report["accuracy"] >= 0.99


@pytest.mark.parametrize("task", [grid_parity, grid_addition])
def test_same_seed_gives_the_same_numbers(task):
    first, again, other = (task(seed=seed, hidden=6, layers=2, steps=3) for seed in (4, 4, 5))
    assert first == again
    assert first != other


def test_tanh_rival_is_trained_in_the_same_way():
    assert grid_parity(bits=4, network="tanh", hidden=6, layers=2, steps=3)["steps"] == 3


def test_unknown_network_is_refused():
    with pytest.raises(ParameterError, match="network='lstm' must be 'grid' or 'tanh'"):
        grid_parity(network="lstm")
