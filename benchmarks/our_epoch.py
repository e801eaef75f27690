"""One epoch of an IMDB classifier of ours: a process of its own, started by epoch_keras.py.

    python benchmarks/our_epoch.py DATA RECIPE PRECISION THREADS

The training loop is the one `gatewise train` runs, guards and clipping included; it begins with token ids, as Keras
does. Prints one JSON line.
"""

from __future__ import annotations

import json
import sys
import time

STARTED = time.perf_counter()


def main() -> None:
    """Train for one epoch and say how long it took."""
    data, recipe_name, precision, threads = sys.argv[1:]
    from gatewise.train.process import prepare

    prepare(int(threads))
    import numpy as np

    from gatewise.models.classifier import Classifier
    from gatewise.store.config import NetworkConfig
    from gatewise.text.ragged import Ragged
    from gatewise.train.batch import Encoded
    from gatewise.train.loop import Run
    from gatewise.train.progress import QuietReporter
    from gatewise.train.recipe import Recipe

    recipe = Recipe.load(recipe_name).with_options(epochs=1, precision=precision)
    with np.load(data) as stored:
        ids, targets = stored["ids"], stored["targets"]
        every = np.arange(len(targets) + 1, dtype=np.int64) * ids.shape[-1]
        tokens = Ragged(ids.reshape(-1), stored["offsets"] if "offsets" in stored.files else every)
    config = NetworkConfig(
        recipe.max_words,
        2,
        embedding_size=recipe.embedding_size,
        hidden_size=recipe.hidden_size,
        pooling=recipe.pooling,
        recurrent_bias=recipe.recurrent_bias,
    )
    network = Classifier(config, embedding_range=recipe.embedding_range, precision=recipe.precision)
    run = Run(network=network, recipe=recipe, train=Encoded(tokens, targets), reporter=QuietReporter())
    began = time.perf_counter()
    run.run()
    seconds = time.perf_counter() - began
    figures = {
        "parameters": sum(parameter.numel() for parameter in network.parameters()),
        "steps": run.state.step,
        "seconds_of_fit": seconds,
        "seconds_without_compiling": seconds,
        "seconds_before_fit": began - STARTED,
        "loss": run.state.history[0]["train_loss"],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
