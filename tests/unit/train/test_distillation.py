"""Students and teachers: the loss, what is asked of whom, the same bits after a stop, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from small import SMALL, small_examples
from test_run import Recorder, assert_same_model, terminate

from gatewise import TextClassifier
from gatewise.data.examples import Examples
from gatewise.data.leaks import text_keys
from gatewise.errors import Interrupted, ParameterError, TrainingError
from gatewise.runtime.predictor import Predictor
from gatewise.train.checkpoint import CheckpointFolder
from gatewise.train.distillation import mean_of_taught, soft_cross_entropy
from gatewise.train.fit import fit
from gatewise.train.teachers import Teacher, centred_logs

PLAIN = SMALL.with_options(epochs=2)
MORE = small_examples(100, seed=3).texts


@pytest.fixture(scope="module")
def teacher() -> Teacher:
    return Teacher("big", fit(small_examples(), SMALL.with_options(epochs=5), rival=False))


def three_classes(count: int, seed: int) -> Examples:
    """`small_examples`, some of the texts without their telling words: a third class."""
    examples = small_examples(count, seed)
    labels = ["none" if place % 3 == 0 else label for place, label in enumerate(examples.labels)]
    texts = [
        text if label != "none" else "the film was a scene" for text, label in zip(examples.texts, labels, strict=True)
    ]
    return Examples(texts, labels, source="three")


@pytest.mark.parametrize(("outputs", "classes"), [(1, 2), (2, 2), (4, 4)])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("is_weighed", [False, True])
def test_the_slope_is_that_of_the_equation(outputs, classes, temperature, is_weighed):
    rng = np.random.default_rng(outputs)
    logits, scores = rng.normal(0, 3, (5, outputs)), rng.normal(0, 3, (5, classes))
    targets, weights = np.array([0, -1, 1, -1, classes - 1]), rng.uniform(0.5, 2, classes) if is_weighed else None

    def by_hand(s):
        rows = np.hstack([np.zeros_like(s), s]) if outputs == 1 else s
        log_p = lambda z: z - np.log(np.exp(z).sum(1, keepdims=True))  # noqa: E731 - the equation as it stands
        of_class = np.ones(classes) if weights is None else weights
        soft = -(np.exp(log_p(scores / temperature)) * of_class * log_p(rows / temperature)).sum(1) * temperature**2
        hard = -(of_class * log_p(rows))[np.arange(5), targets]
        return np.where(targets < 0, soft, 0.3 * hard + 0.7 * soft).mean()

    given = torch.tensor(logits, requires_grad=True)
    class_weights = None if weights is None else torch.tensor(weights)
    options = {"weight": 0.7, "temperature": temperature, "class_weights": class_weights}
    loss = mean_of_taught(given, torch.tensor(targets), torch.tensor(scores), **options)
    loss.backward()
    assert loss.item() == pytest.approx(by_hand(logits), rel=1e-12)
    for place in np.ndindex(logits.shape):
        step = np.zeros_like(logits)
        step[place] = 1e-6
        # Central differences of float64 with this step are right to about 1e-9.
        wanted = (by_hand(logits + step) - by_hand(logits - step)) / 2e-6
        assert given.grad[place].item() == pytest.approx(wanted, abs=1e-7)


def test_at_a_high_temperature_the_scores_themselves_are_asked_for():
    student, scores = torch.tensor([[1.5]], dtype=torch.float64, requires_grad=True), torch.tensor([[-1.0, 3.0]])
    soft_cross_entropy(student, scores.double(), 1e4).sum().backward()
    assert student.grad.item() == pytest.approx((1.5 - 4.0) / 4, rel=1e-6)  # the next term is of the order 1e-8


def test_the_scores_are_the_log_probabilities_a_user_is_given(teacher):
    heard = Recorder()
    log_p = np.log(Predictor(teacher.model).predict_proba(MORE))
    scores = teacher.scores(MORE, ["neg", "pos"], heard)
    # Scores are kept in float32.
    np.testing.assert_allclose(scores, log_p - log_p.mean(1, keepdims=True), rtol=1e-6, atol=1e-6)
    np.testing.assert_array_equal(teacher.scores(MORE, ["pos", "neg"], heard), scores[:, ::-1])
    assert np.isfinite(centred_logs(np.array([[1.0, 0.0]]))).all()


def test_a_blended_teacher_is_heard_with_its_rival():
    recipe = PLAIN.with_options(epochs=1, learning_rate=0.003, blend=True)
    blended = Teacher("blended", fit(small_examples(), recipe, dev=small_examples(100, seed=1)))
    assert blended.model.config.blend is not None
    log_p = np.log(Predictor(blended.model).predict_proba(MORE))
    scores = blended.scores(MORE, ["neg", "pos"], Recorder())
    np.testing.assert_allclose(scores, log_p - log_p.mean(1, keepdims=True), rtol=1e-6, atol=1e-6)
    alone = Teacher("alone", replace(blended.model, config=replace(blended.model.config, blend=None)))
    assert np.abs(scores - alone.scores(MORE, ["neg", "pos"], Recorder())).max() > 0.1
    assert alone.digest != blended.digest


def test_without_weight_it_is_plain_training_to_the_bit(teacher):
    taught = fit(small_examples(), PLAIN.with_options(teacher_weight=0.0), teachers=[teacher], rival=False)
    assert_same_model(taught, fit(small_examples(), PLAIN, rival=False))


@pytest.mark.parametrize(
    "options",
    [{}, {"reads": "both"}, {"network": "gru", "class_weight": "balanced"}, {"objective": "mixed", "reads": "both"}],
)
def test_a_student_of_few_labels_learns_what_its_teacher_says_of_other_texts(teacher, options):
    few, unseen = small_examples(12, seed=5), small_examples(200, seed=9)
    recipe = SMALL.with_options(epochs=8, dev_share=0.0, **options)
    wanted = Predictor(teacher.model).predict(unseen.texts)
    student = fit(few, recipe, unlabelled=small_examples(240, seed=3).texts, teachers=[teacher], rival=False)
    alone = fit(few, recipe, rival=False)
    agreement = [
        np.mean([a == b for a, b in zip(Predictor(model).predict(unseen.texts), wanted, strict=True)])
        for model in (student, alone)
    ]
    assert agreement[0] > 0.95 > 0.8 > agreement[1]


def test_more_than_two_classes_and_more_than_one_teacher():
    teachers = [
        Teacher(f"seed {seed}", fit(three_classes(240, 0), SMALL.with_options(epochs=6, seed=seed), rival=False))
        for seed in (0, 1)
    ]
    recipe, more, unseen = SMALL.with_options(epochs=8, dev_share=0.0), three_classes(240, 3), three_classes(120, 9)
    student = fit(three_classes(18, 5), recipe, unlabelled=more.texts, teachers=teachers, rival=False)
    predicted = Predictor(student).predict(unseen.texts)
    assert np.mean([a == b for a, b in zip(predicted, unseen.labels, strict=True)]) > 0.95
    assert student.metrics["training"]["teachers"] == [f"{one.name} {one.digest}" for one in teachers]


def test_an_epoch_passes_over_all_texts_and_its_accuracy_is_of_the_labelled(teacher):
    heard = Recorder()
    fit(small_examples(), PLAIN, unlabelled=MORE, teachers=[teacher], rival=False, reporter=heard)
    assert len(heard.steps) // 2 >= (216 + 100) / 16
    assert 0.7 < heard.epochs[-1].train_accuracy <= 1.0  # counted over all texts it would be 216/316 at most


@pytest.mark.parametrize("stop_at", [1, 14, 30])
def test_resuming_gives_the_same_bits_and_asks_nobody_again(tmp_path, teacher, stop_at, monkeypatch):
    given = {"unlabelled": MORE, "teachers": [teacher], "rival": False}
    undisturbed = fit(small_examples(), PLAIN, **given)
    with pytest.raises(Interrupted):
        fit(small_examples(), PLAIN, out=tmp_path, reporter=Recorder(stop_at, terminate), **given)
    monkeypatch.setattr(Teacher, "scores", lambda *_: pytest.fail("asked again"))
    assert_same_model(undisturbed, fit(small_examples(), PLAIN, out=tmp_path, resume=True, **given))
    assert not (tmp_path / "checkpoints").exists()


def test_a_run_is_not_resumed_with_other_teachers(tmp_path, teacher):
    given = {"unlabelled": MORE, "out": tmp_path, "rival": False}
    with pytest.raises(Interrupted):
        fit(small_examples(), PLAIN, teachers=[teacher], reporter=Recorder(3, terminate), **given)
    other = Teacher("big", fit(small_examples(), PLAIN, rival=False))
    with pytest.raises(TrainingError, match="what the teachers say differs"):
        fit(small_examples(), PLAIN, teachers=[other], resume=True, **given)


def test_damaged_answers_are_told_and_asked_for_again(tmp_path):
    folder, heard = CheckpointFolder(tmp_path), []
    folder.save_scores("ab", torch.ones(3, 2))
    (path,) = tmp_path.iterdir()
    assert folder.scores("ab", heard.append).tolist() == [[1.0, 1.0]] * 3
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))
    assert folder.scores("ab", heard.append) is None
    assert "asking the teacher again" in heard[0]


def test_words_of_taught_texts_are_in_the_vocabulary_and_those_of_development_texts_are_not(teacher):
    dev = Examples([*small_examples(20, seed=5).texts, "only judged good"], [*small_examples(20).labels, "pos"], "dev")
    more = ["plainly unseen good", "plainly unseen bad", dev.texts[-1]]
    student = fit(small_examples(), PLAIN, dev=dev, unlabelled=more, teachers=[teacher], rival=False)
    words = json.loads(student.tokenizer)["model"]["vocab"]
    assert {"plainly", "unseen"} <= set(words)
    assert "judged" not in words


def test_development_texts_are_asked_of_nobody(teacher, monkeypatch):
    asked, dev = [], small_examples(20, seed=5)
    scores = Teacher.scores
    monkeypatch.setattr(Teacher, "scores", lambda self, texts, *rest: asked.extend(texts) or scores(self, texts, *rest))
    more = [*MORE, " " + dev.texts[3].upper(), dev.texts[7]]
    model = fit(small_examples(), PLAIN, dev=dev, unlabelled=more, teachers=[teacher], rival=False)
    assert asked == [*small_examples().texts, *MORE]
    assert_same_model(model, fit(small_examples(), PLAIN, dev=dev, unlabelled=MORE, teachers=[teacher], rival=False))


def test_what_teachers_have_read_counts_as_read(teacher):
    student = fit(small_examples(60, seed=8), PLAIN, teachers=[teacher], rival=False)
    assert np.isin(text_keys(small_examples().texts), student.training_rows).all()


def test_teachers_of_another_split_are_told_of(teacher):
    def told(**options):
        heard = Recorder()
        fit(small_examples(), PLAIN.with_options(epochs=1, **options), teachers=[teacher], rival=False, reporter=heard)
        return [message for message in heard.messages if "another split" in message]

    assert told() == []
    assert len(told(seed=1)) == 1
    assert len(told(dev_share=0.2)) == 1
    assert "big" in told(seed=1)[0]


def test_a_teacher_of_other_classes_is_refused_before_anything_is_written(tmp_path, teacher):
    with pytest.raises(ParameterError, match="other classes: 'neg', 'pos', the examples have 'neg', 'none'") as refused:
        fit(three_classes(60, 0), PLAIN, teachers=[teacher], out=tmp_path / "m", rival=False)
    assert refused.value.where == "big"
    assert not (tmp_path / "m").exists()


@pytest.mark.parametrize(
    "options",
    [
        {"objective": "ordinal"},
        {"objective": "squared-error"},
        {"supervision": "every-word"},
        {"network": "echo_state"},
    ],
)
def test_recipes_that_go_with_no_teacher_are_refused(teacher, options):
    with pytest.raises(ParameterError, match="teachers"):
        fit(small_examples(), PLAIN.with_options(**options), teachers=[teacher], rival=False)


def test_the_classifier_takes_classifiers_and_folders(tmp_path):
    examples = small_examples()
    options = {name: getattr(SMALL, name) for name in ("embedding_size", "hidden_size", "min_count", "learning_rate")}
    big = TextClassifier(epochs=3, options=options).fit(examples.texts, examples.labels)
    big.save(tmp_path / "stored")
    student = TextClassifier("gru", epochs=2, options=options)
    student.fit(examples.texts[:60], examples.labels[:60], unlabelled=MORE, teachers=[big, tmp_path / "stored"])
    student.save(tmp_path / "student")
    told = json.loads((tmp_path / "student" / "metrics.json").read_text())["training"]
    assert [one.split()[0] for one in told["teachers"]] == ["lstm", "stored"]
    assert told["unlabelled"] == 100
    card = (tmp_path / "student" / "README.md").read_text()
    assert "- teachers: lstm " in card
    with pytest.raises(AttributeError, match="not fitted"):
        student.fit(examples.texts, examples.labels, teachers=[TextClassifier()])
