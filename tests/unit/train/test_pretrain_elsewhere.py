"""Pre-training on a GPU: the same training, by torch's own operators. Where there is no GPU those run on the CPU."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from small_texts import QUIET, TINY, Recorder, assert_same_encoder, run, terminate
from torch.nn import functional

from gatewise.errors import Interrupted, ParameterError
from gatewise.models import language_model
from gatewise.nn.cudnn import PackedReader
from gatewise.nn.lstm import LSTM
from gatewise.nn.sampled_softmax import by_torch
from gatewise.nn.sparse_embedding import SparseEmbedding
from gatewise.nn.time_major import from_offsets
from gatewise.train import device as device_room
from gatewise.train.pretrain import loop as loop_room

ONE = TINY.with_options(layers=1, epochs=2)


@pytest.fixture
def elsewhere(monkeypatch):
    """Computes as on a GPU; where there is none, on the CPU."""
    if torch.cuda.is_available():
        return "cuda"

    def sampled(*given, precision, **options):
        return by_torch(*given, **options)

    monkeypatch.setattr(LSTM, "_reader", lambda _, form, __: PackedReader(from_offsets(form.offsets, form.rows.device)))
    monkeypatch.setattr(SparseEmbedding, "forward", lambda own, ids: functional.embedding(ids, own.weight))
    monkeypatch.setattr(language_model, "sampled_softmax", sampled)
    monkeypatch.setattr(
        loop_room, "clipped", lambda parameters, limit, _: float(torch.nn.utils.clip_grad_norm_(parameters, limit))
    )
    return "cpu"


def test_it_learns_what_follows_what(tmp_path, elsewhere):
    recipe = ONE.with_options(learning_rate=0.06, hidden_size=12, **QUIET)
    there = run(tmp_path, "there", recipe, device=elsewhere).metrics["held_out"]["forward"]
    assert there["unigram_perplexity"] > 9
    assert there["perplexity"] < 3.5


def test_products_in_bfloat16_learn_too(tmp_path, elsewhere):
    recipe = ONE.with_options(learning_rate=0.06, hidden_size=12, **QUIET)
    exact = run(tmp_path, "exact", recipe, device=elsewhere)
    if elsewhere == "cuda":
        rough = run(tmp_path, "rough", recipe.with_options(precision="bf16"), device=elsewhere)
    else:
        with torch.autocast("cpu", torch.bfloat16):
            rough = run(tmp_path, "rough", recipe, device=elsewhere)
    figures = [encoder.metrics["held_out"]["forward"]["perplexity"] for encoder in (exact, rough)]
    assert figures[0] != figures[1]
    # Eight bits of a number cost something; of one word in nine it would be told nothing.
    assert figures[1] < 3.5


def test_a_stopped_run_goes_on(tmp_path, elsewhere):
    whole = run(tmp_path, "whole", ONE, device=elsewhere)
    with pytest.raises(Interrupted):
        run(tmp_path, "stopped", ONE, device=elsewhere, reporter=Recorder(("forward", 7), terminate))
    resumed = run(tmp_path, "stopped", ONE, device=elsewhere, resume=True)
    if elsewhere == "cpu":
        assert_same_encoder(whole, resumed)
    for name, array in whole.tensors.items():
        # A GPU adds gradients of embeddings in no fixed order.
        np.testing.assert_allclose(resumed.tensors[name], array, atol=1e-2, err_msg=name)


def test_a_device_that_is_not_there_is_refused_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ParameterError, match="finds no GPU") as refused:
        run(tmp_path, device="cuda")
    assert "leave it out" in refused.value.hint
    with pytest.raises(ParameterError, match="device='tpu' is not one of cpu, cuda"):
        run(tmp_path, device="tpu")


def test_automatic_precision_elsewhere_is_bfloat16():
    gpu = torch.device("cuda")
    assert device_room.precision_on(gpu, "auto") == "bf16"
    assert device_room.precision_on(gpu, "fp32") == "fp32"
    assert TINY.with_options(precision="bf16").model(9, gpu).precision == "fp32"
    assert device_room.products(gpu, "fp32")._enabled is False
