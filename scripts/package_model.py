"""Put a trained model and its test figures into the package: ``python scripts/package_model.py MODEL EVALUATION.json``.

The model comes from the commands in benchmarks/RESULTS.md ("The packaged model"), the figures from ``gatewise evaluate
imdb:test --model MODEL --json``. Nothing is trained or chosen here, and no weight is changed.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from gatewise.store.card import model_card
from gatewise.store.folder import read_model, write_model
from gatewise.store.rounding import fewest_bits, is_word_vectors, rounded

PACKAGED = Path(__file__).resolve().parent.parent / "src" / "gatewise" / "packaged" / "imdb"
LARGEST = 8_000_000


def main(model: Path, evaluation: Path) -> None:
    """Copy the model with a ``test`` section in its figures and a card that shows them."""
    stored = read_model(model)
    test = json.loads(evaluation.read_text(encoding="utf-8"))
    figures = {
        "examples": test["n"],
        "accuracy": test["accuracy"]["value"],
        "accuracy_low": test["accuracy"]["interval"][0],
        "accuracy_high": test["accuracy"]["interval"][1],
        "baseline_accuracy": test["accuracy"]["rival"],
        "roc_auc": test["scores"]["roc_auc"]["value"],
        "log_loss": test["scores"]["log_loss"]["value"],
        "ece": test["scores"]["ece"]["value"],
        "ledger_line": test["ledger_line"],
    }
    stored = replace(stored, metrics={**stored.metrics, "test": figures})
    card = model_card(stored.config, stored.metrics, name="IMDB film reviews, positive or negative", language="en")
    # No fewer bits than it was judged with: the figures are those of what is stored.
    bits = fewest_bits(array for name, array in stored.tensors.items() if is_word_vectors(name))
    others = [array for name, array in stored.tensors.items() if array.ndim == 2 and not is_word_vectors(name)]
    is_half = all((rounded(array, 16) == array).all() for array in others)
    write_model(PACKAGED, stored, card, embedding_bits=bits, matrix_bits=16 if is_half else 32)
    size = sum(file.stat().st_size for file in PACKAGED.iterdir())
    print(f"{PACKAGED}: {size / 1e6:.2f} MB, test accuracy {figures['accuracy']:.2%}")
    if size > LARGEST:
        sys.exit(f"the packaged model has {size:,} bytes; at most {LARGEST:,} are allowed")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
