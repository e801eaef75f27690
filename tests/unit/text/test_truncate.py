"""Cutting long texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.errors import ParameterError
from gatewise.store.config import TRUNCATIONS
from gatewise.text.ragged import Ragged
from gatewise.text.truncate import WAYS, truncate


def _expected(ids: list[int], limit: int, how: str) -> list[int]:
    """The definition, one text at a time."""
    if how == "none" or len(ids) <= limit:
        return ids
    head = {"head": limit, "tail": 0, "head+tail": limit // 4}[how]
    return ids[:head] + ids[len(ids) - (limit - head) :]


SEQUENCES = st.lists(st.lists(st.integers(0, 99), max_size=20), max_size=6)


@given(SEQUENCES, st.integers(1, 12), st.sampled_from(["head", "tail", "head+tail"]))
def test_each_text_keeps_the_part_named(sequences: list[list[int]], limit: int, how: str) -> None:
    cut, report = truncate(Ragged.from_lists(sequences), limit, how)
    assert [cut[place].tolist() for place in range(len(cut))] == [_expected(ids, limit, how) for ids in sequences]
    assert cut.ids.dtype == np.int32
    assert report.texts_cut == sum(len(ids) > limit for ids in sequences)
    assert report.tokens_cut == sum(map(len, sequences)) - len(cut.ids)
    assert (report.texts, report.tokens) == (len(sequences), sum(map(len, sequences)))


def test_none_changes_nothing() -> None:
    batch = Ragged.from_lists([[1, 2, 3], []])
    cut, report = truncate(batch, 0, "none")
    assert cut is batch
    assert (report.texts_cut, report.tokens_cut, report.share) == (0, 0, 0.0)


def test_head_and_tail_of_eight_keeps_two_and_six() -> None:
    cut, _ = truncate(Ragged.from_lists([list(range(20))]), 8, "head+tail")
    assert cut.ids.tolist() == [0, 1, 14, 15, 16, 17, 18, 19]


def test_report_says_what_was_lost() -> None:
    _, report = truncate(Ragged.from_lists([[1] * 1500, [1] * 500, [], [1]]), 1000, "tail")
    assert (report.share, report.token_share) == (0.25, 500 / 2001)
    assert str(report) == "1 of 4 texts cut (25.0 %), 500 of 2,001 tokens dropped (25.0 %)"


def test_no_texts_have_no_share_cut() -> None:
    _, report = truncate(Ragged.from_lists([]), 5, "head")
    assert (report.share, report.token_share) == (0.0, 0.0)


@pytest.mark.parametrize(("limit", "how"), [(0, "head"), (5, "none"), (-1, "tail"), (2.0, "head"), (5, "middle")])
def test_impossible_limit_is_refused(limit: int, how: str) -> None:
    with pytest.raises(ParameterError, match="truncation="):
        truncate(Ragged.from_lists([[1]]), limit, how)


def test_ways_are_those_a_model_folder_can_name() -> None:
    assert WAYS == TRUNCATIONS
