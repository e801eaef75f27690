"""A training run: learns, is repeatable, resumes to the same bits, stops when asked, notices divergence."""

from __future__ import annotations

import contextlib
import os
import signal

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from small import SMALL, small_examples

from gatewise import TextClassifier, load
from gatewise.errors import DataError, Interrupted, TrainingError
from gatewise.evaluate.facts import training_facts
from gatewise.runtime.predictor import Predictor
from gatewise.store.folder import read_model
from gatewise.store.rounding import fewest_bits
from gatewise.train.fit import fit
from gatewise.train.loop import Run
from gatewise.train.progress import EpochReport, QuietReporter, StepReport
from gatewise.train.recipe import Recipe
from gatewise.train.state import RunState


class Recorder(QuietReporter):
    """Keeps all it hears; runs `act` at one step."""

    def __init__(self, at=None, act=None):
        self.steps, self.epochs, self.messages, self.at, self.act = [], [], [], at, act

    def step(self, report: StepReport) -> None:
        self.steps.append(report)
        if report.step == self.at:
            self.act()

    def epoch(self, report: EpochReport) -> None:
        self.epochs.append(report)

    def message(self, text: str) -> None:
        self.messages.append(text)


def terminate() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def assert_same_model(one, other):
    assert one.config == other.config
    for name in one.tensors:
        np.testing.assert_array_equal(one.tensors[name], other.tensors[name], err_msg=name)


@pytest.mark.parametrize("network", ["lstm", "gru", "rnn"])
def test_a_network_learns_telling_words(network):
    examples, unseen = small_examples(), small_examples(seed=9)
    model = fit(examples, SMALL.with_options(network=network, epochs=8), rival=False)
    predicted = Predictor(model).predict(unseen.texts)
    assert np.mean([a == b for a, b in zip(predicted, unseen.labels, strict=True)]) > 0.95


def test_same_seed_same_bits_and_another_seed_others():
    one, same, other = (fit(small_examples(), SMALL.with_options(seed=s), rival=False) for s in (3, 3, 4))
    assert_same_model(one, same)
    assert not np.array_equal(one.tensors["head.weight"], other.tensors["head.weight"])


@pytest.mark.parametrize("stop_at", [1, 13, 14, 27, 40])
def test_resume_after_a_stop_gives_the_same_bits_as_no_stop(tmp_path, stop_at):
    examples = small_examples()
    undisturbed = fit(examples, SMALL, out=tmp_path / "a", rival=False)
    with pytest.raises(Interrupted, match="saved") as stopped:
        fit(examples, SMALL, out=tmp_path / "b", rival=False, reporter=Recorder(stop_at, terminate))
    assert stopped.value.exit_code == 130
    resumed = fit(examples, SMALL, out=tmp_path / "b", rival=False, resume=True)
    assert_same_model(undisturbed, resumed)
    drop_times = [
        [{k: v for k, v in e.items() if k not in ("seconds", "tokens_per_second")} for e in m.metrics["history"]]
        for m in (undisturbed, resumed)
    ]
    assert drop_times[0] == drop_times[1]
    assert not (tmp_path / "b" / "checkpoints").exists()


def test_several_stops_in_one_run_change_nothing(tmp_path):
    examples = small_examples()
    undisturbed = fit(examples, SMALL, rival=False)
    for stop_at in (5, 6, 30):
        with pytest.raises(Interrupted):
            fit(examples, SMALL, out=tmp_path, rival=False, resume=True, reporter=Recorder(stop_at, terminate))
    assert_same_model(undisturbed, fit(examples, SMALL, out=tmp_path, rival=False, resume=True))


def test_resume_refuses_other_data_and_other_recipes(tmp_path):
    with pytest.raises(Interrupted):
        fit(small_examples(), SMALL, out=tmp_path, rival=False, reporter=Recorder(3, terminate))
    with pytest.raises(TrainingError, match="the texts or labels differ"):
        fit(small_examples(seed=5), SMALL, out=tmp_path, rival=False, resume=True)
    with pytest.raises(TrainingError, match=r"clip was 1\.0, is 0\.5"):
        fit(small_examples(), SMALL.with_options(clip=0.5), out=tmp_path, rival=False, resume=True)


def test_divergence_stops_at_its_step_and_names_the_tensor(tmp_path):
    def poison() -> None:
        run.network.head.weight.data[0, 0] = float("nan")

    import gatewise.train.fit as room

    made = room._make_run

    def spy(*arguments, **heard):
        nonlocal run
        run = made(*arguments, **heard)
        return run

    run = None
    room._make_run = spy
    try:
        with pytest.raises(TrainingError, match=r"step 6: the tensor head\.weight is no longer finite") as stopped:
            fit(small_examples(), SMALL, out=tmp_path, rival=False, reporter=Recorder(5, poison))
    finally:
        room._make_run = made
    assert "learning-rate" in stopped.value.hint


def test_a_huge_learning_rate_never_gives_a_model_of_nans():
    recipe = SMALL.with_options(learning_rate=1000.0, clip=0.0)
    with contextlib.suppress(TrainingError):
        model = fit(small_examples(), recipe, rival=False)
        assert all(np.isfinite(tensor).all() for tensor in model.tensors.values())


@pytest.mark.parametrize("bits", [8, 16])
def test_the_weights_saved_are_the_weights_judged(bits, tmp_path):
    model = fit(small_examples(), SMALL.with_options(embedding_bits=bits), out=tmp_path, rival=False)
    stored = read_model(tmp_path)
    assert_same_model(model, stored)
    assert fewest_bits([stored.tensors["embedding.weight"]]) == bits
    assert (tmp_path / "model.safetensors").stat().st_size < sum(4 * t.size for t in stored.tensors.values()) + 1200


def test_a_classifier_stores_word_vectors_in_the_bits_it_was_trained_for(tmp_path):
    for bits, kind in ((32, np.float32), (16, np.float16), (8, np.int8)):
        classifier = TextClassifier(options={**SMALL.to_json(), "epochs": 1, "embedding_bits": bits})
        classifier.fit(small_examples().texts, small_examples().labels).save(tmp_path)
        assert load_file(tmp_path / "model.safetensors")["embedding.weight"].dtype == kind
        answers = [one.predict_proba(["a good film"]) for one in (load(tmp_path), classifier)]
        np.testing.assert_array_equal(*answers)


def test_a_time_limit_shortens_the_run_and_lets_the_rate_come_down():
    recorder = Recorder()
    model = fit(small_examples(), SMALL.with_options(epochs=100_000), rival=False, reporter=recorder, time_limit=2.0)
    assert any("time limit" in message for message in recorder.messages)
    assert model.metrics["training"]["seconds"] < 4.0
    assert recorder.steps[-1].progress == pytest.approx(1.0, abs=0.05)


def test_early_stopping_keeps_the_best_epoch():
    recorder = Recorder()
    recipe = SMALL.with_options(epochs=60, patience=2, learning_rate=0.05, warmup=0.0)
    model = fit(small_examples(), recipe, rival=False, reporter=recorder)
    best = min(recorder.epochs, key=lambda e: e.dev_loss)
    assert len(recorder.epochs) == best.epoch + 2
    assert model.metrics["development"]["accuracy"] == best.dev_accuracy
    assert model.metrics["training"]["best_epoch"] == model.metrics["training"]["kept_epoch"] == best.epoch


def test_few_development_examples_do_not_choose_the_epoch():
    recorder = Recorder()
    recipe = SMALL.with_options(epochs=12, patience=1, learning_rate=0.05, warmup=0.0, selection="auto")
    model = fit(small_examples(), recipe, rival=False, reporter=recorder)
    assert len(recorder.epochs) == 12
    assert model.metrics["recipe"]["selection"] == "last"
    assert model.metrics["training"]["kept_epoch"] == 12
    assert training_facts(model.metrics)["kept_epoch"] == 12
    assert model.metrics["development"]["accuracy"] == recorder.epochs[-1].dev_accuracy


@pytest.mark.parametrize(("count", "held_out", "selection"), [(9_990, None, "last"), (10_000, None, "best")])
def test_the_epoch_is_chosen_where_there_are_a_thousand_examples_to_choose_by(count, held_out, selection):
    assert Recipe().for_examples(count, held_out).selection == selection
    assert Recipe().for_examples(count, 1_000).selection == "best"
    assert Recipe(selection="best").for_examples(count, 10).selection == "best"


