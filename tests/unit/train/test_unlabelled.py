"""Runs with unlabelled texts: which are used, in which order, resumed to the same bits, refused without use."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small import SMALL, small_examples
from test_run import Recorder, assert_same_model, terminate

from gatewise import TextClassifier
from gatewise.data.leaks import text_keys
from gatewise.errors import DataError, Interrupted, ParameterError, TrainingError
from gatewise.ops import native
from gatewise.runtime.predictor import Predictor
from gatewise.train.fit import fit
from gatewise.train.unlabelled import UnlabelledOrder

MORE = small_examples(100, seed=3).texts
MIXED = SMALL.with_options(objective="mixed", epochs=2)
needs_bf16 = pytest.mark.skipif(not native.has_bf16(), reason="no kernels for bfloat16 here")


def accuracy(model, examples):
    predicted = Predictor(model).predict(examples.texts)
    return np.mean([a == b for a, b in zip(predicted, examples.labels, strict=True)])


@pytest.mark.parametrize("objective", ["adversarial", "virtual-adversarial", "mixed"])
def test_telling_words_are_learnt(objective):
    recipe = MIXED.with_options(objective=objective, epochs=6)
    model = fit(small_examples(), recipe, unlabelled=None if objective == "adversarial" else MORE, rival=False)
    assert accuracy(model, small_examples(seed=9)) > 0.95


@pytest.mark.parametrize(
    "options",
    [{"reads": "both"}, {"network": "gru"}, {"softmax": True}, pytest.param({"precision": "bf16"}, marks=needs_bf16)],
)
def test_it_goes_with_other_networks_and_precisions(options):
    model = fit(small_examples(), MIXED.with_options(epochs=5, **options), unlabelled=MORE, rival=False)
    assert accuracy(model, small_examples(seed=9)) > 0.95
    assert model.metrics["training"]["unlabelled"] == len(MORE)


@pytest.mark.parametrize(("stop_at", "options"), [(5, {}), (14, {}), (20, {"reads": "both", "unlabelled_tokens": 100})])
def test_resuming_gives_the_same_bits(tmp_path, stop_at, options):
    recipe = MIXED.with_options(batch_tokens=200, **options)
    undisturbed = fit(small_examples(), recipe, unlabelled=MORE, rival=False)
    stopped = Recorder(stop_at, terminate)
    with pytest.raises(Interrupted):
        fit(small_examples(), recipe, unlabelled=MORE, out=tmp_path, rival=False, reporter=stopped)
    resumed = fit(small_examples(), recipe, unlabelled=MORE, out=tmp_path, rival=False, resume=True)
    assert_same_model(undisturbed, resumed)
    assert not np.array_equal(
        undisturbed.tensors["head.weight"],
        fit(small_examples(), recipe, unlabelled=MORE[1:], rival=False).tensors["head.weight"],
    )


def test_a_run_is_not_resumed_with_other_unlabelled_texts(tmp_path):
    with pytest.raises(Interrupted):
        fit(small_examples(), MIXED, unlabelled=MORE, out=tmp_path, rival=False, reporter=Recorder(3, terminate))
    with pytest.raises(TrainingError, match="the unlabelled texts differ"):
        fit(small_examples(), MIXED, unlabelled=MORE[:-1], out=tmp_path, rival=False, resume=True)


def test_copies_of_development_texts_are_left_out_and_told():
    dev, heard = small_examples(20, seed=5), Recorder()
    given_texts = ["  " + dev.texts[0].upper(), *MORE, dev.texts[7], "", "  "]
    model = fit(small_examples(), MIXED, dev=dev, unlabelled=given_texts, rival=False, reporter=heard)
    alone = fit(small_examples(), MIXED, dev=dev, unlabelled=MORE, rival=False)
    assert_same_model(model, alone)
    assert "100 unlabelled texts; left out: 2 copies of development texts" in heard.messages


def test_a_copy_of_an_unlabelled_text_is_noticed_in_a_test():
    model = fit(small_examples(), MIXED.with_options(epochs=1), unlabelled=MORE, rival=False)
    assert np.isin(text_keys(MORE), model.training_rows).all()


def test_without_unlabelled_texts_the_run_says_so_once():
    heard = Recorder()
    fit(small_examples(), MIXED.with_options(epochs=1), rival=False, reporter=heard)
    said = [message for message in heard.messages if "unlabelled" in message]
    assert said == ["objective=mixed without unlabelled texts: it reads the labelled ones alone"]


def test_only_copies_are_an_error():
    dev = small_examples(20, seed=5)
    with pytest.raises(DataError, match="no unlabelled text is left"):
        fit(small_examples(), MIXED, dev=dev, unlabelled=dev.texts, rival=False)


@pytest.mark.parametrize("options", [{"objective": "cross-entropy"}, {"objective": "adversarial"}])
def test_unlabelled_texts_without_use_are_refused_before_anything_is_written(options, tmp_path):
    with pytest.raises(ParameterError, match="has no use for unlabelled texts") as refused:
        fit(small_examples(), SMALL.with_options(**options), unlabelled=MORE, out=tmp_path / "m", rival=False)
    assert "--objective mixed" in refused.value.hint
    assert not (tmp_path / "m").exists()


def test_further_terms_are_of_whole_texts():
    with pytest.raises(ParameterError, match="supervision='text'"):
        MIXED.with_options(supervision="every-word", pooling="last")


def test_without_weights_it_is_plain_cross_entropy():
    silent = {"adversarial_weight": 0.0, "virtual_weight": 0.0, "entropy_weight": 0.0}
    plain = fit(small_examples(), SMALL.with_options(epochs=1), rival=False)
    assert_same_model(plain, fit(small_examples(), MIXED.with_options(epochs=1, **silent), rival=False))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(1, 60), st.integers(0, 3))
def test_the_order_is_a_function_of_the_step(lengths, tokens, seed):
    recipe = SMALL.with_options(unlabelled_tokens=tokens, batch_tokens=40, seed=seed)
    order = UnlabelledOrder(np.array(lengths), recipe)
    forwards = [order.at(step).tolist() for step in range(60)]
    for step in (59, 0, 31, 7):
        assert UnlabelledOrder(np.array(lengths), recipe).at(step).tolist() == forwards[step]
        assert order.at(step).tolist() == forwards[step]
    # Every text is read before any is read again.
    seen: list[int] = []
    for batch in forwards:
        seen += batch
        if len(seen) >= len(lengths):
            break
    assert sorted(seen) == list(range(len(lengths)))
    assert all(len(batch) == 1 or sum(lengths[k] for k in batch) <= tokens for batch in forwards)


def test_the_classifier_takes_unlabelled_texts():
    examples = small_examples()
    options = {**{name: getattr(SMALL, name) for name in ("embedding_size", "hidden_size", "min_count")}, "epochs": 3}
    classifier = TextClassifier(options={**options, "objective": "mixed", "learning_rate": 0.02})
    assert classifier.fit(examples.texts, examples.labels, unlabelled=np.array(MORE)).classes_ == ["neg", "pos"]
    assert classifier._stored.metrics["training"]["unlabelled"] == 100
