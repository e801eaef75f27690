"""Run every benchmark that takes minutes or less; ``--long`` also those that need the real data sets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SHORT = (
    "cold_start.py",
    "install_size.py",
    "predict_speed.py",
    "packaged_speed.py",
    "lstm_training_step.py",
    "roofline.py",  # after the step, whose speed it sets against the peak
    "length_scaling.py",
    "minimal_edits.py",
    "page_frames.py",
)
# epoch_keras.py is started by hand: it must be told where Keras is.
LONG = (
    "imdb_accuracy.py",
    "stars.py",
    "reproduce.py",
    "transfer.py",
    "sentences.py",
    "lstm_ragged_step.py",
    "language_model_step.py",
    "predict_rate.py",
    "deletion.py",
    "serving_start.py",
    "serving.py",
    "serving_overload.py",
)
# few_labels.py, other_tasks.py, out_of_domain.py and ladder.py are started by hand: they must be told what to judge or
# take many hours. word_vectors.py makes what one of ladder.py's rungs begins with.


def main() -> None:
    """Run them one after the other: two at once would spoil each other's timings."""
    for name in SHORT + (LONG if "--long" in sys.argv else ()):
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, str(HERE / name)], check=True)


if __name__ == "__main__":
    main()