def test_balanced_weights_help_the_rare_class():
    examples = small_examples(400)
    rare = examples.select([i for i in range(400) if i % 2 == 0 or i % 40 == 1])
    recipe = SMALL.with_options(epochs=2, selection="last", learning_rate=0.005)
    plain, balanced = (fit(rare, recipe.with_options(class_weight=w), rival=False) for w in ("none", "balanced"))
    test = small_examples(seed=3)
    positives = [t for t, label in zip(test.texts, test.labels, strict=True) if label == "pos"]
    means = [Predictor(m).predict_proba(positives)[:, 1].mean() for m in (plain, balanced)]
    assert means[1] > means[0] + 0.1


def test_one_class_is_refused():
    examples = small_examples(20)
    only = examples.select([i for i in range(20) if examples.labels[i] == "pos"])
    with pytest.raises(DataError, match="only one class, 'pos'"):
        fit(only, SMALL)


def test_transfer_keeps_vocabulary_and_encoder_and_makes_a_new_head():
    source = fit(small_examples(), SMALL, rival=False)
    examples = small_examples(60, seed=2)
    examples.labels = [f"{label}!" for label in examples.labels]
    frozen = SMALL.with_options(transfer_rate=0.0, epochs=3, ema=0.0, min_count=2)
    model = fit(examples, frozen, source=source, rival=False)
    assert model.tokenizer == source.tokenizer
    assert model.config.labels == ("neg!", "pos!")
    np.testing.assert_array_equal(model.tensors["encoder.weight_hh_l0"], source.tensors["encoder.weight_hh_l0"])
    assert not np.array_equal(model.tensors["head.weight"], source.tensors["head.weight"])


def test_rival_and_record_are_kept_with_the_model():
    model = fit(small_examples(), SMALL)
    assert Predictor(model).baseline_proba(["good superb film"])[0, 1] > 0.5
    assert model.metrics["development"]["baseline_accuracy"] > 0.8
    assert [entry["epoch"] for entry in model.metrics["history"]] == [1, 2, 3, 4]
    assert len(model.training_rows) == len(set(small_examples().texts))


def test_kernel_threads_are_part_of_the_run(tmp_path):
    with pytest.raises(Interrupted):
        fit(small_examples(), SMALL, out=tmp_path, rival=False, reporter=Recorder(3, terminate))
    threads = torch.get_num_threads()
    torch.set_num_threads(threads + 1)
    try:
        with pytest.raises(TrainingError, match="threads was"):
            fit(small_examples(), SMALL, out=tmp_path, rival=False, resume=True)
    finally:
        torch.set_num_threads(threads)


def test_early_stopping_waits_until_the_learning_rate_has_peaked(monkeypatch):
    monkeypatch.setattr(Run, "_evaluate", lambda run: (0.5, 0.5))  # no epoch is ever better than the first
    recorder = Recorder()
    fit(small_examples(), SMALL.with_options(epochs=12, patience=2, warmup=0.5), rival=False, reporter=recorder)
    assert len(recorder.epochs) == 6 + 2


@pytest.mark.parametrize(("by_loss", "best"), [(False, 2), (True, 1)])
def test_the_best_epoch_is_by_accuracy_or_by_loss(by_loss, best):
    state = RunState(planned_epochs=3.0)
    for accuracy, loss in [(0.8, 0.3), (0.9, 0.4), (0.9, 0.5)]:
        state.note_epoch(accuracy, loss, by_loss=by_loss)
        state.begin_epoch()
    assert (state.best_epoch, state.stale) == (best, 3 - best)


def test_a_second_run_in_the_same_folder_is_refused_and_harms_nothing(tmp_path):
    def second() -> None:
        with pytest.raises(TrainingError, match="another run is writing"):
            fit(small_examples(), SMALL, out=tmp_path, rival=False)

    first = fit(small_examples(), SMALL, out=tmp_path, rival=False, reporter=Recorder(5, second))
    assert_same_model(first, fit(small_examples(), SMALL, rival=False))
