"""Put a pre-trained encoder into the package, in fewer bits: ``python scripts/package_encoder.py ENCODER [NAME]``.

The encoder comes from ``gatewise pretrain``. Its word vectors are rounded to 8 bits and its other matrices to 16, where
they are not yet. The perplexities on the card stay those that were measured before the rounding, and the card says so:
measuring again would need the held-out texts, which an encoder does not keep.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from gatewise.store.encoder import StoredEncoder, read_encoder, write_encoder
from gatewise.store.encoder_card import encoder_card
from gatewise.store.locate import PACKAGED_ENCODER
from gatewise.store.rounding import EMBEDDING_BITS, MATRIX_BITS, bits_of, rounded

PACKAGED = Path(__file__).resolve().parent.parent / "src" / "gatewise" / "packaged"
LARGEST = 8_000_000


def store(encoder: StoredEncoder, folder: Path, *, embedding_bits: int = 8, matrix_bits: int = 16) -> int:
    """Write the encoder in so many bits; the record says so where that changes its weights.

    Returns:
        Bytes of the folder's files.
    """
    bits = {name: bits_of(name, array.ndim, embedding_bits, matrix_bits) for name, array in encoder.tensors.items()}
    tensors = {name: rounded(array, bits[name]) for name, array in encoder.tensors.items()}
    metrics = dict(encoder.metrics)
    if any(not np.array_equal(tensors[name], array) for name, array in encoder.tensors.items()):
        training: dict[str, Any] = metrics.get("training", {})
        note = f"word vectors in {embedding_bits} bits, matrices in {matrix_bits}, after the perplexities were measured"
        metrics["training"] = {**training, "stored": note}
    card = encoder_card(encoder.config, metrics, name="Language models of film reviews", language="en")
    smaller = replace(encoder, tensors=tensors, metrics=metrics)
    write_encoder(folder, smaller, card, embedding_bits=embedding_bits, matrix_bits=matrix_bits)
    return sum(file.stat().st_size for file in folder.iterdir())


def main(given: list[str]) -> None:
    """Round, write, and refuse a folder that is too large for the package."""
    parser = argparse.ArgumentParser(description="Put a pre-trained encoder into the package, in fewer bits.")
    parser.add_argument("encoder", type=Path)
    parser.add_argument("name", nargs="?", default=PACKAGED_ENCODER)
    parser.add_argument("--embedding-bits", type=int, default=8, choices=EMBEDDING_BITS)
    parser.add_argument("--matrix-bits", type=int, default=16, choices=MATRIX_BITS)
    chosen = parser.parse_args(given)
    encoder, folder = read_encoder(chosen.encoder), PACKAGED / chosen.name
    size = store(encoder, folder, embedding_bits=chosen.embedding_bits, matrix_bits=chosen.matrix_bits)
    held_out = encoder.metrics.get("held_out", {})
    print(f"{folder}: {size / 1e6:.2f} MB; as measured before rounding: {held_out}")
    if size > LARGEST:
        sys.exit(f"the packaged encoder has {size:,} bytes; at most {LARGEST:,} are allowed")


if __name__ == "__main__":
    main(sys.argv[1:])
