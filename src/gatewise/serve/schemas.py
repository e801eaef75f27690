"""What OpenAPI says of requests and responses. The hot path does not run these: see `bodies` and `answers`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from gatewise.serve.limits import Limits


class Answer(BaseModel):
    """The answer for one text."""

    model_config = ConfigDict(extra="forbid")

    label: str | int = Field(description="The most probable class.")
    probabilities: dict[str, float] = Field(description="Probability of each class.")
    expected: float | None = Field(
        default=None, description="Of a model whose classes are in an order: the mean of the label. Absent otherwise."
    )


class Predictions(BaseModel):
    """The answers, in the order of the texts."""

    model_config = ConfigDict(extra="forbid")

    model: str
    predictions: list[Answer]


class Model(BaseModel):
    """A model that is served."""

    model_config = ConfigDict(extra="forbid", protected_namespaces=())

    name: str
    labels: list[str | int]
    network: str
    layers: int
    hidden_size: int
    embedding_size: int
    vocabulary_size: int
    reads: str
    ordinal: bool
    blend: bool = Field(description="Whether the bag-of-words rival has a part in the answers.")
    streams: bool = Field(description="Whether /v1/stream can read with it.")
    temperature: float
    max_tokens: int
    truncation: str
    written_by: str


class Models(BaseModel):
    """The models, the one that is used where a request names none first."""

    model_config = ConfigDict(extra="forbid")

    models: list[Model]


class Health(BaseModel):
    """Whether requests should be sent here."""

    model_config = ConfigDict(extra="forbid")

    status: str
    models: dict[str, bool] | None = Field(default=None, description="Which of the models are ready.")


class ErrorDetail(BaseModel):
    """Why there is no answer."""

    model_config = ConfigDict(extra="forbid")

    code: str = Field(description="One word, for programs.")
    message: str = Field(description="A sentence, for people.")
    id: str = Field(description="Of the request's line in the log.")


class Error(BaseModel):
    """No answer."""

    model_config = ConfigDict(extra="forbid")

    error: ErrorDetail


ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": Error, "description": "A header is impossible or there twice."},
    401: {"model": Error, "description": "The token is missing or wrong."},
    403: {"model": Error, "description": "A page of another origin asks."},
    404: {"model": Error, "description": "There is no such path, model or class."},
    405: {"model": Error, "description": "The path does not take this method."},
    408: {"model": Error, "description": "The request did not come in time."},
    413: {"model": Error, "description": "The body is too large, or has too many chunks."},
    415: {"model": Error, "description": "The body is no JSON by its headers."},
    421: {"model": Error, "description": "The service does not go by the name in Host."},
    422: {"model": Error, "description": "The body does not say what it should, or the model cannot do it."},
    429: {"model": Error, "description": "Too many explanations or streams at a time; see Retry-After."},
    431: {"model": Error, "description": "The headers are too large."},
    500: {"model": Error, "description": "A fault of the service."},
    503: {"model": Error, "description": "Too much waits already; see Retry-After."},
    504: {"model": Error, "description": "The answer took too long."},
}


# One server-sent event, as readers of OpenAPI see it.
EVENT = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["word", "end", "error"]},
        "data": {"type": "string", "description": "JSON."},
    },
    "required": ["event", "data"],
}


def request_schema(kind: str, limits: Limits, models: Sequence[str], methods: Sequence[str] = ()) -> dict[str, Any]:
    """The schema of a request's body, with the limits and names that are in force, as ``openapi_extra``.

    Args:
        kind: ``texts`` for several, ``text`` for one, ``explain`` for one with label and method.
        limits: In force.
        models: Names.
        methods: Of explanations.
    """
    text = {"type": "string", "maxLength": limits.characters}
    properties: dict[str, Any] = {"text": text}
    if kind == "texts":
        properties = {"texts": {"type": "array", "items": text, "minItems": 1, "maxItems": limits.texts}}
    if kind == "explain":
        properties["label"] = {"type": ["string", "integer"], "description": "A class; the answer's if not given."}
        properties["method"] = {"type": "string", "enum": list(methods)}
    required = list(properties)[:1]
    properties["model"] = {"type": "string", "enum": list(models), "description": "The first one if not given."}
    schema = {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}
