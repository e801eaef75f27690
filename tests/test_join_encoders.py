"""scripts/join_encoders.py puts a forward and a backward language model into one encoder, unchanged."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.errors import ParameterError
from gatewise.store.encoder import read_encoder, write_encoder
from gatewise.text.tokenizer import WordTokenizer
from our_scripts import load_script
from tiny_encoder import WORDS, make_encoder

FORWARD, BACKWARD = make_encoder(1), make_encoder(2, directions="backward")


@pytest.fixture
def script():
    return load_script("join_encoders")


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_both_readers_are_in_it_to_the_last_bit(script, tmp_path, bits):
    for name, encoder in (("forward", FORWARD), ("backward", BACKWARD)):
        write_encoder(tmp_path / name, encoder, "card", embedding_bits=bits, matrix_bits=max(bits, 16))
    script.main([str(tmp_path / name) for name in ("forward", "backward", "both")])
    both = read_encoder(tmp_path / "both")
    assert both.config.readers == ("forward", "backward")
    for name in both.config.readers:
        given = read_encoder(tmp_path / name)
        assert both.metrics["held_out"][name] == given.metrics["held_out"][name]
        for tensor in given.tensors:
            np.testing.assert_array_equal(both.tensors[tensor], given.tensors[tensor], err_msg=tensor)
    sizes = {name: (tmp_path / name / "model.safetensors").stat().st_size for name in ("forward", "backward", "both")}
    assert sizes["both"] < 1.2 * (sizes["forward"] + sizes["backward"])


@pytest.mark.parametrize(
    ("forward", "backward", "message"),
    [
        (BACKWARD, FORWARD, "the forward encoder reads backward"),
        (FORWARD, make_encoder(2, directions="both"), "the backward encoder reads forward and backward"),
        (FORWARD, make_encoder(2, directions="backward", hidden_size=7), "the shapes differ"),
    ],
)
def test_what_does_not_fit_is_refused(script, forward, backward, message):
    with pytest.raises(ParameterError, match=message):
        script.joined(forward, backward)


def test_other_words_are_refused(script):
    other = make_encoder(2, directions="backward")
    other.tokenizer = WordTokenizer([*WORDS[:-1], "moon"]).to_json()
    with pytest.raises(ParameterError, match="the words differ"):
        script.joined(FORWARD, other)
