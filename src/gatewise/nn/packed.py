"""Weights packed for the kernels, and kept while they stay what they are."""

from __future__ import annotations

from dataclasses import dataclass

from gatewise.nn.layer import Weights
from gatewise.ops.lstm import pack_lstm
from gatewise.ops.lstm_packed import PackedLSTM, Precision

Place = tuple[int, int]
Content = tuple[bytes, ...]


@dataclass(frozen=True)
class _Kept:
    content: Content
    precision: Precision
    packed: PackedLSTM


class PackedCache:
    """Packed weights by layer and direction, so that predicting packs once.

    Whether a weight has changed is told by its bytes. Torch counts changes, but not those through ``.data`` or through
    a NumPy array over the same memory, and an address may be another tensor's by now. Comparing 0.5 MB takes 0.02 ms.

    Copying or pickling a module gives it an empty cache.
    """

    def __init__(self) -> None:
        self._kept: dict[Place, _Kept] = {}

    def __reduce__(self) -> tuple[type[PackedCache], tuple[()]]:
        return PackedCache, ()

    def get(self, place: Place, weights: Weights, precision: Precision) -> PackedLSTM:
        """Weights of a layer and direction packed for the forward pass; packed anew if they differ from last time."""
        content = tuple(b"" if tensor is None else tensor.detach().numpy().tobytes() for tensor in weights)
        kept = self._kept.get(place)
        if kept is None or kept.precision != precision or kept.content != content:
            kept = self._kept[place] = _Kept(content, precision, pack(weights, precision))
        return kept.packed


def pack(weights: Weights, precision: Precision, *, backward: bool = False) -> PackedLSTM:
    """Pack weights without keeping them; see `gatewise.ops.lstm.pack_lstm`."""
    bias_ih, bias_hh = (None if bias is None else bias.detach().numpy() for bias in weights[2:])
    weight_ih, weight_hh = weights.weight_ih.detach().numpy(), weights.weight_hh.detach().numpy()
    return pack_lstm(weight_ih, weight_hh, bias_ih, bias_hh, precision=precision, backward=backward)
