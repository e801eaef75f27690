"""The rival: against a plain scikit-learn pipeline, its arithmetic, and what it refuses."""

import json
import subprocess
import sys

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression

from gatewise.baseline import fitting
from gatewise.baseline.fitting import most_ngrams
from gatewise.baseline.nbsvm import NBSVM, find_columns
from gatewise.baseline.ngrams import hashed_ngrams
from gatewise.errors import GatewiseError, ModelError, ParameterError
from gatewise.metrics.calibration import probabilities_from_logits

VOCABULARY = [f"w{number}" for number in range(40)]


def make_texts(examples, classes, seed=0):
    """Texts whose words lean towards a fifth of the vocabulary that goes with their class."""
    rng = np.random.default_rng(seed)
    y = np.arange(examples) % classes
    leaning = [rng.integers(0, 8, size=12) + 8 * k * (rng.random(12) < 0.5) for k in y]
    return [[VOCABULARY[number] for number in text[: rng.integers(1, 13)]] for text in leaning], y


def twin_logits(words, y, asked, C, alpha):
    """The method of the paper with a dictionary of hashes, dense matrices and no float16."""
    seen = [set(row.tolist()) for row in rows_of(words)]
    names = sorted(h for h in set().union(*seen) if sum(h in row for row in seen) >= 2)
    x = np.array([[float(h in row) for h in names] for row in seen])
    p, q = alpha + x[y == 1].sum(axis=0), alpha + x[y == 0].sum(axis=0)
    ratio = np.log((p / p.sum()) / (q / q.sum()))
    model = LogisticRegression(solver="liblinear", C=C, max_iter=1000).fit(csr_matrix(x * ratio), y)
    wanted = np.array([[float(h in set(row.tolist())) for h in names] for row in rows_of(asked)])
    return model.decision_function(csr_matrix(wanted * ratio))


def rows_of(words):
    indices, offsets = hashed_ngrams(words)
    return np.split(indices, offsets[1:-1])


@pytest.mark.parametrize(("C", "alpha"), [(0.1, 1.0), (1.0, 1.0), (1.0, 0.3)])
def test_equals_a_plain_pipeline_for_two_classes(C, alpha):
    words, y = make_texts(120, 2)
    asked, _ = make_texts(30, 2, seed=1)
    got = NBSVM.fit(words, y, 2, C=C, alpha=alpha).logits(asked)
    # float16 weights: each off by up to 2**-11 of itself, and those of a text may cancel in its logit.
    np.testing.assert_allclose(got, twin_logits(words, y, asked, C, alpha), rtol=1e-3, atol=2e-3)


