"""The text classifier without torch: embedding and what reads it, pooling, head."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ModelError, ParameterError
from gatewise.ops.checks import check_floats, check_offsets
from gatewise.ops.ordinal import log_probabilities
from gatewise.runtime.build import make_encoder, make_hidden, under
from gatewise.runtime.pools import Features, pooled
from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged

Logits = npt.NDArray[np.float64]


class Network:
    """A trained network that predicts.

    Args:
        config: Its shape.
        tensors: Its weights, named as `NetworkConfig` says, all float32 or all float64; they must not change any more.

    Raises:
        ParameterError: A tensor is missing, or of the wrong shape or dtype.

    Attributes:
        tensors: The weights as given.

    Notes:
        Immutable, so that threads may share it. A text's logits do not depend on the texts beside it: an LSTM by the
        native core gives the same bits, all else the same but for the order in which BLAS sums (observed: below 1e-6).
        Memory while it reads is that of the hidden states: ``4 * N * D * H`` bytes a layer, two layers at a time.

    Example:
        >>> config = NetworkConfig(vocabulary_size=4, classes=2, embedding_size=2, hidden_size=3)
        >>> tensors = {name: np.zeros(shape) for name, shape in config.tensor_shapes().items()}
        >>> Network(config, tensors).logits(Ragged.from_lists([[1, 2, 3], []])).tolist()
        [[0.0], [0.0]]
    """

    def __init__(self, config: NetworkConfig, tensors: Mapping[str, npt.NDArray[Any]]) -> None:
        self.config, self.tensors = config, tensors
        kind = getattr(tensors.get("embedding.weight"), "dtype", None)
        for name, shape in config.tensor_shapes().items():
            check_floats(name, tensors.get(name), shape, kind)
        own, *others = config.single
        # With two networks the forward one is this one, and the other one is asked for its logits.
        self._others = [Network(one, under(tensors, f"{one.reads}.")) for one in others]
        self._is_reversed = own.reads == "backward"
        self.encoder = make_encoder(config, tensors)
        self.parts = config.pooling.split("+")
        self._hidden = make_hidden(config, tensors)
        # The head is small, and float64 costs nothing there.
        self._head_weight = tensors["head.weight"].astype(np.float64)
        self._head_end = tensors["head.steps" if config.ordinal else "head.bias"].astype(np.float64)

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
        own = self._own_logits(batch.reversed() if self._is_reversed else batch)
        # One after the other, so that the sum is that of a text alone.
        return sum((other.logits(batch) for other in self._others), own) / (1 + len(self._others))

    def _own_logits(self, batch: Ragged) -> Logits:
        with np.errstate(over="ignore", invalid="ignore"):  # Asked for by name in `head`.
            hidden, final = self.encoder.read(batch)
            return self.head(pooled(self.parts, hidden, final, batch.offsets))

    def check_ids(self, ids: npt.NDArray[np.int32]) -> None:
        """Raise `ParameterError` for an id outside the vocabulary."""
        lowest, highest = int(ids.min(initial=0)), int(ids.max(initial=0))
        if lowest < 0 or highest >= self.config.vocabulary_size:
            wrong = lowest if lowest < 0 else highest
            raise ParameterError(f"token id {wrong} is not from 0 to {self.config.vocabulary_size - 1}")

    def head(self, features: Features) -> Logits:
        """From what `pooled` gives to logits ``[B, outputs]``; raises `ModelError` unless all are finite.

        Args:
            features: ``[B, parts * encoded_size]``.
        """
        if self._hidden is not None:
            features = self._hidden(features)
        # A product for each text: one product for all would sum in an order that depends on how many they are.
        products = np.matmul(self._head_weight, np.ascontiguousarray(features)[:, :, None])
        score, end = products[:, :, 0], self._head_end
        logits: Logits = log_probabilities(score[:, 0], end) if self.config.ordinal else score + end
        if not np.isfinite(logits).all():
            raise ModelError("the weights are so large that the answer is no finite number", where="model.safetensors")
        return logits
