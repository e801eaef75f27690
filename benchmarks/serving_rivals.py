"""The classifier behind FastAPI as most people put it there: a pydantic model in, a list of dicts out.

The model is the packaged one without the rival's part; torch and ONNX Runtime have its weights (`classifier_rivals`).
Run as a script it is one server: ``serving_rivals.py SIDE MODEL THREADS ENDPOINT BATCHES``, and prints its port. With
BATCHES ``plain`` the texts of a request are padded to the longest and read as one batch, as most people write it; with
``sorted`` they are read in batches of similar length.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from gatewise.metrics.calibration import probabilities_from_logits
from gatewise.store.folder import read_model
from gatewise.text.ragged import Ragged
from gatewise.text.tokenizer import tokenizer_from_json

# Texts that are padded together; of similar length, 16 are the best of what was tried for both sides.
BATCH_TEXTS = {"plain": 4_096, "sorted": 16}


def answerer(side: str, folder: str, threads: int, batches: str) -> Callable[[list[str]], list[dict[str, Any]]]:
    """What gives the answers for texts."""
    from pathlib import Path

    stored = read_model(Path(folder), parts=())
    config = stored.config
    tensors = dict(stored.tensors)
    for name in list(tensors):
        if name.startswith("encoder.bias_ih"):
            other = name.replace("bias_ih", "bias_hh")
            tensors.setdefault(other, np.zeros_like(tensors[name]))
    tokenizer = tokenizer_from_json(stored.tokenizer)
    logits = _logits(side, config.network, tensors, threads, BATCH_TEXTS[batches])

    def answer(texts: list[str]) -> list[dict[str, Any]]:
        probabilities = probabilities_from_logits(logits(tokenizer.encode_batch(texts)), config.temperature)
        best = probabilities.argmax(axis=1)
        return [
            {"label": config.labels[index], "probabilities": dict(zip(config.labels, row, strict=True))}
            for index, row in zip(best.tolist(), probabilities.tolist(), strict=True)
        ]

    return answer


def _logits(side: str, network: Any, tensors: Any, threads: int, batch_texts: int) -> Callable[[Ragged], Any]:
    if side == "torch":
        import torch

        from classifier_rivals import TorchClassifier

        torch.set_num_threads(threads)
        made = TorchClassifier(network, tensors)
        return lambda tokens: made.logits(tokens, batch_texts)
    from classifier_rivals import OnnxClassifier

    session = OnnxClassifier(network, tensors, threads)
    return lambda tokens: session.logits(tokens, batch_texts)


def make_app(answer: Callable[[list[str]], list[dict[str, Any]]], endpoint: str) -> Any:
    """The application; with endpoint ``async`` texts are read in the event loop, with ``def`` in threads."""
    from fastapi import FastAPI
    from pydantic import BaseModel

    class Asked(BaseModel):
        """A request."""

        texts: list[str]

    class Answer(BaseModel):
        """One answer."""

        label: str
        probabilities: dict[str, float]

    class Answers(BaseModel):
        """A response."""

        predictions: list[Answer]

    app = FastAPI()

    async def predict_async(asked: Asked) -> Answers:
        return Answers(predictions=[Answer(**one) for one in answer(asked.texts)])

    def predict(asked: Asked) -> Answers:
        return Answers(predictions=[Answer(**one) for one in answer(asked.texts)])

    handler = predict_async if endpoint == "async" else predict
    # The annotation is a name of this function, which a string cannot say.
    handler.__annotations__ = {"asked": Asked, "return": Answers}
    app.post("/v1/predict")(handler)
    return app


def main() -> None:
    """Serve."""
    import socket

    import uvicorn

    side, folder, threads, endpoint, batches = sys.argv[1:]
    app = make_app(answerer(side, folder, int(threads), batches), endpoint)
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    bound.listen(1024)
    print(f":{bound.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False)).run(sockets=[bound])


if __name__ == "__main__":
    main()