def test_equals_plain_pipelines_against_the_rest_for_more_classes():
    words, y = make_texts(150, 4)
    asked, _ = make_texts(20, 4, seed=1)
    got = NBSVM.fit(words, y, 4).logits(asked)
    assert got.shape == (20, 4)
    for k in range(4):
        wanted = twin_logits(words, (y == k).astype(int), asked, 0.1, 1.0)
        np.testing.assert_allclose(got[:, k], wanted, rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("classes", [2, 4])
def test_learns_unseen_texts_and_gives_the_probabilities_of_the_one_function(classes):
    words, y = make_texts(400, classes)
    asked, truth = make_texts(200, classes, seed=1)
    model = NBSVM.fit(words, y, classes)
    probabilities = model.predict_proba(asked)
    np.testing.assert_allclose(probabilities, probabilities_from_logits(model.logits(asked)), rtol=1e-12)
    assert (probabilities.argmax(axis=1) == truth).mean() > 0.75
    assert model.classes == classes


@pytest.mark.parametrize("classes", [2, 3])
def test_a_text_gets_the_same_bits_alone_in_any_order_and_empty(classes):
    words, y = make_texts(60, classes)
    model = NBSVM.fit(words, y, classes)
    asked = [*make_texts(20, classes, seed=2)[0], [], ["never", "seen"]]
    together = model.logits(asked)
    backwards = model.logits(asked[::-1])[::-1]
    alone = np.concatenate([model.logits([text]) for text in asked])
    assert together.tobytes() == np.ascontiguousarray(backwards).tobytes() == alone.tobytes()
    np.testing.assert_array_equal(together[-2], np.ravel(model.bias)[0] if classes == 2 else model.bias)
    np.testing.assert_array_equal(together[-1], together[-2])
    assert model.logits([]).shape == ((0,) if classes == 2 else (0, classes))


def test_only_the_heaviest_ngrams_are_kept_when_too_many(monkeypatch):
    words, y = make_texts(120, 2)
    full = NBSVM.fit(words, y, 2)
    monkeypatch.setattr(fitting, "most_ngrams", lambda classes: 10)
    few = NBSVM.fit(words, y, 2)
    assert len(full.keys) > 10 == len(few.keys)
    assert np.all(np.diff(few.keys) > 0)
    columns, is_kept = find_columns(full.keys, few.keys)
    assert is_kept.all()
    assert few.weights[0].tolist() == full.weights[0, columns].tolist()
    rest = np.setdiff1d(np.arange(len(full.keys)), columns)
    assert np.abs(few.weights).min() >= np.abs(full.weights[0, rest]).max()


@pytest.mark.parametrize("classes", [2, 3, 5, 60])
def test_tensors_stay_within_two_megabytes(classes):
    rows = 1 if classes == 2 else classes
    kept = most_ngrams(classes)
    assert kept * (4 + 2 * rows) <= 2**21 < (kept + 1) * (4 + 2 * rows)


def test_without_a_repeated_ngram_the_class_frequencies_are_left():
    model = NBSVM.fit([["a"], ["b"], ["c"], []], [0, 1, 1, 1], 2)
    np.testing.assert_allclose(model.predict_proba([["a"], []]), [[0.25, 0.75]] * 2, rtol=1e-6)


def test_tensors_round_trip_also_widened():
    words, y = make_texts(60, 3)
    model = NBSVM.fit(words, y, 3)
    tensors = model.to_tensors()
    assert {name: str(tensor.dtype) for name, tensor in tensors.items()} == {
        "keys": "int32",
        "weights": "float16",
        "bias": "float32",
    }
    wide = tensors | {"weights": tensors["weights"].astype(np.float32)}
    for content in (tensors, wide):
        assert NBSVM.from_tensors(content).logits(words).tobytes() == model.logits(words).tobytes()


def damaged():
    keys = np.array([1, 5], dtype=np.int32)
    weights, bias = np.zeros((1, 2), dtype=np.float16), np.zeros(1, dtype=np.float32)
    good = {"keys": keys, "weights": weights, "bias": bias}
    nan, inf = np.full((1, 2), np.nan, dtype=np.float16), np.full(1, np.inf, dtype=np.float32)
    yield "tensors", {"keys": keys, "weights": weights}
    yield "tensors", good | {"extra": bias}
    yield "keys", good | {"keys": keys[::-1]}
    yield "keys", good | {"keys": np.array([5, 5], dtype=np.int32)}
    yield "keys", good | {"keys": np.array([-1, 5], dtype=np.int32)}
    yield "keys", good | {"keys": keys.astype(np.int64)}
    yield "keys", good | {"keys": keys.reshape(1, 2)}
    yield "weights", good | {"weights": weights[:, :1]}
    yield "weights", good | {"weights": np.zeros((2, 2), dtype=np.float16)}
    yield "weights", good | {"weights": np.zeros((0, 2), dtype=np.float16)}
    yield "weights", good | {"weights": weights[0]}
    yield "weights", good | {"weights": nan}
    yield "weights", good | {"weights": np.full((1, 2), 1e6, dtype=np.float32)}
    yield "weights", good | {"weights": np.zeros((1, 2), dtype=np.int8)}
    yield "bias", good | {"bias": inf}
    yield "bias", good | {"bias": np.zeros(3, dtype=np.float32)}
    yield "bias", good | {"bias": np.zeros(1, dtype=np.float64)}


@pytest.mark.parametrize(("named", "tensors"), list(damaged()))
def test_damaged_tensors_are_refused_by_name(named, tensors):
    with pytest.raises(ModelError, match=rf"baseline\.safetensors.*{named}"):
        NBSVM.from_tensors(tensors)


@pytest.mark.parametrize(
    ("y", "classes", "options", "said"),
    [
        ([0, 1], 2, {}, "one whole number for each of 3"),
        ([0.0, 1.0, 1.0], 2, {}, "whole number"),
        (["a", "b", "b"], 2, {}, "whole number"),
        ([0, 1, 2], 2, {}, "0 to 1"),
        ([0, -1, 1], 2, {}, "0 to 1"),
        ([0, 0, 0], 2, {}, "class 1 of 2 has no example"),
        ([0, 1, 1], 1, {}, "classes=1"),
        ([0, 1, 1], 2, {"C": 0.0}, "C=0.0"),
        ([0, 1, 1], 2, {"C": float("nan")}, "C=nan"),
        ([0, 1, 1], 2, {"alpha": -1.0}, "alpha=-1.0"),
    ],
)
def test_impossible_arguments_are_refused(y, classes, options, said):
    with pytest.raises(ParameterError, match=said):
        NBSVM.fit([["a"], ["b"], ["b", "a"]], y, classes, **options)


def test_no_text_is_refused():
    with pytest.raises(ParameterError, match="no example"):
        NBSVM.fit([], [], 2)


def test_fit_says_which_extra_is_missing(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(GatewiseError, match=r"gatewise\[train\]"):
        NBSVM.fit([["a"], ["b"]], [0, 1], 2)


def test_predicting_imports_neither_scikit_learn_nor_scipy():
    script = (
        "import sys, json, numpy as np\n"
        "from gatewise.baseline.nbsvm import NBSVM\n"
        "zero = dict(keys=np.zeros(0, np.int32), weights=np.zeros((1, 0), np.float16), bias=np.ones(1, np.float32))\n"
        "NBSVM.from_tensors(zero).predict_proba([['a']])\n"
        "print(json.dumps([name for name in ('sklearn', 'scipy', 'torch') if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == []
