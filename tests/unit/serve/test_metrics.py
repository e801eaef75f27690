"""What Prometheus is told: right counts, one way to write each, and no more series because strangers ask for more."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from small_services import Client, with_client

from small_model import make_folder

TEXTS = ["good", "a boring film"]
LABELS = ("route", "status", "code", "model")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("models") / "mine")


async def samples(client: Client) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Value by name and labels, as Prometheus reads it."""
    reply = await client.ask("GET", "/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(reply.body.decode())
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def test_requests_texts_characters_and_refusals_are_counted(folder):
    async def test(client: Client) -> None:
        before = await samples(client)
        for _ in range(3):
            await client.post("/v1/predict", {"texts": TEXTS})
        await client.post("/v1/predict", {"texts": []})
        after = await samples(client)
        route, model = ("route", "/v1/predict"), ("model", "mine")
        counted = {
            ("gatewise_requests_total", (route, ("status", "200"))): 3,
            ("gatewise_requests_total", (route, ("status", "422"))): 1,
            ("gatewise_request_seconds_count", (route,)): 4,
            ("gatewise_texts_total", (route,)): 3 * len(TEXTS),
            ("gatewise_refusals_total", (("code", "bad_texts"),)): 1,
            ("gatewise_batch_texts_sum", (model,)): 3 * len(TEXTS),
            ("gatewise_batch_seconds_count", (model,)): 3,
            ("gatewise_characters_total", (model,)): 3 * sum(map(len, TEXTS)),
        }
        assert {key: after[key] - before.get(key, 0) for key in counted} == counted
        assert after["gatewise_ready", (model,)] == 1
        assert after["gatewise_queue_texts", (model,)] == after["gatewise_queue_characters", (model,)] == 0

    with_client([folder], test)


def test_no_series_tells_when_a_counter_was_made(folder):
    async def test(client: Client) -> None:
        await client.post("/v1/predict", {"texts": TEXTS})
        assert not [name for name, _ in await samples(client) if name.endswith("_created")]

    with_client([folder], test)


def test_no_request_can_make_a_series_of_its_own(folder):
    async def test(client: Client) -> None:
        for path in ("/x", "/v1/predict/x", "/page/x", '/"}\n', "/openapi.json", "/v1/predict"):
            for method in ("GET", "POST", "BREW", "X" * 99):
                await client.ask(method, path)
        for name in ("x", "mine\n", '"'):
            await client.post("/v1/predict", {"texts": ["a"], "model": name})
        found = await samples(client)
        labels = {name: {value for _, pairs in found for key, value in pairs if key == name} for name in LABELS}
        assert {key for _, pairs in found for key, _ in pairs} == {*LABELS, "le", "version"}
        assert labels["route"] == {"other", "/page/", "/openapi.json", "/v1/predict"}
        assert labels["model"] == {"mine"}
        assert labels["status"] <= {"200", "404", "405", "415"}
        assert labels["code"] <= {"not_found", "wrong_method", "wrong_content_type", "unknown_model"}

    with_client([folder], test)
