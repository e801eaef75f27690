"""scripts/package_encoder.py stores an encoder in fewer bits and says so."""

from __future__ import annotations

import numpy as np
import pytest

from gatewise.store.encoder import read_encoder, write_encoder
from gatewise.store.rounding import fewest_bits, rounded
from our_scripts import load_script
from tiny_encoder import make_encoder


@pytest.fixture
def script(tmp_path, monkeypatch):
    module = load_script("package_encoder")
    monkeypatch.setattr(module, "PACKAGED", tmp_path / "packaged")
    write_encoder(tmp_path / "given", make_encoder(2), "card")
    return module


def test_the_weights_are_rounded_and_the_card_says_so(script, tmp_path, capsys):
    script.main([str(tmp_path / "given"), "words"])
    given, packaged = read_encoder(tmp_path / "given"), read_encoder(tmp_path / "packaged" / "words")
    for name, array in given.tensors.items():
        bits = 8 if name.endswith("embedding.weight") else 16 if array.ndim == 2 else 32
        np.testing.assert_array_equal(packaged.tensors[name], rounded(array, bits))
    assert fewest_bits([packaged.tensors["forward.embedding.weight"]]) == 8
    assert packaged.metrics["held_out"] == given.metrics["held_out"]
    note = "word vectors in 8 bits, matrices in 16, after the perplexities were measured"
    assert packaged.metrics["training"]["stored"] == note
    assert note in (tmp_path / "packaged" / "words" / "README.md").read_text()
    assert "MB; as measured before rounding: {'forward': {'perplexity': 61.25}}" in capsys.readouterr().out


def test_an_encoder_that_was_judged_so_has_no_note(script, tmp_path):
    script.main([str(tmp_path / "given"), "words"])
    folder = tmp_path / "judged"
    encoder = read_encoder(tmp_path / "packaged" / "words")
    encoder.metrics.pop("training")
    script.store(encoder, folder)
    assert "training" not in read_encoder(folder).metrics


def test_a_folder_too_large_for_the_package_is_an_error(script, tmp_path, monkeypatch):
    monkeypatch.setattr(script, "LARGEST", 1000)
    with pytest.raises(SystemExit, match="at most 1,000 are allowed"):
        script.main([str(tmp_path / "given"), "words"])
