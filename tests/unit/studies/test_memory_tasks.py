"""The tasks ask what their papers say: answers against brute force, strings against an automaton of the tests' own."""

from __future__ import annotations

import re

import numpy as np
import pytest

from gatewise.studies.memory.batch import Batch, all_legal_first, classes_within, likeliest, values_within
from gatewise.studies.memory.reber import SYMBOLS, embedded_strings, legal_next
from gatewise.studies.memory.tasks import CATEGORIES, COPIED, DISTRACTORS, TASKS

# The grammar again, as a regular expression: figures 3 and 4 of the paper, read by another way than the generator's.
INNER = r"B(?:TS*X(?:XT*V(?:PXT*V)*(?:V|PS)|S)|PT*V(?:PXT*V)*(?:V|PS))E"
EMBEDDED = re.compile(rf"B(?:T{INNER}T|P{INNER}P)E")


def sequences(name: str, lag: int, count: int = 200, seed: int = 0):
    batch = TASKS[name].draw(np.random.default_rng(seed), count, lag)
    return batch, [batch.rows[a:b] for a, b in zip(batch.offsets[:-1], batch.offsets[1:], strict=True)]


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("lag", [10, 20])
def test_batches_are_well_formed_and_follow_the_generator(name, lag):
    batch, parts = sequences(name, lag, 50)
    assert len(batch) == len(parts) == 50
    assert batch.rows.dtype == np.float32
    assert batch.rows.shape == (batch.offsets[-1], TASKS[name].inputs)
    assert (np.diff(batch.at) > 0).all()
    assert 0 <= batch.at[0] <= batch.at[-1] < batch.offsets[-1]
    assert len(batch.answers) == len(batch.at)
    again, _ = sequences(name, lag, 50)
    other, _ = sequences(name, lag, 50, seed=1)
    np.testing.assert_array_equal(batch.rows, again.rows)
    assert batch.rows.shape != other.rows.shape or (batch.rows != other.rows).any()


def test_long_lag_asks_for_the_second_symbol_after_all_distractors():
    batch, parts = sequences("long-lag noise", 30, 2000)
    e, b, x = DISTRACTORS, DISTRACTORS + 1, DISTRACTORS + 2
    lengths = []
    for part, answer in zip(parts, batch.answers, strict=True):
        symbols = part.argmax(1)
        assert (part.sum(1) == 1).all()
        assert (symbols[0], symbols[1], symbols[-1]) == (b, x + answer, e)
        assert symbols[2:-1].max() < DISTRACTORS
        lengths.append(len(symbols) - 3)
    assert min(lengths) == 30
    # Geometric with mean 9 beyond the lag; the mean of 2,000 has a deviation of 0.21.
    assert np.mean(lengths) == pytest.approx(39, abs=1)
    assert np.mean(batch.answers) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("name", "low"), [("adding", -1), ("multiplication", 0)])
def test_marked_values_give_the_answer(name, low):
    batch, parts = sequences(name, 25, 2000)
    seen = set()
    for part, answer in zip(parts, batch.answers[:, 0], strict=True):
        values, markers = part.T
        assert 50 <= len(part) <= 55
        assert low <= values.min() <= values.max() <= 1
        assert markers[0] == markers[-1] == -1
        places = np.flatnonzero(markers == 1)
        # Where the first pair was to be marked, one marked pair is left.
        assert 1 <= len(places) <= 2
        assert places.min() < 10 or len(places) == 1
        assert places.max() < 25
        seen.update(places.tolist())
        wanted = 0.5 + values[places].sum() / 4 if name == "adding" else values[places].prod()
        assert answer == pytest.approx(wanted, abs=1e-6)  # Some roundings of float32.
    assert seen == set(range(1, 25))


def test_temporal_order_has_the_lengths_and_places_of_the_paper_at_lag_40():
    batch, parts = sequences("temporal order", 40, 2000)
    firsts, seconds, lengths = set(), set(), set()
    for part, answer in zip(parts, batch.answers, strict=True):
        symbols = part.argmax(1)
        first, second = np.flatnonzero((symbols == 4) | (symbols == 5))
        assert (symbols[0], symbols[-1]) == (6, 7)
        assert set(np.delete(symbols[1:-1], [first - 1, second - 1])) <= {0, 1, 2, 3}
        assert answer == 2 * (symbols[first] - 4) + symbols[second] - 4
        firsts.add(first)
        seconds.add(second)
        lengths.add(len(symbols))
    assert firsts == set(range(10, 21))
    assert seconds == set(range(50, 61))
    assert lengths == set(range(100, 111))


