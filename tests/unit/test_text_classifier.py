"""TextClassifier and load: the scikit-learn contract, clear refusals, the same numbers through every door."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch

from gatewise import GatewiseError, TextClassifier, load
from gatewise.errors import ModelError, ParameterError
from gatewise.models.classifier import Classifier

OPTIONS = {"embedding_size": 8, "hidden_size": 8, "min_count": 1, "learning_rate": 0.02}
WORDS = ["awful", "superb"]


def make(count: int = 120) -> tuple[list[str], list[str]]:
    texts = [f"the film was {WORDS[n % 2]} , scene {n % 7}" for n in range(count)]
    return texts, [["bad", "good"][n % 2] for n in range(count)]


@pytest.fixture(scope="module")
def fitted() -> TextClassifier:
    return TextClassifier(epochs=6, options=OPTIONS).fit(*make())


def test_learns_and_scores(fitted):
    assert fitted.classes_ == ["bad", "good"]
    assert fitted.predict(["a superb scene", "awful"]) == ["good", "bad"]
    assert fitted.score(*make(40)) == 1.0
    assert fitted.evaluate(*make(40))["accuracy"]["value"] == 1.0


def test_where_it_is_less_sure_than_asked_it_gives_none(fitted):
    texts, labels = make(20)
    sure = fitted.predict_proba(texts).max(axis=1)
    middle = float(np.sort(sure)[10])
    wanted = [label if share >= middle else None for label, share in zip(fitted.predict(texts), sure, strict=True)]
    assert fitted.predict(texts, abstain=middle) == wanted
    assert None in wanted
    assert fitted.evaluate(texts, labels, abstain=middle)["selective"]["band"]["answered"] == 20 - wanted.count(None)
    with pytest.raises(ParameterError, match="abstain=2"):
        fitted.predict([], abstain=2)


def test_the_threshold_for_a_risk_is_one_of_the_development_split(fitted):
    point = fitted.operating_point(0.05)
    assert point.answered == fitted.predictor.metrics["development"]["examples"]
    assert fitted.predict(["a superb scene"], abstain=point.threshold) == ["good"]


def test_probabilities_are_rows_that_sum_to_one(fitted):
    probabilities = fitted.predict_proba(["superb", "", "unheard of"])
    assert probabilities.shape == (3, 2)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=0, atol=1e-12)


def test_saved_and_loaded_gives_the_same_bits(fitted, tmp_path):
    fitted.save(tmp_path / "m")
    again = load(tmp_path / "m")
    texts, _ = make()
    np.testing.assert_array_equal(again.predict_proba(texts), fitted.predict_proba(texts))
    assert again.get_params()["network"] == "lstm"


def test_numpy_gives_what_torch_gives(fitted, tmp_path):
    fitted.save(tmp_path / "m")
    predictor = load(tmp_path / "m").predictor
    network = Classifier(predictor.config.network).eval()
    network.load_state_dict({n: torch.from_numpy(a) for n, a in fitted._stored.tensors.items()})
    texts, _ = make(30)
    tokens = predictor.tokenizer.encode_batch(texts)
    with torch.no_grad():
        logits = network(torch.from_numpy(tokens.ids.astype(np.int64)), torch.from_numpy(tokens.offsets))
    expected = torch.sigmoid(logits[:, 0] / predictor.config.temperature).numpy()
    np.testing.assert_allclose(fitted.predict_proba(texts)[:, 1], expected, rtol=0, atol=1e-5)


def test_streamed_last_word_is_the_batch_answer(fitted):
    text = "superb , then awful , then superb"
    *_, (word, probabilities) = fitted.stream(text)
    assert word == "superb"
    np.testing.assert_allclose(probabilities, fitted.predict_proba([text])[0], rtol=0, atol=1e-6)


def test_bidirectional_refuses_to_stream():
    classifier = TextClassifier(epochs=1, bidirectional=True, options=OPTIONS).fit(*make(40))
    with pytest.raises(ModelError, match="bidirectional"):
        classifier.stream("superb")


@pytest.mark.parametrize("labels", [[0, 1] * 30, np.array([0, 1] * 30), [False, True] * 30])
def test_whole_number_labels_stay_whole_numbers(labels):
    texts, _ = make(60)
    classifier = TextClassifier(epochs=6, options=OPTIONS).fit(texts, labels)
    assert classifier.classes_ == [0, 1]
    assert classifier.predict(["superb"]) == [1]
    assert classifier.score(texts, labels) > 0.9


def test_more_than_two_classes():
    texts = [f"it is {['red', 'green', 'blue'][n % 3]} {n % 5}" for n in range(150)]
    labels = [["r", "g", "b"][n % 3] for n in range(150)]
    classifier = TextClassifier(epochs=10, options=OPTIONS).fit(texts, labels)
    assert classifier.classes_ == ["b", "g", "r"]
    assert classifier.score(texts, labels) > 0.9
    assert classifier.predict_proba(texts).shape == (150, 3)


def test_parameters_round_trip_and_unknown_ones_are_named():
    classifier = TextClassifier("gru", epochs=3, seed=7)
    assert classifier.get_params() == TextClassifier(**classifier.get_params()).get_params()
    assert classifier.set_params(seed=1).seed == 1
    with pytest.raises(ParameterError, match="'colour'"):
        classifier.set_params(colour=1)


@pytest.mark.parametrize("scoring", ["accuracy", "f1_macro", "roc_auc", "neg_log_loss"])
def test_scikit_learn_scorers_score(fitted, scoring):
    from sklearn.metrics import get_scorer

    texts, labels = make(40)
    assert get_scorer(scoring)(fitted, texts, labels) > -0.5
    assert fitted.classes_ == ["bad", "good"]


def test_start_from_refuses_another_network():
    with pytest.raises(ParameterError, match="network='gru'"):
        TextClassifier("gru", start_from="imdb").fit(*make(40))


def test_scikit_learn_can_clone_search_and_pipe():
    from sklearn.base import clone
    from sklearn.model_selection import GridSearchCV, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    texts, labels = make(60)
    classifier = TextClassifier(epochs=20, options=OPTIONS)
    assert clone(classifier).get_params() == classifier.get_params()
    assert cross_val_score(classifier, texts, labels, cv=2).mean() > 0.8
    search = GridSearchCV(classifier, {"network": ["lstm", "gru"]}, cv=2, scoring="accuracy").fit(texts, labels)
    assert search.best_score_ > 0.8
    pipeline = make_pipeline(FunctionTransformer(lambda x: [t.upper() for t in x]), classifier)
    assert pipeline.fit(texts, labels).predict(["SUPERB"]) == ["good"]


@pytest.mark.parametrize(
    ("texts", "labels", "told"),
    [
        ("one string", ["a"], "one string"),
        (["a", "b"], ["x"], "2 texts and 1 labels"),
        (["a", 3], ["x", "y"], "texts\\[1\\] is int"),
        (["a", "b"], ["x", 1], "all strings or all whole numbers"),
        (["a", "b"], [0.5, 1.5], "not float"),
        ([], [], "no texts"),
        (["a", "b"], ["x", "x"], "only one class"),
    ],
)
def test_impossible_training_data_is_named(texts, labels, told):
    with pytest.raises(GatewiseError, match=told):
        TextClassifier(options=OPTIONS).fit(texts, labels)


@pytest.mark.parametrize("use", ["predict", "predict_proba"])
def test_use_before_fit_says_so(use):
    with pytest.raises(ValueError, match="not fitted"):
        getattr(TextClassifier(), use)(["a"])


def test_one_string_instead_of_several_is_refused(fitted):
    with pytest.raises(ParameterError, match="one string"):
        fitted.predict("superb")


@pytest.mark.parametrize("option", [{"network": "cnn"}, {"epochs": -1}, {"seed": -1}, {"options": {"depth": 3}}])
def test_an_impossible_parameter_is_named_at_fit(option):
    with pytest.raises(ParameterError, match=next(iter(option.get("options", option)))):
        TextClassifier(**option).fit(*make(20))


def test_importing_and_loading_need_neither_torch_nor_sklearn(fitted, tmp_path):
    fitted.save(tmp_path / "m")
    code = (
        "import sys, gatewise; c = gatewise.load(sys.argv[1]); c.predict(['superb'])\n"
        "c.evaluate(['superb', 'awful'], ['good', 'bad'])\n"
        "print(sorted({'torch', 'sklearn', 'scipy', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "m")], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_public_names_are_what_is_said():
    import gatewise

    assert set(gatewise.__all__) == {"GatewiseError", "TextClassifier", "__version__", "load"} <= set(dir(gatewise))
    for name in gatewise.__all__:
        assert getattr(gatewise, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = gatewise.nothing


def test_a_subnormal_number_survives_the_import():
    code = "import gatewise.classifier, numpy as np; assert np.float32(1e-40) * np.float32(0.5) > 0"
    subprocess.run([sys.executable, "-c", code], check=True)
