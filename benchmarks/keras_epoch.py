"""One epoch of an IMDB classifier in Keras 3: a process of its own, started by epoch_keras.py, maybe by another Python.

Needs nothing but Keras and its backend. Reads token ids from a file, prints one JSON line: versions, and the seconds
of `fit` with and without its first step, in which Keras compiles.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any

STARTED = time.perf_counter()


def arguments() -> argparse.Namespace:
    """What the starter says."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data")
    parser.add_argument("--backend", required=True)
    for name in ("threads", "texts", "words", "embedding", "hidden", "batch"):
        parser.add_argument(f"--{name}", type=int, required=True)
    return parser.parse_args()


def use_threads(backend: str, threads: int) -> str:
    """Set them where the backend wants it; its version."""
    if backend == "tensorflow":
        import tensorflow

        tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
        tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
        return str(tensorflow.__version__)
    import torch

    torch.set_num_threads(threads)
    return str(torch.__version__)


def main() -> None:
    """Build the network as its source states it, train for one epoch, say how long it took."""
    options = arguments()
    os.environ["KERAS_BACKEND"] = options.backend
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    version = use_threads(options.backend, options.threads)
    import keras
    import numpy as np

    with np.load(options.data) as stored:
        ids = stored["ids"][: options.texts]
        targets = stored["targets"][: options.texts].astype("float32")
    network = keras.Sequential(
        [
            keras.layers.Embedding(options.words, options.embedding),
            keras.layers.LSTM(options.hidden),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    network.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
    first_step: list[float] = []

    class Clock(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            if not first_step:
                first_step.append(time.perf_counter())

    began = time.perf_counter()
    history = network.fit(ids, targets, batch_size=options.batch, epochs=1, verbose=0, callbacks=[Clock()])
    ended = time.perf_counter()
    steps = -(-len(ids) // options.batch)
    figures = {
        "versions": {"keras": keras.__version__, options.backend: version},
        "parameters": int(network.count_params()),
        "steps": steps,
        "seconds_of_fit": ended - began,
        "seconds_without_compiling": (ended - first_step[0]) * steps / (steps - 1) if steps > 1 else ended - began,
        "seconds_before_fit": began - STARTED,
        "loss": history.history["loss"][0],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
