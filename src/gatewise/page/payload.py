"""A model as the page loads it: a description and its weights, in as few bits as they are stored in."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from gatewise.errors import ModelError
from gatewise.page.facts import facts_of
from gatewise.runtime.predictor import Predictor
from gatewise.store.config import NetworkConfig
from gatewise.store.folder import BASELINE, MODEL
from gatewise.store.rounding import fewest_bits, is_word_vectors, pack_weights, rounded
from gatewise.store.tensors import Tensors, pack

DESCRIPTION, WEIGHTS, RIVAL = "model.json", "model.safetensors", "rival.safetensors"


def check_shown(predictor: Predictor) -> None:
    """Raise `ModelError` for a model that the page cannot read with, saying why and what can.

    Shown are LSTMs that read forwards, of any depth and number of classes, ordinal or not, blended or not, whose words
    are those of natural text.
    """
    network, kind = predictor.config.network, predictor.tokenizer.kind
    reason = _why_not(network, kind)
    if reason:
        raise ModelError(
            f"the page cannot show this model: {reason}", hint="it predicts all the same: gatewise predict, or serve"
        )


def _why_not(network: NetworkConfig, kind: str) -> str:
    if network.network != "lstm":
        return f"it draws the gates of an LSTM, and this network is a {network.network}"
    if network.highway:
        return "it has gates around its layers (highway), which the page does not draw"
    if not network.is_causal:
        return "it also reads from the end of a text, so that there is no answer after each word"
    if kind != "words":
        return f"its tokenizer is of kind {kind!r}, and the page cuts texts into words"
    return ""


def payload(predictor: Predictor, name: str) -> dict[str, bytes]:
    """What the page loads of a model.

    Args:
        predictor: The model.
        name: What the page calls it.

    Returns:
        Content by file name: ``model.json``; ``model.safetensors``, the weights in as few bits as leave every number
        what it is; for a blend ``rival.safetensors``.

    Raises:
        ModelError: The page cannot show such a model, see `check_shown`.
    """
    check_shown(predictor)
    # A "<" could end the script element that holds it in an offline page.
    text = json.dumps(description(predictor, name), ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
    files = {DESCRIPTION: text.encode("utf-8", "replace"), WEIGHTS: _weights(predictor)}
    if predictor.blend is not None:
        if predictor.rival is None:
            raise ModelError("the model is a blend with a rival that is not there", where=BASELINE)
        files[RIVAL] = pack(predictor.rival.to_tensors())
    return files


def description(predictor: Predictor, name: str) -> dict[str, Any]:
    """All of a model but its weights, as JSON values.

    Args:
        predictor: The model.
        name: What the page calls it.
    """
    config = predictor.config.to_json()
    return {
        "name": name,
        **{entry: config[entry] for entry in ("network", "text", "labels", "temperature", "written_by")},
        "blend": config.get("blend"),
        "vocabulary": predictor.tokenizer.vocabulary,
        "before": predictor.frame.before.tolist(),
        "after": predictor.frame.after.tolist(),
        "facts": facts_of(predictor),
    }


def _weights(predictor: Predictor) -> bytes:
    tensors: Tensors = {name: np.asarray(array) for name, array in predictor.network.tensors.items()}
    vectors = fewest_bits(array for name, array in tensors.items() if is_word_vectors(name))
    others = [array for name, array in tensors.items() if array.ndim == 2 and not is_word_vectors(name)]
    return pack_weights(
        tensors,
        predictor.config.network.tensor_shapes(),
        MODEL,
        embedding_bits=vectors,
        matrix_bits=16 if all(map(_fits_16_bits, others)) else 32,
    )


def _fits_16_bits(array: npt.NDArray[Any]) -> bool:
    return bool((rounded(array, 16) == array).all())
