"""The recurrent text classifier in NumPy: embedding, scan, pooling, head."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ModelError, ParameterError
from gatewise.ops import pooling
from gatewise.ops.cell import State
from gatewise.ops.checks import Floats, check_floats, check_offsets
from gatewise.ops.registry import cell_of
from gatewise.ops.scan import scan
from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged

Logits = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Direction:
    """Weights of one direction of one layer, named as in torch; `bias_hh` may be None."""

    weight_ih: Floats
    weight_hh: Floats
    bias_ih: Floats
    bias_hh: Floats | None
    reverse: bool

    def project(self, rows: Floats) -> Floats:
        """The input's share of the gates: ``[N, I]`` to ``[N, G * H]``."""
        projected: Floats = rows @ self.weight_ih.T
        return projected + self.bias_ih


class Network:
    """A trained network that predicts.

    Args:
        config: Its shape.
        tensors: Its weights, named as `NetworkConfig` says, all float32 or all float64; not copied.

    Raises:
        ParameterError: A tensor is missing, or of the wrong shape or dtype.

    Notes:
        Immutable, so that threads may share it. A text's logits do not depend on the texts beside it but for the order
        in which BLAS sums (observed: below 1e-6).

    Example:
        >>> config = NetworkConfig(vocabulary_size=4, classes=2, embedding_size=2, hidden_size=3)
        >>> tensors = {name: np.zeros(shape) for name, shape in config.tensor_shapes().items()}
        >>> Network(config, tensors).logits(Ragged.from_lists([[1, 2, 3], []])).tolist()
        [[0.0], [0.0]]
    """

    def __init__(self, config: NetworkConfig, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        self.config, self.cell = config, cell_of(config.network)
        kind = getattr(tensors.get("embedding.weight"), "dtype", None)
        for name, shape in config.tensor_shapes().items():
            check_floats(name, tensors.get(name), shape, kind)
        self.embedding: Floats = tensors["embedding.weight"]
        self.layers = [self._layer(layer, tensors) for layer in range(config.layers)]
        # The head is small, and float64 costs nothing there.
        self._head_weight = tensors["head.weight"].astype(np.float64)
        self._head_bias = tensors["head.bias"].astype(np.float64)

    def _layer(self, layer: int, tensors: Mapping[str, npt.NDArray[Any]]) -> tuple[Direction, ...]:
        return tuple(
            Direction(
                weight_ih=tensors[f"encoder.weight_ih_{name}"],
                weight_hh=tensors[f"encoder.weight_hh_{name}"],
                bias_ih=tensors[f"encoder.bias_ih_{name}"],
                bias_hh=tensors[f"encoder.bias_hh_{name}"] if self.config.recurrent_bias else None,
                reverse=name.endswith("reverse"),
            )
            for name in (f"l{layer}", f"l{layer}_reverse")[: self.config.directions]
        )

    def logits(self, batch: Ragged) -> Logits:
        """Logits of a batch of token ids.

        Args:
            batch: Ids from 0 to ``vocabulary_size - 1``. Empty sequences and an empty batch are legal.

        Returns:
            ``[B, outputs]`` float64, finite.

        Raises:
            ParameterError: An id outside the vocabulary, or damaged offsets.
            ModelError: The weights are so large that the logits overflow.
        """
        check_offsets(batch.offsets, len(batch.ids))
        self.check_ids(batch.ids)
        with np.errstate(over="ignore", invalid="ignore"):  # Asked for by name in `head`.
            hidden, final = self._first_layer(batch)
            for layer in self.layers[1:]:
                hidden, final = self._walk(layer, [direction.project(hidden) for direction in layer], batch)
            return self.head(self._pooled(hidden, final, batch))

    def check_ids(self, ids: npt.NDArray[np.int32]) -> None:
        """Raise `ParameterError` for an id outside the vocabulary."""
        lowest, highest = int(ids.min(initial=0)), int(ids.max(initial=0))
        if lowest < 0 or highest >= self.config.vocabulary_size:
            wrong = lowest if lowest < 0 else highest
            raise ParameterError(f"token id {wrong} is not from 0 to {self.config.vocabulary_size - 1}")

    def head(self, features: npt.NDArray[np.float64]) -> Logits:
        """From pooled features ``[B, features]`` to logits ``[B, outputs]``; raises `ModelError` unless all finite."""
        logits: Logits = features @ self._head_weight.T + self._head_bias
        if not np.isfinite(logits).all():
            raise ModelError("the weights are so large that the answer is no finite number", where="model.safetensors")
        return logits

    def _first_layer(self, batch: Ragged) -> tuple[Floats, list[Floats]]:
        # A word occurs many times in a batch: its product with W_ih is made once and then copied.
        words, places = np.unique(batch.ids, return_inverse=True)
        embedded = self.embedding[words]
        return self._walk(self.layers[0], [entry.project(embedded)[places] for entry in self.layers[0]], batch)

    def _walk(
        self, layer: tuple[Direction, ...], projected: list[Floats], batch: Ragged
    ) -> tuple[Floats, list[Floats]]:
        walks: list[tuple[Floats, State]] = [
            scan(self.cell, gates, batch.offsets, entry.weight_hh, entry.bias_hh, reverse=entry.reverse)
            for entry, gates in zip(layer, projected, strict=True)
        ]
        if len(walks) == 1:
            return walks[0][0], [walks[0][1][0]]
        return np.concatenate([hidden for hidden, _ in walks], axis=1), [final[0] for _, final in walks]

    def _pooled(self, hidden: Floats, final: list[Floats], batch: Ragged) -> npt.NDArray[np.float64]:
        pools = {
            "last": lambda: np.concatenate(final, axis=1),
            "max": lambda: pooling.maximum(hidden, batch.offsets),
            "mean": lambda: pooling.mean(hidden, batch.offsets),
        }
        parts = [pools[part]() for part in self.config.pooling.split("+")]
        return np.concatenate(parts, axis=1, dtype=np.float64)
