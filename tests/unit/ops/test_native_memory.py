"""Arrays in memory that is used again: nobody's numbers change under them, and what is given back is used."""

from __future__ import annotations

import gc
import threading

import numpy as np
import pytest
import torch
from lstm_cases import needs_native

from gatewise.errors import OutOfMemoryError
from gatewise.ops import native
from gatewise.ops.native import memory

LARGE = (300, 1000)


def where(array: np.ndarray) -> int:
    return int(array.ctypes.data)


@pytest.mark.parametrize("shape", [(), (0,), (3, 0, 5), (7,), (2, 3), LARGE, (50, 40, 30)])
@pytest.mark.parametrize("kind", [np.float32, np.float64, np.int32, np.uint8])
def test_it_is_an_ordinary_array(shape: tuple[int, ...], kind: type) -> None:
    made = memory.empty(shape, kind)
    assert type(made) is np.ndarray
    assert (made.shape, made.dtype) == (shape, np.dtype(kind))
    assert made.flags.c_contiguous
    assert made.flags.writeable
    made[...] = 3
    assert (made == 3).all()


@needs_native
def test_a_block_given_back_is_the_next_ones() -> None:
    native.trim()
    first = memory.empty(LARGE, np.float32)
    place = where(first)
    del first
    assert native.idle_bytes() >= 1_200_000
    second = memory.empty((LARGE[0] - 3, LARGE[1]), np.float32)
    assert where(second) == place
    assert native.idle_bytes() < 1_200_000


@needs_native
def test_two_arrays_never_share_a_block() -> None:
    arrays = [memory.empty(LARGE, np.float32) for _ in range(20)]
    for number, array in enumerate(arrays):
        array[...] = number
    assert all((array == number).all() for number, array in enumerate(arrays))


@needs_native
@pytest.mark.parametrize(
    "derived",
    [
        lambda array: array[10:20, ::2],
        lambda array: array.reshape(-1)[5:].view(np.uint8),
        lambda array: array.T,
        lambda array: memoryview(array),
        lambda array: torch.from_numpy(array),
        lambda array: torch.from_numpy(array)[3:].t(),
        lambda array: np.asarray(memoryview(array)),
        lambda array: np.from_dlpack(array),
        lambda array: np.broadcast_to(array, (2, *array.shape)),
    ],
    ids=["slice", "view", "transposed", "memoryview", "tensor", "tensor's view", "buffer", "dlpack", "broadcast"],
)
def test_whatever_is_made_of_it_keeps_the_block(derived: object) -> None:
    native.trim()
    array = memory.empty(LARGE, np.float32)
    array[...] = 1.5
    kept = derived(array)  # type: ignore[operator]
    place = where(array)
    del array
    gc.collect()
    others = [memory.empty(LARGE, np.float32) for _ in range(4)]
    assert place not in map(where, others)
    del kept
    gc.collect()
    assert where(memory.empty(LARGE, np.float32)) == place


@needs_native
def test_arrays_are_freed_by_whichever_thread() -> None:
    native.trim()

    def turn() -> None:
        for number in range(200):
            array = memory.empty((100 + number, 300), np.float32)
            array[...] = number
            assert (array == number).all()

    workers = [threading.Thread(target=turn) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert 0 < native.idle_bytes() <= 1 << 30


@needs_native
def test_more_than_there_is_is_an_error_of_ours_and_of_pythons() -> None:
    with pytest.raises(OutOfMemoryError, match=r"no memory for an array \[1048576, 1048576, 256\] of float32"):
        memory.empty((1 << 20, 1 << 20, 256), np.float32)
    with pytest.raises(MemoryError):
        memory.empty((1 << 20, 1 << 20, 256), np.float32)


def test_without_the_core_it_is_numpys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWISE_NATIVE", "0")
    assert memory.empty(LARGE, np.float32).base is None
