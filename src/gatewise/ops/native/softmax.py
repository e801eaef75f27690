"""Sampled softmax, lazy Adam and sums by word by the native core; equations in csrc/softmax.cpp and csrc/adam.cpp."""

from __future__ import annotations

from ctypes import POINTER, Structure, addressof, c_double, c_float, c_int32, c_int64, c_void_p
from functools import cache
from typing import Any

import numpy as np

from gatewise.errors import ParameterError
from gatewise.ops.checks import Floats
from gatewise.ops.lazy_adam import AdamRows, AdamSettings
from gatewise.ops.native import memory
from gatewise.ops.native.interface import PRECISIONS
from gatewise.ops.native.library import Library, address, library, reason
from gatewise.ops.sampled_softmax import Ids, SoftmaxGradients, SoftmaxInputs


class SampledSoftmaxArgs(Structure):
    """gw_sampled_softmax_args."""

    _fields_ = [
        ("rows", c_int64),
        ("features", c_int64),
        ("vocabulary", c_int64),
        ("negatives", c_int64),
        ("precision", c_int32),
        ("hidden", c_void_p),
        ("hidden_stride", c_int64),
        ("weight", c_void_p),
        ("bias", c_void_p),
        ("targets", c_void_p),
        ("samples", c_void_p),
        ("log_expected", c_void_p),
        ("scale", c_float),
        ("loss", c_void_p),
        ("d_hidden", c_void_p),
        ("touched", c_void_p),
        ("touched_count", c_void_p),
        ("d_weight", c_void_p),
        ("d_bias", c_void_p),
    ]


_ARGUMENTS: dict[str, list[Any]] = {
    "gw_sampled_softmax": [POINTER(SampledSoftmaxArgs)],
    "gw_lazy_adam": [c_int64, c_int64, *[c_void_p] * 4, c_int64, c_void_p, c_int64, *[c_float] * 5],
    "gw_sum_by_word": [c_int64, c_int64, c_int64, c_void_p, c_void_p, c_int64, *[c_void_p] * 3],
}


@cache
def _declared(found: Library) -> Library:
    for name, arguments in _ARGUMENTS.items():
        function = getattr(found.call, name)
        function.restype, function.argtypes = c_int32, arguments
    return found


def _library() -> Library:
    found = library()
    if found is None:
        raise ParameterError(f"the native core is not there: {reason()}")
    return _declared(found)


def native_sampled_softmax(inputs: SoftmaxInputs, want_gradients: bool) -> tuple[float, SoftmaxGradients | None]:
    """`gatewise.ops.sampled_softmax.sampled_softmax` for checked inputs of float32."""
    found = _library()
    (N, F), V, S = inputs.hidden.shape, len(inputs.weight), len(inputs.samples)
    most = min(V, S + N)
    loss, count = c_double(), c_int64()
    made = _empty_gradients(N, F, most) if want_gradients else None
    arguments = SampledSoftmaxArgs(
        rows=N,
        features=F,
        vocabulary=V,
        negatives=S,
        precision=PRECISIONS[inputs.precision],
        hidden=address(inputs.hidden),
        hidden_stride=_stride(inputs.hidden),
        weight=address(inputs.weight),
        bias=address(inputs.bias),
        targets=address(inputs.targets),
        samples=address(inputs.samples),
        log_expected=address(inputs.log_expected),
        scale=inputs.scale,
        loss=_where(loss),
        touched_count=_where(count),
    )
    if made is not None:
        arguments.d_hidden, arguments.touched = address(made.d_hidden), address(made.words)
        arguments.d_weight, arguments.d_bias = address(made.d_weight), address(made.d_bias)
    found.check(found.call.gw_sampled_softmax(arguments))
    if made is None:
        return loss.value, None
    K = count.value
    return loss.value, SoftmaxGradients(made.d_hidden, made.words[:K], made.d_weight[:K], made.d_bias[:K])


def _empty_gradients(rows: int, features: int, most: int) -> SoftmaxGradients:
    return SoftmaxGradients(
        memory.empty((rows, features), np.float32),
        np.empty(most, np.int32),
        memory.empty((most, features), np.float32),
        np.empty(most, np.float32),
    )


def native_lazy_adam(rows: AdamRows, words: Ids, gradient: Floats, step: int, settings: AdamSettings) -> None:
    """`gatewise.ops.lazy_adam.lazy_adam` for checked arguments of float32."""
    found = _library()
    status = found.call.gw_lazy_adam(
        *rows.weight.shape,
        address(rows.weight),
        address(rows.m),
        address(rows.v),
        address(words),
        len(words),
        address(gradient),
        step,
        settings.rate,
        settings.beta1,
        settings.beta2,
        settings.epsilon,
        settings.decay,
    )
    found.check(status)


def native_sum_by_word(ids: Ids, gradient: Floats, vocabulary: int) -> tuple[Ids, Floats]:
    """`gatewise.ops.sum_by_word.sum_by_word` for checked arguments of float32."""
    found = _library()
    (N, F), most = gradient.shape, min(len(ids), vocabulary)
    words, sums, count = np.empty(most, np.int32), memory.empty((most, F), np.float32), c_int64()
    status = found.call.gw_sum_by_word(
        N,
        F,
        vocabulary,
        address(ids),
        address(gradient),
        _stride(gradient),
        address(words),
        _where(count),
        address(sums),
    )
    found.check(status)
    return words[: count.value], sums[: count.value]


def _where(value: c_double | c_int64) -> int:
    return addressof(value)


def _stride(matrix: Floats) -> int:
    """Floats from one row to the next; of a single row its width, as NumPy then gives any number."""
    rows, columns = matrix.shape
    return matrix.strides[0] // matrix.itemsize if rows > 1 else columns
