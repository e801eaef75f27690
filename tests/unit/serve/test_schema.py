"""What OpenAPI says is what the service does: cases made from the schema find no 5xx and no answer beside it."""

from __future__ import annotations

import warnings

import pytest
from small_services import Client, with_client

from server_process import running
from small_model import make_folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    top = tmp_path_factory.mktemp("models")
    return [make_folder(top / "first", is_blend=True), make_folder(top / "second", labels=(1, 2, 3), ordinal=True)]


def test_the_schema_names_models_limits_and_every_status(folders):
    async def test(client: Client) -> None:
        schema = (await client.ask("GET", "/openapi.json")).json
        predict = schema["paths"]["/v1/predict"]["post"]
        body = predict["requestBody"]["content"]["application/json"]["schema"]
        assert body["properties"]["model"]["enum"] == ["first", "second"]
        assert body["properties"]["texts"]["maxItems"] == client.service.limits.texts
        assert {"200", "401", "413", "422", "429", "431", "503", "504"} <= set(predict["responses"])
        assert set(schema["paths"]) | {"/", "/page/", "/openapi.json"} == set(client.app._rules.routes)

    with_client(folders, test)


def check_cases(folders, count: int) -> None:
    import schemathesis
    from hypothesis import HealthCheck, given, settings

    # A text that is too long may make a body that is: 413, which the library does not know as a refusal of the content.
    with running(*folders, wait_seconds=60.0, body_bytes=64 << 20) as server:
        url = f"http://127.0.0.1:{server.port}"
        schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
        operations = [found.ok() for found in schema.get_all_operations()]
        assert len(operations) == 8
        # Of those without a body there are few cases, after which they are done.
        each = count // sum(bool(operation.body) for operation in operations)
        for operation in operations:
            check = settings(
                max_examples=each,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
                derandomize=True,
            )
            modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]
            cases = operation.as_strategy(generation_mode=modes[0])
            if operation.body:
                cases |= operation.as_strategy(generation_mode=modes[1])

            @check
            @given(case=cases)
            def run(case):
                case.call_and_validate(base_url=url)

            run()
        lines = server.lines()
        assert not [line for line in lines if line.get("event") == "fault" or line.get("status", 0) >= 500]
        assert len(lines) >= count
        assert {line["status"] for line in lines} >= {200, 422}


def test_cases_made_from_the_schema(folders):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of the library's own.
        check_cases(folders, 300)


@pytest.mark.slow
def test_many_cases_made_from_the_schema(folders):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Of the library's own.
        check_cases(folders, 5_000)
