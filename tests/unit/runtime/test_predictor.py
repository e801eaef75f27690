"""Texts in, probabilities out: the same however the texts arrive."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gatewise.baseline.nbsvm import NBSVM
from gatewise.errors import ModelError, ParameterError
from gatewise.runtime import predictor as predictor_module
from gatewise.runtime.predictor import Predictor
from gatewise.store.config import ModelConfig, NetworkConfig, TextConfig
from gatewise.store.folder import StoredModel, write_model
from gatewise.text.keras import KerasTokenizer
from gatewise.text.tokenizer import WordTokenizer

WORDS = ["<unk>", ",", ".", "!", "a", "bad", "boring", "film", "good", "great", "is", "it", "not", "the", "this", "was"]
LABELS = ("neg", "pos")
CUTS = [TextConfig(), TextConfig(9, "head"), TextConfig(9, "tail"), TextConfig(9, "head+tail")]
TEXTS = [
    "This film is GREAT!",
    "",
    "boring , boring , bad . " * 40,
    "not good",
    "the plot was, frankly, not it " * 7,
    "a",
]
SAME = 1e-6


def stored(text: TextConfig | None = None, labels: tuple[str | int, ...] = LABELS, **network: Any) -> StoredModel:
    shape = NetworkConfig(len(WORDS), len(labels), embedding_size=5, hidden_size=6, **network)
    random = np.random.default_rng(1)
    return StoredModel(
        config=ModelConfig(shape, text or TextConfig(), labels, temperature=1.5),
        # 0.3: a network that does not blow up the roundings which batches of other make-up bring.
        tensors={name: (random.normal(size=at) * 0.3).astype("f4") for name, at in shape.tensor_shapes().items()},
        tokenizer=WordTokenizer(WORDS).to_json(),
        metrics={"accuracy": 0.5},
        training_rows=np.arange(3, dtype=np.uint64),
    )


def last(answers: Iterator[tuple[str, np.ndarray]]) -> np.ndarray:
    return list(answers)[-1][1]


@pytest.mark.parametrize("network", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("labels", [("neg", "pos"), (1, 2, 3)])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_same_alone_in_company_and_in_any_order(
    network: str, labels: tuple[str | int, ...], bidirectional: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Predictor(stored(labels=labels, network=network, bidirectional=bidirectional))
    together = model.predict_proba(TEXTS)
    np.testing.assert_allclose(together.sum(1), 1, atol=1e-12)
    assert model.predict(TEXTS) == [labels[index] for index in together.argmax(1)]
    np.testing.assert_allclose(model.predict_proba(TEXTS[::-1])[::-1], together, atol=SAME)
    for position, text in enumerate(TEXTS):
        np.testing.assert_allclose(model.predict_proba([text])[0], together[position], atol=SAME)
    monkeypatch.setattr(model.network.encoder, "token_budget", 10)
    np.testing.assert_allclose(model.predict_proba(tuple(TEXTS)), together, atol=SAME)
    monkeypatch.setattr(predictor_module, "MAX_TEXTS", 1)
    np.testing.assert_allclose(model.predict_proba(iter(TEXTS)), together, atol=SAME)


def test_temperature_divides_the_logits() -> None:
    model = Predictor(stored())
    want = 1 / (1 + np.exp(-model.logits(TEXTS)[:, 0] / 1.5))
    np.testing.assert_allclose(model.predict_proba(TEXTS)[:, 1], want, atol=1e-12)


def test_no_texts_no_answers() -> None:
    model = Predictor(stored())
    assert model.predict_proba([]).shape == (0, 2)
    assert model.predict([]) == []
    assert model.classes_ == ["neg", "pos"]


@pytest.mark.parametrize("texts", ["one text", b"bytes"])
def test_one_text_instead_of_several_is_an_error(texts: Any) -> None:
    with pytest.raises(ParameterError, match=r"wanted several texts(.|\n)*\[text\]"):
        Predictor(stored()).predict_proba(texts)


@pytest.mark.parametrize("wrong", [None, 5, b"x", float("nan"), ["nested"]])
def test_what_is_no_text_is_named_by_its_position(wrong: Any) -> None:
    with pytest.raises(ParameterError, match="text number 1 is a"):
        Predictor(stored()).predict_proba(["fine", wrong])


@pytest.mark.parametrize("text", CUTS)
def test_the_stream_ends_where_the_batch_arrives(text: TextConfig) -> None:
    model = Predictor(stored(text))
    for sample in TEXTS:
        answers = list(model.stream(sample))
        assert len(answers) == min(len(model.tokenizer.words(sample)), text.max_tokens or 10**9)
        if answers:
            np.testing.assert_allclose(answers[-1][1], model.predict_proba([sample])[0], atol=SAME)


FRAMES = [TextConfig(before="it is"), TextConfig(after=". this film was"), TextConfig(9, "tail", "the", "is a")]


@pytest.mark.parametrize("text", FRAMES)
@pytest.mark.parametrize("network", ["lstm", "gru", "qrnn", "mlp"])
def test_words_around_a_text_are_read_in_batches_and_behind_every_streamed_word(text: TextConfig, network: str) -> None:
    more = {"pooling": "mean"} if network == "mlp" else {}
    model, plain = Predictor(stored(text, network=network, **more)), Predictor(stored(network=network, **more))
    whole = [f"{text.before} {sample} {text.after}" for sample in TEXTS]
    if not text.max_tokens:
        np.testing.assert_allclose(model.predict_proba(TEXTS), plain.predict_proba(whole), atol=SAME)
    assert model.baseline_proba(TEXTS) is None
    words = model.tokenizer.words(TEXTS[0])
    for count, (word, answer) in enumerate(model.stream(TEXTS[0]), 1):
        assert word == words[count - 1]
        np.testing.assert_allclose(answer, model.predict_proba([" ".join(words[:count])])[0], atol=SAME)


def test_a_word_around_a_text_that_the_vocabulary_does_not_have_is_refused() -> None:
    with pytest.raises(ParameterError, match="'overall'"):
        Predictor(stored(TextConfig(after="overall , a")))


def test_the_stream_names_the_words_it_has_read() -> None:
    model = Predictor(stored(TextConfig(4, "head+tail")))
    assert [word for word, _ in model.stream("Good plot, bad film it was!")] == ["good", "it", "was", "!"]


def test_pieces_may_come_without_end() -> None:
    model = Predictor(stored())
    endless = model.stream(cycle(["not good", "film"]))
    first = [next(endless) for _ in range(6)]
    assert [word for word, _ in first] == ["not", "good", "film", "not", "good", "film"]
    np.testing.assert_allclose(first[-1][1], model.predict_proba(["not good film not good film"])[0], atol=SAME)
    limited = Predictor(stored(TextConfig(4, "head"))).stream(cycle(["not good", "film"]))
    assert len(list(limited)) == 4


def test_what_cannot_stream_says_so_before_the_first_word() -> None:
    with pytest.raises(ModelError, match="bidirectional"):
        Predictor(stored(bidirectional=True)).stream("a film")
    with pytest.raises(ModelError, match="keeps the tail of a text"):
        Predictor(stored(TextConfig(9, "tail"))).stream(iter(["a", "film"]))


def test_a_keras_model_streams_whole_texts_with_their_padding() -> None:
    tokenizer = KerasTokenizer.train(["good film", "bad film", "good"], num_words=len(WORDS), maxlen=12)
    model = Predictor(dataclasses.replace(stored(), tokenizer=tokenizer.to_json()))
    answers = list(model.stream("good film"))
    assert len(answers) == 12
    np.testing.assert_allclose(answers[-1][1], model.predict_proba(["good film"])[0], atol=SAME)
    with pytest.raises(ModelError, match="brings every text to one length"):
        model.stream(["good", "film"])


def test_a_tokenizer_of_another_model_is_refused() -> None:
    other = WordTokenizer([*WORDS, "more"]).to_json()
    with pytest.raises(ModelError, match=f"has {len(WORDS) + 1} words, the network {len(WORDS)}"):
        Predictor(dataclasses.replace(stored(), tokenizer=other))


def test_the_rival_answers_from_the_models_own_folder(tmp_path: Path) -> None:
    texts, truth = ["good film", "great film", "bad film", "boring film"] * 10, np.array([1, 1, 0, 0] * 10)
    model = stored()
    rival = NBSVM.fit(WordTokenizer(WORDS).words_batch(texts), truth, 2)
    write_model(tmp_path, dataclasses.replace(model, baseline=rival.to_tensors()), "card")
    probabilities = Predictor.load(tmp_path).baseline_proba([*texts[:4], "Great!"])
    assert probabilities is not None
    words = [["good", "film"], ["great", "film"], ["bad", "film"], ["boring", "film"], ["great", "!"]]
    np.testing.assert_allclose(probabilities, rival.predict_proba(words), atol=1e-12)
    assert probabilities[:2, 1].min() > probabilities[2:4, 1].max()
    assert Predictor.load(tmp_path, parts=()).baseline_proba(texts) is None


def test_a_rival_of_another_number_of_classes_is_refused() -> None:
    rival = NBSVM.fit([["a"], ["b"], ["c"]], np.array([0, 1, 2]), 3)
    model = Predictor(dataclasses.replace(stored(), baseline=rival.to_tensors()))
    with pytest.raises(ModelError, match=r"baseline\.safetensors: the rival knows 3 classes"):
        model.baseline_proba(["a"])


@given(st.lists(st.text(st.characters(), max_size=60), max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_string_has_an_answer(texts: list[str]) -> None:
    probabilities = SHARED.predict_proba(texts)
    assert probabilities.shape == (len(texts), 2)
    np.testing.assert_allclose(probabilities.sum(1), 1, atol=1e-12)
    for text, want in zip(texts, probabilities, strict=True):
        answers = list(SHARED.stream(text))
        if answers:
            np.testing.assert_allclose(answers[-1][1], want, atol=SAME)


SHARED = Predictor(stored())

WATCH = """
import atexit, json, os, sys
from gatewise.runtime.predictor import Predictor
import gatewise.text.tokenizer, safetensors.numpy, gatewise.text.encoding, gatewise.ops.native.lstm
import gatewise.runtime.lstm  # the code for a kind of network is loaded with the first model of it
gatewise.ops.native.is_available()  # the compiled library is loaded once in a process, not by a model
seen, watching = [], False
kinds = {"open", "socket", "exec", "compile", "subprocess", "ctypes", "pickle", "import", "os", "shutil", "urllib"}
def hook(event, arguments):
    # An open file handle being wrapped is an event too; the opening of it has been seen.
    if watching and event.split(".")[0] in kinds and not (event == "open" and type(arguments[0]) is int):
        seen.append([event, str(arguments[0])])
sys.addaudithook(hook)
watching = True
model = Predictor.load(sys.argv[1], parts=json.loads(sys.argv[2]))
model.predict_proba(["a film", "not good"])
list(model.stream("a film"))
watching = False
print(json.dumps({"seen": seen, "torch": "torch" in sys.modules}))
"""


@pytest.mark.parametrize("parts", [[], ["baseline", "metrics", "training_rows"]])
def test_loading_opens_the_models_own_files_and_does_nothing_else(parts: list[str], tmp_path: Path) -> None:
    import json

    write_model(tmp_path / "model", dataclasses.replace(stored(), baseline={"weights": np.zeros(3)}), "card")
    command = [sys.executable, "-c", WATCH, str(tmp_path / "model"), json.dumps(parts)]
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    report = json.loads(done.stdout)
    wanted = ["config.json", "model.safetensors", "tokenizer.json"]
    wanted += [{"metrics": "metrics.json"}.get(part, f"{part}.safetensors") for part in parts]
    opened = [name for event, name in report["seen"] if event == "open"]
    others = [entry for entry in report["seen"] if entry[0] != "open"]
    assert sorted(opened) == sorted(str(tmp_path / "model" / name) for name in wanted)
    assert others == []
    assert not report["torch"]
