"""What comes by HTTP is what the model says offline, for every kind of model."""

from __future__ import annotations

import json

import numpy as np
import pytest
from small_services import TEXTS, Client, with_client

from gatewise.runtime.predictor import Predictor
from gatewise.serve import explaining
from gatewise.store.config import TextConfig
from small_model import make_folder

MODELS = {
    "lstm": {},
    "blend": {"is_blend": True},
    "three classes": {"labels": (1, 2, 3)},
    "softmax blend": {"labels": ("a", "b", "c"), "is_blend": True},
    "ordinal": {"labels": (1, 2, 3, 4), "ordinal": True},
    "two layers": {"layers": 2},
    "bidirectional": {"bidirectional": True},
    "backward": {"reads": "backward"},
    "both": {"reads": "both"},
    "cut": {"text": TextConfig(9, "head+tail")},
    "framed": {"text": TextConfig(before="the film", after="is a")},
    "gru": {"network": "gru"},
    "mlp": {"network": "mlp", "pooling": "mean"},
}
# By the native core an answer has the same bits in any company; what BLAS multiplies differs by its order of sums.
SAME = 1e-6


@pytest.mark.parametrize("name", MODELS)
def test_predictions_are_those_of_the_model_offline(tmp_path, name):
    folder = make_folder(tmp_path / "mine", **MODELS[name])
    predictor = Predictor.load(folder)
    wanted, labels = predictor.predict_proba(TEXTS), predictor.predict(TEXTS)

    async def test(client: Client) -> None:
        reply = await client.post("/v1/predict", {"texts": TEXTS})
        assert (reply.status, reply.json["model"]) == (200, "mine")
        answers = reply.json["predictions"]
        assert [answer["label"] for answer in answers] == labels
        given = [[answer["probabilities"][str(label)] for label in predictor.classes_] for answer in answers]
        np.testing.assert_allclose(given, wanted, rtol=0, atol=0 if name in ("lstm", "blend") else SAME)
        if predictor.values:
            expected = [answer["expected"] for answer in answers]
            np.testing.assert_allclose(expected, predictor.predict_expected(TEXTS), atol=SAME)
        else:
            assert "expected" not in answers[0]

    with_client([folder], test)


def events(body: bytes) -> list[tuple[str, dict]]:
    found = []
    for block in body.decode().split("\n\n")[:-1]:
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


@pytest.mark.parametrize("name", ["lstm", "blend", "ordinal"])
def test_a_stream_tells_each_word_and_ends_with_the_prediction(tmp_path, name):
    folder = make_folder(tmp_path / "mine", **MODELS[name])
    predictor = Predictor.load(folder)
    text = "this film is not good , " * 40

    async def test(client: Client) -> None:
        reply = await client.post("/v1/stream", {"text": text})
        assert reply.headers["content-type"].startswith("text/event-stream")
        *words, (last, end) = events(reply.body)
        wanted = list(predictor.stream(text))
        assert {kind for kind, _ in words} == {"word"}
        assert [word["word"] for _, word in words] == [word for word, _ in wanted]
        shares = [list(word["probabilities"].values()) for _, word in words]
        np.testing.assert_allclose(shares, [row for _, row in wanted], atol=SAME)
        assert last == "end"
        predicted = await client.post("/v1/predict", {"texts": [text]})
        assert end == predicted.json["predictions"][0]
        assert client.service.streaming.busy == 0

    with_client([folder], test)


def test_a_stream_of_the_empty_text_has_only_an_end(tmp_path):
    async def test(client: Client) -> None:
        reply = await client.post("/v1/stream", {"text": ""})
        assert [kind for kind, _ in events(reply.body)] == ["end"]

    with_client([make_folder(tmp_path / "mine")], test)


@pytest.mark.parametrize("name", ["bidirectional", "backward", "both"])
def test_a_model_that_does_not_read_forwards_says_that_it_cannot_stream(tmp_path, name):
    async def test(client: Client) -> None:
        reply = await client.post("/v1/stream", {"text": "a film"})
        assert (reply.status, reply.code) == (422, "cannot_stream")
        assert client.service.streaming.busy == 0

    with_client([make_folder(tmp_path / "mine", **MODELS[name])], test)


def test_an_explanation_is_that_of_the_room_explain(tmp_path):
    from gatewise.explain.explain import explain

    folder = make_folder(tmp_path / "mine", is_blend=True)
    wanted = explain(Predictor.load(folder), TEXTS[0], label="neg", method="occlusion").as_json()

    async def test(client: Client) -> None:
        reply = await client.post("/v1/explain", {"text": TEXTS[0], "label": "neg", "method": "occlusion"})
        assert reply.status == 200
        assert reply.json == json.loads(json.dumps(wanted))
        reply = await client.post("/v1/explain", {"text": "a film", "label": "nix"})
        assert (reply.status, reply.code) == (404, "unknown_label")
        reply = await client.post("/v1/explain", {"text": "a film", "method": "magic"})
        assert (reply.status, reply.code) == (422, "cannot_explain")

    with_client([folder], test)


def test_occlusion_is_refused_for_texts_that_would_keep_its_thread_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr(explaining, "MOST_OCCLUDED_WORDS", 20)

    async def test(client: Client) -> None:
        for words, method, status in ((20, "occlusion", 200), (21, "occlusion", 422), (21, "running", 200)):
            reply = await client.post("/v1/explain", {"text": "film " * words, "method": method})
            assert reply.status == status

    with_client([make_folder(tmp_path / "mine")], test)


def test_a_request_chooses_a_model_by_its_name_and_means_the_first_one_else(tmp_path):
    folders = [make_folder(tmp_path / "first"), make_folder(tmp_path / "second", labels=("x", "y", "z"))]

    async def test(client: Client) -> None:
        for asked, name in (({}, "first"), ({"model": "first"}, "first"), ({"model": "second"}, "second")):
            reply = await client.post("/v1/predict", {"texts": ["a"], **asked})
            assert reply.json["model"] == name
        assert (await client.post("/v1/predict", {"texts": ["a"], "model": "third"})).code == "unknown_model"
        listed = (await client.ask("GET", "/v1/models")).json["models"]
        assert [(model["name"], model["labels"]) for model in listed] == [
            ("first", ["neg", "pos"]),
            ("second", ["x", "y", "z"]),
        ]
        assert (await client.ask("GET", "/v1/model")).json == listed[0]

    with_client(folders, test)


def test_labels_that_json_must_escape_come_through(tmp_path):
    labels = ('a "quoted"\n', "ünï ✓")

    async def test(client: Client) -> None:
        answer = (await client.post("/v1/predict", {"texts": ["good"]})).json["predictions"][0]
        assert answer["label"] in labels
        assert set(answer["probabilities"]) == set(labels)

    with_client([make_folder(tmp_path / "mine", labels=labels)], test)
