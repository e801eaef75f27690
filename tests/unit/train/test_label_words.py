"""A head that begins with words for each class: what it says before training, how it is scaled, what is refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from small import small_examples
from small_encoder import small_encoder
from test_finetune import FINE
from test_run import Recorder, assert_same_model, terminate
from torch.nn import functional

from gatewise.errors import Interrupted, ParameterError
from gatewise.runtime.language_model import LanguageModel
from gatewise.runtime.predictor import Predictor
from gatewise.text.tokenizer import WordTokenizer, tokenizer_from_json
from gatewise.train.fit import fit
from gatewise.train.label_words import fit_scale, words_of
from gatewise.train.recipe import Recipe

WORDS = "pos: good lovely | neg: bad dull"
# Nothing moves after the beginning.
STILL = FINE.with_options(
    transfer_rate=0.0, ema=0.0, embedding_bits=32, epochs=1, learning_rate=1e-8, pooling="last", label_words=WORDS
)
EXAMPLES = small_examples(60)
TEXTS = ["a good film", "the plot was dull and some scene", "a lovely lovely scene", "bad"]


def mean_log_probabilities(encoder, reads="forward", groups=(("bad", "dull"), ("good", "lovely"))):
    """What the language model itself says of each class's words after each of `TEXTS`, ``[4, K]``."""
    tokenizer = tokenizer_from_json(encoder.tokenizer)
    reader, batch = LanguageModel(encoder).reader(reads), tokenizer.encode_batch(TEXTS)
    told = reader.log_probabilities(reader.final(batch.reversed() if reads == "backward" else batch))
    return np.stack([told[:, [tokenizer.id_of(word) for word in group]].mean(axis=1) for group in groups], axis=1)


def logits(model):
    return Predictor(model).logits(TEXTS)


@pytest.mark.parametrize("reads", ["forward", "backward"])
@pytest.mark.parametrize("pooling", ["last", "last+max+mean"])
def test_it_begins_as_the_language_models_own_opinion_scaled_and_shifted(reads, pooling):
    encoder = small_encoder("both")
    model = fit(EXAMPLES, STILL.with_options(reads=reads, pooling=pooling), source=encoder, rival=False)
    against, towards = mean_log_probabilities(encoder, reads).T
    a, b = np.polyfit(towards - against, logits(model).reshape(-1), 1)
    # Float32 sums of 16 products on both sides; the one step of training moves a weight by less.
    np.testing.assert_allclose(logits(model).reshape(-1), a * (towards - against) + b, atol=2e-5)
    assert model.tensors["head.weight"].shape == (1, 8 * len(pooling.split("+")))
    assert abs(model.tensors["head.weight"][:, 8:]).max(initial=0) < 1e-6


def test_three_classes_share_one_scale():
    labels = ["neg", "none", "pos"] * 20
    examples = replace(EXAMPLES, labels=labels)
    recipe = STILL.with_options(label_words=f"{WORDS} | none: film scene plot")
    encoder = small_encoder()
    groups = (("bad", "dull"), ("film", "scene", "plot"), ("good", "lovely"))
    opinions = mean_log_probabilities(encoder, groups=groups)
    found = logits(fit(examples, recipe, source=encoder, rival=False))
    # Within a text differences of logits are those of the words, times one number, but for a shift a class.
    slopes = [np.polyfit(opinions[:, k] - opinions[:, 0], found[:, k] - found[:, 0], 1)[0] for k in (1, 2)]
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-3)


def test_two_readers_are_scaled_together():
    encoder = small_encoder("both")
    model = fit(EXAMPLES, STILL.with_options(reads="both"), source=encoder, rival=False)
    odds = sum(np.diff(mean_log_probabilities(encoder, reads), axis=1)[:, 0] for reads in ("forward", "backward")) / 2
    a, b = np.polyfit(odds, logits(model).reshape(-1), 1)
    np.testing.assert_allclose(logits(model).reshape(-1), a * odds + b, atol=2e-5)


