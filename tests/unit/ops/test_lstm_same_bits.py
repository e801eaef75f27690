"""What must not change a single bit of the native core's results."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from lstm_cases import ISAS, Case, arrays_of, assert_same_bits, case_of, kernels, needs_native, threads

from gatewise.ops.lstm import PackedLSTM

pytestmark = needs_native

# More sequences than a group of the kernels has, empty ones and equal ones among them.
LENGTHS = [7, 0, 31, 1, 1, 12, 40, 3, 0, 25] * 6


def with_kernels(case: Case, isa: str, **options: object) -> PackedLSTM:
    with kernels(isa):
        return case.pack(**options)


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("hidden", [5, 32])
def test_any_number_of_threads(isa: str, hidden: int) -> None:
    case = case_of(6, hidden, LENGTHS)
    lstm = with_kernels(case, isa)
    with threads(1):
        output = case.forward(lstm)
        gradients = case.backward(lstm, output)
    for count in (2, 4, 8):
        with threads(count):
            assert_same_bits(case.forward(lstm), output)
            assert_same_bits(case.backward(lstm, output), gradients)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_any_number_of_threads_when_many_rows_are_summed(precision: str) -> None:
    # More than one task's share of rows, 768, in the gradients of the weights.
    case = case_of(9, 24, [400, 300, 900, 10, 500])
    lstm = packed_with(case, precision)
    gradients = None
    for count in (1, 2, 4, 8):
        with threads(count):
            output = case.forward(lstm)
            got = case.backward(lstm, output)
        assert_same_bits(got, gradients or got)
        gradients = got


def packed_with(case: Case, precision: str) -> PackedLSTM:
    from gatewise.ops import native

    if precision == "bf16" and not native.has_bf16():
        pytest.skip("this processor has no bfloat16 products")
    return case.pack(precision=precision)


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("reverse", [False, True])
def test_any_company(isa: str, reverse: bool) -> None:
    case = case_of(6, 21, LENGTHS, reverse=reverse)
    lstm = with_kernels(case, isa)
    output = case.forward(lstm)
    gradients = case.backward(lstm, output)
    for b in range(0, len(LENGTHS), 7):
        alone = only(case, [b])
        assert_same_bits(alone.forward(lstm), rows_of(output, case, b))
        own = arrays_of(alone.backward(lstm, alone.forward(lstm)))
        for name in ("d_x", "d_h0", "d_c0"):
            np.testing.assert_array_equal(own[name], arrays_of(rows_of(gradients, case, b))[name], err_msg=name)


def only(case: Case, sequences: list[int]) -> Case:
    rows = np.concatenate([np.arange(case.offsets[b], case.offsets[b + 1]) for b in sequences])
    offsets = np.concatenate([[0], np.cumsum(np.diff(case.offsets)[sequences])])
    start = {name: array[sequences] for name, array in case.start.items()}
    incoming = {name: array[rows if name == "d_hidden" else sequences] for name, array in case.incoming.items()}
    return Case(case.weights, case.x[rows], offsets, start, incoming, case.reverse)


def rows_of(result: object, case: Case, b: int) -> object:
    """The part of an output or of gradients that is sequence b's."""
    from dataclasses import replace

    rows = slice(case.offsets[b], case.offsets[b + 1])
    known = arrays_of(result)
    own = {name: known[name][rows] for name in ("hidden", "gates", "cells", "d_x") if name in known}
    own |= {name: known[name][b : b + 1] for name in ("h_n", "c_n", "d_h0", "d_c0") if name in known}
    return replace(result, **own)


@pytest.mark.parametrize("isa", ISAS)
def test_any_order(isa: str) -> None:
    case = case_of(6, 21, LENGTHS)
    lstm = with_kernels(case, isa)
    order = np.random.default_rng(0).permutation(len(LENGTHS)).tolist()
    np.testing.assert_array_equal(only(case, order).forward(lstm).h_n, case.forward(lstm).h_n[order])


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("hidden", [1, 16, 45])
def test_steps_end_where_the_whole_arrives(hidden: int, precision: str) -> None:
    case = case_of(6, hidden, [17] * 5)
    lstm = packed_with(case, precision)
    want = case.forward(lstm)
    h, c = case.start["h0"].copy(), case.start["c0"].copy()
    for t in range(17):
        lstm.step(case.x[case.offsets[:-1] + t], h, c)
        np.testing.assert_array_equal(h, want.hidden[case.offsets[:-1] + t])
    np.testing.assert_array_equal(c, want.c_n)


@pytest.mark.parametrize("isa", ISAS)
def test_one_sequence_step_by_step(isa: str) -> None:
    case = case_of(6, 33, [60])
    lstm = with_kernels(case, isa)
    h, c = case.start["h0"].copy(), case.start["c0"].copy()
    for row in case.x:
        lstm.step(row[None], h, c)
    want = case.forward(lstm)
    np.testing.assert_array_equal(h, want.h_n)
    np.testing.assert_array_equal(c, want.c_n)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_table_of_words_is_the_rows_themselves(reverse: bool, precision: str) -> None:
    case, random = case_of(6, 21, LENGTHS, reverse=reverse), np.random.default_rng(1)
    lstm = packed_with(case, precision)
    embedding = random.normal(size=(90, 6)).astype(np.float32)
    ids = random.integers(0, 90, len(case.x)).astype(np.int32)
    case.x = embedding[ids]
    want, table = case.forward(lstm), lstm.table(embedding)
    for _ in range(2):  # the second time every row has been made
        got = lstm.forward_ids(ids, table, case.offsets, **case.start, reverse=reverse, record=True)
        assert_same_bits(got, want)
    h, c = case.start["h0"].copy(), case.start["c0"].copy()
    some = ids[: len(LENGTHS)]
    lstm.step_ids(some, lstm.table(embedding), h, c)
    h_want, c_want = case.start["h0"].copy(), case.start["c0"].copy()
    lstm.step(embedding[some], h_want, c_want)
    np.testing.assert_array_equal(h, h_want)
    np.testing.assert_array_equal(c, c_want)


def test_many_threads_of_the_program_share_weights_and_a_table() -> None:
    case, random = case_of(6, 21, LENGTHS), np.random.default_rng(1)
    lstm, embedding = case.pack(), random.normal(size=(4000, 6)).astype(np.float32)
    ids = random.integers(0, 4000, (8, len(case.x))).astype(np.int32)
    want = [lstm.forward(embedding[own], case.offsets, **case.start).hidden for own in ids]
    table, wrong = lstm.table(embedding), []

    def read(number: int) -> None:
        for turn in range(10):
            own = (number + turn) % 8
            got = lstm.forward_ids(ids[own], table, case.offsets, **case.start).hidden
            if not np.array_equal(got, want[own]):
                wrong.append((number, turn))

    readers = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert wrong == []
