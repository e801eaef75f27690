"""Make one encoder of two: ``python scripts/join_encoders.py FORWARD BACKWARD OUT``.

Both come from ``gatewise pretrain`` and know the same words; two machines that train one each take half the time of
``--direction both``. Nothing is trained or measured here; the record keeps that of each.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from gatewise.errors import GatewiseError, ParameterError
from gatewise.store.encoder import StoredEncoder, read_encoder, write_encoder
from gatewise.store.encoder_card import encoder_card
from gatewise.store.rounding import fewest_bits


def joined(forward: StoredEncoder, backward: StoredEncoder) -> StoredEncoder:
    """The readers of both side by side.

    Raises:
        ParameterError: One reads another way, or shape or words differ.
    """
    for encoder, reader in ((forward, "forward"), (backward, "backward")):
        if encoder.config.directions != reader:
            raise ParameterError(f"the {reader} encoder reads {' and '.join(encoder.config.readers)}")
    config = replace(forward.config, directions="both")
    if config != replace(backward.config, directions="both", written_by=config.written_by):
        raise ParameterError(f"the shapes differ: {forward.config} and {backward.config}")
    if forward.tokenizer != backward.tokenizer:
        raise ParameterError("the words differ", hint="pre-train the second with --vocabulary of the first")
    figures = {
        name: {**forward.metrics.get(name, {}), **backward.metrics.get(name, {})} for name in ("held_out", "history")
    }
    runs = {"training": {"forward": forward.metrics.get("training"), "backward": backward.metrics.get("training")}}
    return StoredEncoder(config, {**forward.tensors, **backward.tensors}, forward.tokenizer, {**figures, **runs})


def main(given: list[str]) -> None:
    """Read, join, write."""
    parser = argparse.ArgumentParser(description="Make one encoder of two.")
    for name in ("forward", "backward", "out"):
        parser.add_argument(name, type=Path)
    chosen = parser.parse_args(given)
    encoder = joined(read_encoder(chosen.forward), read_encoder(chosen.backward))
    words = [array for name, array in encoder.tensors.items() if name.endswith("embedding.weight")]
    matrices = [array for name, array in encoder.tensors.items() if array.ndim == 2 and "embedding" not in name]
    bits = {"embedding_bits": fewest_bits(words), "matrix_bits": max(16, fewest_bits(matrices))}
    write_encoder(chosen.out, encoder, encoder_card(encoder.config, encoder.metrics), **bits)
    print(f"{chosen.out}: {encoder.config.vocabulary_size:,} words, forward and backward")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except GatewiseError as problem:
        sys.exit(str(problem))