def test_copy_asks_for_the_first_symbols_at_the_end():
    batch, parts = sequences("copy", 12)
    answers = batch.answers.reshape(len(parts), COPIED)
    for number, part in enumerate(parts):
        symbols = part.argmax(1)
        np.testing.assert_array_equal(symbols[:COPIED], answers[number])
        assert symbols[COPIED + 11] == CATEGORIES + 1
        assert set(np.delete(symbols[COPIED:], 11)) == {CATEGORIES}
        asked = batch.at[number * COPIED : (number + 1) * COPIED] - batch.offsets[number]
        np.testing.assert_array_equal(asked, np.arange(len(symbols) - COPIED, len(symbols)))


def test_parity_is_that_of_the_ones_and_practice_has_all_lengths():
    batch, parts = sequences("parity, bit by bit", 9)
    assert {len(part) for part in parts} == {9}
    practice = TASKS["parity, bit by bit"].practice(np.random.default_rng(0), 500, 9)
    assert set(np.diff(practice.offsets)) == set(range(1, 10))
    for one in (batch, practice):
        for at, answer in enumerate(one.answers):
            assert answer == (one.rows[one.offsets[at] : one.offsets[at + 1]] > 0).sum() % 2


def test_strings_are_of_the_grammar_and_all_legal_symbols_are_named():
    strings = embedded_strings(np.random.default_rng(0), 2000)
    assert min(map(len, strings)) == 9
    continuations: dict[str, set[str]] = {}
    for one in strings:
        assert EMBEDDED.fullmatch(one), one
        for at in range(1, len(one)):
            continuations.setdefault(one[:at], set()).add(one[at])
    for one in strings[:300]:
        for at, row in enumerate(legal_next(one), 1):
            legal = {SYMBOLS[place] for place in np.flatnonzero(row)}
            # What was drawn after this beginning is legal, and of a beginning often drawn all that is legal was drawn.
            assert continuations[one[:at]] <= legal
            if at <= 5:
                assert continuations[one[:at]] == legal
        assert {SYMBOLS[place] for place in np.flatnonzero(legal_next(one)[-2])} == {one[1]}


def test_reber_rows_and_answers_are_the_string():
    batch, parts = sequences("embedded Reber", 9, 50)
    for number, part in enumerate(parts):
        wanted = batch.answers[batch.offsets[number] : batch.offsets[number + 1]]
        string = "".join(SYMBOLS[at] for at in part.argmax(1)) + SYMBOLS[wanted[-1]]
        assert EMBEDDED.fullmatch(string)
        assert "".join(SYMBOLS[at] for at in wanted) == string[1:]
        legal = batch.legal[batch.offsets[number] : batch.offsets[number + 1]]
        np.testing.assert_array_equal(legal, legal_next(string))


def batch_of(answers, lengths=(1, 2), legal=None):
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    return Batch(np.zeros((offsets[-1], 1), np.float32), offsets, np.arange(offsets[-1]), np.array(answers), legal)


def test_one_wrong_answer_makes_its_sequence_wrong():
    outputs = np.array([[0.85, 0.15], [0.9, 0.1], [0.75, 0.25]])
    assert classes_within(0.2)(outputs, batch_of([0, 0, 0])).tolist() == [True, False]
    assert likeliest(outputs, batch_of([0, 0, 0])).tolist() == [True, True]
    assert likeliest(outputs, batch_of([1, 0, 0])).tolist() == [False, True]
    values = np.array([[0.5], [0.53], [0.55]])
    assert values_within(0.04)(values, batch_of([[0.5], [0.5], [0.5]])).tolist() == [True, False]


def test_every_legal_symbol_must_be_above_every_other():
    legal = np.array([[True, True, False]] * 3)
    outputs = np.array([[0.4, 0.35, 0.25], [0.6, 0.3, 0.1], [0.6, 0.1, 0.3]])
    assert all_legal_first(outputs, batch_of([0, 0, 0], legal=legal)).tolist() == [True, False]
