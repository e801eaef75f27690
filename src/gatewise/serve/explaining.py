"""``/v1/explain``: what `gatewise.explain` says, for whoever asks by HTTP."""

from __future__ import annotations

from typing import Any

from gatewise.errors import ModelError, ParameterError
from gatewise.runtime.predictor import Predictor
from gatewise.serve.bodies import Asked
from gatewise.serve.refusal import Refusal, unprocessable


def explained(predictor: Predictor, asked: Asked) -> dict[str, Any]:
    """An explanation as JSON.

    Raises:
        Refusal: 404: the model has no such class; 422: it cannot be explained so; says why.
    """
    from gatewise.explain.explain import explain

    if asked.label is not None and asked.label not in predictor.classes_:
        raise Refusal(404, "unknown_label", "the model has no class of this name; /v1/model lists them")
    try:
        return explain(predictor, asked.texts[0], label=asked.label, method=asked.method).as_json()
    except (ModelError, ParameterError) as problem:
        raise unprocessable("cannot_explain", problem.what) from None
