"""Health tells the truth: live is not ready, and ready is a right answer, a living thread and no wish to end."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from small_services import Client, with_client

from gatewise.errors import ModelError, ParameterError
from gatewise.runtime.predictor import Predictor
from gatewise.serve.journal import Journal
from gatewise.serve.known_answer import TEXTS, TOLERANCE, known_answer
from gatewise.serve.limits import Limits
from gatewise.serve.served import read_served
from gatewise.serve.service import Service
from gatewise.store.config import TextConfig
from gatewise.store.folder import read_model
from small_model import make_folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("models") / "mine")


async def health(client: Client) -> tuple[int, int]:
    """Statuses of live and ready."""
    return (await client.ask("GET", "/health/live")).status, (await client.ask("GET", "/health/ready")).status


def test_a_service_that_has_started_is_ready_and_one_that_is_about_to_end_is_not(folder):
    async def test(client: Client) -> None:
        assert await health(client) == (200, 200)
        client.service.is_closing = True
        assert await health(client) == (200, 503)
        reply = await client.post("/v1/predict", {"texts": ["good"]})
        assert (reply.status, reply.headers["connection"]) == (200, "close")

    with_client([folder], test)


def test_a_model_that_answers_wrong_is_not_ready_until_it_answers_right_again(folder):
    async def test(client: Client) -> None:
        model = client.service.first
        right = model.batcher._predict
        model.batcher._predict = lambda texts: right(texts)[:, ::-1]
        await client.service._check(model)
        assert await health(client) == (200, 503)
        model.batcher._predict = right
        await client.service._check(model)
        assert await health(client) == (200, 200)
        assert [line["event"] for line in client.lines() if "event" in line] == ["not_ready", "ready"]

    with_client([folder], test)


def test_a_model_that_raises_is_not_ready_and_the_fault_is_in_the_log_without_its_message(folder):
    def fail(texts):
        raise ValueError("a secret text")

    async def test(client: Client) -> None:
        client.service.first.batcher._predict = fail
        await client.service._check(client.service.first)
        assert await health(client) == (200, 503)
        reply = await client.post("/v1/predict", {"texts": ["good"]})
        assert (reply.status, reply.code) == (500, "internal")
        faults = [line for line in client.lines() if line.get("event") == "fault"]
        assert {fault["kind"] for fault in faults} == {"ValueError"}
        assert reply.json["error"]["id"] in {fault["id"] for fault in faults}
        assert "secret" not in client.log.getvalue()

    with_client([folder], test)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_died_is_seen_at_once(folder):
    def end(texts):
        raise SystemExit

    async def test(client: Client) -> None:
        model = client.service.first
        model.batcher._predict = end
        reply = await client.post("/v1/predict", {"texts": ["good"]})
        assert reply.status in (500, 503)
        await asyncio.to_thread(model.batcher._thread.join, 20)
        assert await health(client) == (200, 503)
        reply = await client.post("/v1/predict", {"texts": ["good"]})
        assert (reply.status, reply.code) == (503, "unavailable")

    with_client([folder], test)


def test_a_service_whose_model_answers_wrong_does_not_start(folder):
    model = read_served(str(folder), limits=Limits())
    model.batcher._predict = lambda texts: np.full((len(texts), 2), 0.5)

    async def start() -> None:
        try:
            await model.start()
        finally:
            model.batcher.stop()

    with pytest.raises(ModelError, match="does not give the answer"):
        asyncio.run(start())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"is_blend": True},
        {"labels": ("a", "b", "c"), "bidirectional": True, "layers": 2},
        {"labels": (1, 2, 3), "ordinal": True, "text": TextConfig(3, "tail", "the", "is a")},
        {"reads": "both", "is_blend": True},
        {"network": "gru"},
        {"network": "qrnn"},
        {"network": "rnn", "layers": 2, "highway": True},
        {"network": "mlp", "pooling": "mean"},
    ],
    ids=str,
)
def test_the_known_answer_of_any_model_is_what_it_says(tmp_path, options):
    folder = make_folder(tmp_path / "mine", **options)
    stored = read_model(folder)
    predictor = Predictor(stored)
    # Single against double precision.
    np.testing.assert_allclose(predictor.predict_proba(TEXTS), known_answer(predictor, stored.tensors), atol=1e-6)


def test_the_known_answer_notices_a_small_change_of_the_weights(folder):
    stored = read_model(folder)
    predictor = Predictor(stored)
    changed = {**stored.tensors, "head.weight": stored.tensors["head.weight"] * np.float32(1.01)}
    off = np.abs(predictor.predict_proba(TEXTS) - known_answer(predictor, changed)).max()
    assert off > TOLERANCE


def test_models_with_one_name_cannot_be_told_apart(tmp_path):
    folders = [str(make_folder(tmp_path / place / "mine")) for place in ("a", "b")]
    with pytest.raises(ParameterError, match="mine"):
        Service.of(folders, limits=Limits(), journal=Journal())
