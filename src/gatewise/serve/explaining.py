"""``/v1/explain``: what `gatewise.explain` says, for whoever asks by HTTP."""

from __future__ import annotations

from typing import Any

from gatewise.errors import ModelError, ParameterError
from gatewise.runtime.predictor import Predictor
from gatewise.serve.bodies import Asked
from gatewise.serve.refusal import Refusal, unprocessable

# Occlusion reads a text anew for each of its words, and a thread that has begun cannot be stopped when the time of its
# request is over: so many words are a million to read, 3 seconds alone with the packaged model.
MOST_OCCLUDED_WORDS = 1_000


def explained(predictor: Predictor, asked: Asked) -> dict[str, Any]:
    """An explanation as JSON.

    Raises:
        Refusal: 404: the model has no such class; 422: it cannot be explained so; says why.
    """
    from gatewise.explain.explain import explain

    if asked.label is not None and asked.label not in predictor.classes_:
        raise Refusal(404, "unknown_label", "the model has no class of this name; /v1/model lists them")
    if asked.method == "occlusion" and len(predictor.tokenizer.words(asked.texts[0])) > MOST_OCCLUDED_WORDS:
        raise unprocessable("cannot_explain", f"occlusion takes texts of at most {MOST_OCCLUDED_WORDS} words here")
    try:
        return explain(predictor, asked.texts[0], label=asked.label, method=asked.method).as_json()
    except (ModelError, ParameterError) as problem:
        raise unprocessable("cannot_explain", problem.what) from None