@pytest.mark.parametrize("outputs", [1, 3])
def test_scale_and_shift_are_where_no_change_is_better(outputs):
    random = np.random.default_rng(0)
    u = torch.from_numpy(random.normal(2, 3, (50, outputs))).float()
    targets = torch.from_numpy(random.integers(0, max(2, outputs), 50))

    def loss(scale: float, shift: torch.Tensor) -> float:
        z, centre = scale * u.double() + shift.double(), u.double().mean(dim=0)
        nats = (
            functional.binary_cross_entropy_with_logits(z[:, 0], targets.double(), reduction="sum")
            if outputs == 1
            else functional.cross_entropy(z, targets, reduction="sum")
        )
        return float(nats + ((scale - 1) ** 2 + ((shift + scale * centre) ** 2).sum()) / 2)

    scale, shift = fit_scale(u, targets)
    least = loss(scale, shift)
    for step in (1e-2, -1e-2):
        assert loss(scale + step, shift) > least
        for index in range(outputs):
            moved = shift.clone()
            moved[index] += step
            assert loss(scale, moved) > least


def test_training_goes_on_from_there_and_learns():
    recipe = FINE.with_options(pooling="last", label_words=WORDS, epochs=8, transfer_rate=1.0)
    model, unseen = fit(small_examples(), recipe, source=small_encoder(), rival=False), small_examples(seed=9)
    predicted = Predictor(model).predict(unseen.texts)
    assert np.mean([a == b for a, b in zip(predicted, unseen.labels, strict=True)]) > 0.95


def test_a_stopped_run_goes_on_to_the_same_bits(tmp_path):
    recipe = FINE.with_options(pooling="last", label_words=WORDS)
    whole = fit(EXAMPLES, recipe, source=small_encoder(), rival=False, out=tmp_path / "whole")
    stop = Recorder(2, terminate)
    with pytest.raises(Interrupted):
        fit(EXAMPLES, recipe, source=small_encoder(), rival=False, out=tmp_path / "stopped", reporter=stop)
    resumed = fit(EXAMPLES, recipe, source=small_encoder(), rival=False, out=tmp_path / "stopped", resume=True)
    assert_same_model(whole, resumed)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("pos: good", "has no words for the class 'neg'"),
        (f"{WORDS} | odd: film", "names 'odd', which is no class"),
        (f"{WORDS} | pos: film", "the class 'pos' is there twice"),
        ("pos: good | neg", "'neg' is not a class and its words"),
        ("pos: good | neg:", "'neg:' is not a class and its words"),
        ("pos: good | neg: unheard", "'unheard' is not in the encoder's vocabulary"),
    ],
)
def test_entries_that_say_nothing_are_refused_before_anything_is_written(tmp_path, entry, message):
    out = tmp_path / "out"
    with pytest.raises(ParameterError, match=message):
        fit(EXAMPLES, STILL.with_options(label_words=entry), source=small_encoder(), rival=False, out=out)
    assert not out.exists()


def test_labels_may_have_colons_and_be_numbers():
    words = WordTokenizer(["<unk>", "good", "bad"])
    assert words_of("a:b: good | 3: bad", [3, "a:b"], words) == ((2,), (1,))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"pooling": "mean"}, "need the last state"),
        ({"objective": "ordinal"}, "do not go with objective='ordinal'"),
    ],
)
def test_heads_that_cannot_begin_so_are_refused(change, message):
    with pytest.raises(ParameterError, match=message):
        fit(EXAMPLES, STILL.with_options(**change), source=small_encoder(), rival=False)


def test_without_an_encoder_there_is_nobody_to_tell_words():
    model = fit(EXAMPLES, FINE, source=small_encoder(), rival=False)
    recipe = FINE.with_options(label_words=WORDS, unfreeze=0.0, layer_decay=1.0)
    for source, rate in ((None, Recipe().transfer_rate), (model, FINE.transfer_rate)):
        with pytest.raises(ParameterError, match="told by a language model"):
            fit(EXAMPLES, recipe.with_options(transfer_rate=rate), source=source)
