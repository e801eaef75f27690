"""An answer that is known before it is asked for: the network's, worked out in double precision by NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.metrics.calibration import probabilities_from_logits
from gatewise.runtime.network import Network
from gatewise.runtime.predictor import Predictor
from gatewise.store.config import NetworkConfig
from gatewise.text.ragged import Ragged

Probabilities = npt.NDArray[np.float64]

# Words of reviews, a text nobody writes, and none: any model can read them, if only as unknown words.
TEXTS = ("A great film, and not a boring minute in it.", "the worst ! 1/10 0123", "")

# Single precision after some ten words is within 1e-6; a wrong or damaged kernel is off by far more.
TOLERANCE = 1e-4


def known_answer(predictor: Predictor, tensors: Mapping[str, npt.NDArray[Any]]) -> Probabilities:
    """Probabilities of `TEXTS` by NumPy in float64, ``[3, K]``.

    Args:
        predictor: The model.
        tensors: Of its network, as they were read from the folder.

    Notes:
        The network is made anew with only those words that the texts have, so that it costs milliseconds and little
        memory. No kernel, table or packed weight of the one that serves has a part in it.
    """
    batch = predictor.encode(TEXTS)
    words, ids = np.unique(batch.ids, return_inverse=True)
    small = _only(predictor.config.network, tensors, words)
    logits = small.logits(Ragged(ids.astype(np.int32).reshape(-1), batch.offsets))
    return probabilities_from_logits(predictor.blended(logits, TEXTS), predictor.config.temperature)


def _only(config: NetworkConfig, tensors: Mapping[str, npt.NDArray[Any]], words: npt.NDArray[np.int32]) -> Network:
    """The same network in float64, of a vocabulary of `words` alone."""
    exact = {
        name: (array[words] if name.endswith("embedding.weight") else array).astype(np.float64)
        for name, array in tensors.items()
    }
    return Network(replace(config, vocabulary_size=len(words)), exact)
