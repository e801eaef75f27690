"""Beginning with an encoder: what is taken, at which rates it learns, when it begins to, and that resuming is exact."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest
from small import SMALL, small_examples
from small_encoder import small_encoder
from test_run import Recorder, assert_same_model, terminate

from gatewise import TextClassifier
from gatewise.errors import Interrupted, ModelError, ParameterError, TrainingError
from gatewise.models.classifier import Classifier
from gatewise.ops import native
from gatewise.runtime.predictor import Predictor
from gatewise.store.config import NetworkConfig
from gatewise.store.encoder import write_encoder
from gatewise.store.folder import write_model
from gatewise.store.source import read_source
from gatewise.text.tokenizer import WordTokenizer
from gatewise.train import fit as room
from gatewise.train.fit import fit
from gatewise.train.loop import Run
from gatewise.train.optimizer import make_optimizer, set_rate, thaw
from gatewise.train.recipe import Recipe
from gatewise.train.starting import starting_recipe

# The small problem's recipe without the shape, which an encoder settles.
FINE = SMALL.with_options(embedding_size=96, hidden_size=128, min_count=2, transfer_rate=0.5, layer_decay=0.5)
QUIET = FINE.with_options(
    **{f"{name}_dropout": 0.0 for name in ("word", "embedding", "input", "hidden", "weight", "output")}
)
LAYER, WORDS = "encoder.weight_hh_l0", "embedding.weight"


@pytest.fixture
def runs(monkeypatch):
    """Every run that `fit` makes, for a look inside."""
    made, real = [], room._make_run

    def make(*arguments, **heard):
        made.append(real(*arguments, **heard))
        return made[-1]

    monkeypatch.setattr(room, "_make_run", make)
    return made


@pytest.fixture
def folder(tmp_path):
    write_encoder(tmp_path / "encoder", small_encoder(), "# An encoder\n")
    return tmp_path / "encoder"


# -- what is taken -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [1, 2])
def test_words_and_layers_are_the_forward_readers_and_the_head_is_new(layers):
    encoder = small_encoder("both", layers=layers)
    frozen = FINE.with_options(transfer_rate=0.0, ema=0.0, embedding_bits=32, epochs=1)
    model = fit(small_examples(60), frozen, source=encoder, rival=False)
    network = model.config.network
    assert (network.network, network.embedding_size, network.hidden_size, network.layers) == ("lstm", 8, 8, layers)
    assert network.pooling == "last+max+mean"
    assert not network.recurrent_bias
    assert model.tokenizer == encoder.tokenizer
    assert model.metrics["training"]["begun_with"].startswith("encoder ")
    taken = {name: tensor for name, tensor in model.tensors.items() if not name.startswith("head.")}
    assert len(taken) == 1 + 3 * layers
    for name, tensor in taken.items():
        np.testing.assert_array_equal(tensor, encoder.tensors[f"forward.{name}"], err_msg=name)


@pytest.mark.parametrize(
    "precision",
    ["fp32", pytest.param("bf16", marks=pytest.mark.skipif(not native.has_bf16(), reason="no kernels for it here"))],
)
def test_it_learns_telling_words(precision):
    recipe = FINE.with_options(precision=precision, epochs=8, unfreeze=0.25, transfer_rate=1.0)
    model, unseen = fit(small_examples(), recipe, source=small_encoder(), rival=False), small_examples(seed=9)
    predicted = Predictor(model).predict(unseen.texts)
    assert np.mean([a == b for a, b in zip(predicted, unseen.labels, strict=True)]) > 0.95


def test_pooling_outputs_and_the_cut_of_texts_can_be_chosen():
    asked = {"pooling": "mean", "softmax": True, "max_tokens": 5, "truncation": "head", "epochs": 1}
    model = fit(small_examples(60), FINE.with_options(**asked), source=small_encoder(), rival=False)
    assert (model.config.network.pooling, model.config.network.outputs) == ("mean", 2)
    assert (model.config.text.max_tokens, model.config.text.truncation) == (5, "head")


@pytest.mark.parametrize(
    "asked",
    [
        {"hidden_size": 16},
        {"embedding_size": 16},
        {"layers": 2},
        {"network": "gru"},
        {"bidirectional": True},
        {"one_hot": True},
        {"tokenizer": "keras"},
    ],
    ids=str,
)
def test_another_shape_than_the_encoders_is_refused(asked):
    ((name, value),) = asked.items()
    with pytest.raises(ParameterError, match=f"{name}={value!r} cannot be had: the encoder to begin with has {name}="):
        fit(small_examples(60), FINE.with_options(**asked), source=small_encoder(), rival=False)


def test_another_vocabulary_than_the_encoders_is_refused():
    with pytest.raises(ParameterError, match="max_words=500 cannot be had: its vocabulary is fixed"):
        fit(small_examples(60), FINE.with_options(max_words=500), source=small_encoder(), rival=False)


def test_a_tokenizer_of_other_words_is_noticed():
    encoder = small_encoder()
    encoder.tokenizer = WordTokenizer(["<unk>", "film"]).to_json()
    with pytest.raises(ModelError, match="the tokenizer has 2 words, the network 17"):
        fit(small_examples(60), FINE, source=encoder, rival=False)


@pytest.mark.parametrize("entry", [{"unfreeze": 0.5}, {"layer_decay": 0.5}], ids=str)
def test_entries_about_taken_weights_are_refused_where_all_are_new(entry):
    with pytest.raises(ParameterError, match="all of these are new") as refused:
        fit(small_examples(60), SMALL.with_options(**entry), rival=False)
    assert "--from" in refused.value.hint


@pytest.mark.parametrize("entry", [{"unfreeze": 1.5}, {"layer_decay": -0.1}, {"unfreeze": "slowly"}], ids=str)
def test_impossible_entries_are_refused(entry):
    with pytest.raises(ParameterError, match=next(iter(entry))):
        SMALL.with_options(**entry)


# -- rates -------------------------------------------------------------------------------------------------------------


def test_each_group_learns_at_a_fixed_share_of_the_rate_of_the_one_above():
    network = Classifier(NetworkConfig(20, 2, embedding_size=4, hidden_size=3, layers=2, recurrent_bias=False))
    taken = frozenset(name for name, _ in network.named_parameters() if not name.startswith("head."))
    optimizer = make_optimizer(network, Recipe(transfer_rate=0.5, layer_decay=0.1), taken)
    set_rate(optimizer, 2.0)
    rates = {id(parameter): group["lr"] for group in optimizer.param_groups for parameter in group["params"]}
    expected = {"head.": 2.0, "encoder.weight_hh_l1": 1.0, "encoder.bias_ih_l0": 0.1, "embedding.": 0.01}
    for name, parameter in network.named_parameters():
        for start, rate in expected.items():
            if name.startswith(start):
                assert rates[id(parameter)] == pytest.approx(rate), name


def test_a_step_of_gradient_descent_is_shorter_by_the_decay():
    moved = []
    for decay in (1.0, 0.25):
        # All texts in one batch, one step, whose gradient the decay has no part in.
        recipe = QUIET.with_options(
            optimizer="sgd", schedule="constant", epochs=1, batch_texts=500, window=500, learning_rate=0.1, clip=0.0
        )
        recipe = recipe.with_options(ema=0.0, layer_decay=decay, embedding_bits=32, selection="last")
        encoder = small_encoder()
        model = fit(small_examples(), recipe, source=encoder, rival=False)
        moved.append({name: model.tensors[name] - encoder.tensors[f"forward.{name}"] for name in (LAYER, WORDS)})
    # To rounding: weights are near 0.3 and have steps of 3e-8.
    np.testing.assert_allclose(moved[1][LAYER], moved[0][LAYER], atol=1e-7)
    np.testing.assert_allclose(moved[1][WORDS], 0.25 * moved[0][WORDS], atol=1e-7)
    assert np.abs(moved[0][WORDS]).max() > 1e-4


# -- unfreezing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("unfreeze", "progress", "learning"),
    [
        (0.0, 0.0, {0, 1, 2, 3}),
        (0.6, 0.0, {0}),
        (0.6, 0.199, {0}),
        (0.6, 0.2, {0, 1}),
        (0.6, 0.4, {0, 1, 2}),
        (0.6, 0.6, {0, 1, 2, 3}),
        (1.0, 0.999, {0, 1, 2}),
    ],
)
def test_groups_are_thawed_from_the_head_down_in_equal_steps(unfreeze, progress, learning):
    network = Classifier(NetworkConfig(20, 2, embedding_size=4, hidden_size=3, layers=2))
    taken = frozenset(name for name, _ in network.named_parameters() if not name.startswith("head."))
    optimizer = make_optimizer(network, Recipe(), taken)
    thaw(optimizer, progress, unfreeze)
    found = {group["depth"] for group in optimizer.param_groups if all(p.requires_grad for p in group["params"])}
    assert found == learning


@pytest.mark.parametrize("time_limit", [None, 3600.0], ids=["no limit", "while a limit measures the speed"])
def test_what_is_frozen_neither_moves_nor_gathers_moments(runs, time_limit):
    encoder, seen = small_encoder(), {}

    class Watcher(Recorder):
        def step(self, report):
            (run,) = runs
            weights, mean = run.network.state_dict(), run.average.mean
            moves = {
                name: any(
                    not np.array_equal(of[name].numpy(), encoder.tensors[f"forward.{name}"]) for of in (weights, mean)
                )
                for name in (LAYER, WORDS)
            }
            parameters = dict(run.network.named_parameters())
            has_moments = {name: parameters[name] in run.optimizer.state for name in (LAYER, WORDS)}
            assert moves == has_moments
            seen[report.step] = moves

    # 216 texts to train on, 14 batches an epoch: thawed from the 15th step and the 29th on.
    recipe = FINE.with_options(unfreeze=0.5, epochs=4)
    fit(small_examples(), recipe, source=encoder, rival=False, reporter=Watcher(), time_limit=time_limit)
    assert len(seen) == 56
    assert [step for step, moves in seen.items() if not moves[LAYER]] == list(range(1, 15))
    assert [step for step, moves in seen.items() if not moves[WORDS]] == list(range(1, 29))


def test_no_gradient_is_computed_for_what_is_frozen(runs):
    asked = []

    class Watcher(Recorder):
        def step(self, report):
            asked.append({name: p.grad is not None for name, p in runs[0].network.named_parameters()})

    fit(small_examples(60), FINE.with_options(unfreeze=1.0), source=small_encoder(), rival=False, reporter=Watcher())
    assert asked[0]["head.weight"]
    assert not asked[0][LAYER]
    assert asked[-1][LAYER]
    assert not any(step[WORDS] for step in asked)


def test_early_stopping_waits_until_all_weights_learn(monkeypatch):
    monkeypatch.setattr(Run, "_evaluate", lambda run: (0.5, 0.5))  # no epoch is ever better than the first
    recorder = Recorder()
    recipe = FINE.with_options(epochs=12, patience=2, warmup=0.1, unfreeze=0.5)
    fit(small_examples(60), recipe, source=small_encoder(), rival=False, reporter=recorder)
    assert len(recorder.epochs) == 6 + 2


# -- resuming ----------------------------------------------------------------------------------------------------------


# 216 texts to train on make 14 batches an epoch: layers learn from the 15th step on, word vectors from the 29th.
RESUMED = FINE.with_options(unfreeze=0.5)


@pytest.fixture(scope="module")
def undisturbed():
    return fit(small_examples(), RESUMED, source=small_encoder(), rival=False)


@pytest.mark.parametrize("stop_at", [1, 13, 14, 15, 28, 29, 50])
def test_resuming_before_at_and_after_a_thaw_gives_the_same_bits(tmp_path, undisturbed, stop_at):
    examples, encoder = small_examples(), small_encoder()
    with pytest.raises(Interrupted):
        fit(examples, RESUMED, source=encoder, out=tmp_path, rival=False, reporter=Recorder(stop_at, terminate))
    resumed = fit(examples, RESUMED, source=encoder, out=tmp_path, rival=False, resume=True)
    assert_same_model(undisturbed, resumed)


def test_resuming_with_another_encoder_is_refused(tmp_path):
    with pytest.raises(Interrupted):
        fit(small_examples(), FINE, source=small_encoder(), out=tmp_path, rival=False, reporter=Recorder(3, terminate))
    with pytest.raises(TrainingError, match="the model or encoder it began with differs"):
        fit(small_examples(), FINE, source=small_encoder(seed=1), out=tmp_path, rival=False, resume=True)


# -- by the front doors ------------------------------------------------------------------------------------------------


def test_an_encoder_has_a_recipe_of_its_own_and_a_model_has_not(folder, tmp_path):
    write_model(tmp_path / "model", fit(small_examples(60), SMALL.with_options(epochs=1), rival=False), "")
    assert starting_recipe("lstm", str(folder)) == Recipe.load("finetune")
    assert starting_recipe("lstm", str(folder)) != Recipe()
    assert starting_recipe("lstm", str(tmp_path / "model")) == starting_recipe("lstm") == Recipe()


def test_a_source_is_an_encoder_or_a_model_whichever_lies_there(folder, tmp_path):
    write_model(tmp_path / "model", fit(small_examples(60), SMALL.with_options(epochs=1), rival=False), "")
    np.testing.assert_array_equal(
        read_source(folder).tensors["forward.output.bias"], small_encoder().tensors["forward.output.bias"]
    )
    assert "head.weight" in read_source(str(tmp_path / "model")).tensors


def test_a_text_classifier_begins_with_an_encoder_and_its_options_win(folder):
    classifier = TextClassifier(start_from=str(folder), epochs=1, options={"transfer_rate": 0.125})
    examples = small_examples(60)
    classifier.fit(examples.texts, examples.labels)
    used = classifier.predictor.metrics["recipe"]
    assert (used["transfer_rate"], used["unfreeze"]) == (0.125, Recipe.load("finetune").unfreeze)
    assert used["hidden_size"] == 8


def test_train_begins_with_an_encoder_and_options_win(folder, tmp_path):
    data = tmp_path / "data.jsonl"
    examples = small_examples(60)
    rows = [{"text": t, "label": label} for t, label in zip(examples.texts, examples.labels, strict=True)]
    data.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    out = tmp_path / "model"
    command = ["train", str(data), "--out", str(out), "--from", str(folder), "--epochs", "1", "--set", "unfreeze=0.25"]
    done = subprocess.run([sys.executable, "-m", "gatewise", *command], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    used = Predictor.load(out).metrics["recipe"]
    assert (used["unfreeze"], used["layer_decay"]) == (0.25, Recipe.load("finetune").layer_decay)
