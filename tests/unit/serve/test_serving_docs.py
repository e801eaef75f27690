"""docs/serving.md does not lie: its lines run against a real service, its tables are the limits, codes and paths."""

from __future__ import annotations

import ast
import json
import re
import shlex
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_services import opened
from typer.testing import CliRunner

from gatewise.cli.main import build
from gatewise.serve.bodies import MOST_DEPTH
from gatewise.serve.limits import Limits
from gatewise.serve.protocol import MOST_HEADERS
from server_process import running
from small_model import make_folder

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
CURL = {
    line.split()[1 + ("-N" in line)].partition(":8000")[2]: line for line in PAGE.splitlines() if line[:5] == "curl "
}


def section(name: str) -> str:
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def rows(name: str) -> Iterator[list[str]]:
    """Cells of the table of a section."""
    for line in section(name).splitlines():
        if line.startswith("| ") and not line.startswith(("| limit ", "| status ", "| | ")):
            yield [cell.strip() for cell in line.strip("|").split(" | ")]


@pytest.fixture(scope="module")
def port():
    with running("imdb", wait_seconds=60.0) as server:
        yield server.port


def by_curl(line: str) -> str:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    command = [*shlex.split(line), "--silent", "--show-error", "--fail"]
    return subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=60).stdout


def by_python(line: str) -> str:
    """What curl would ask; knows the options that the page uses, and no other."""
    words = iter(shlex.split(line)[1:])
    address, headers, body = "", {}, None
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words).encode()
        elif word != "-N":
            assert word.startswith("http://")
            address = word
    with urllib.request.urlopen(urllib.request.Request(address, body, headers), timeout=60) as reply:
        return reply.read().decode()


@pytest.mark.parametrize("ask", [by_curl, by_python])
def test_its_lines_for_curl_give_what_it_says(port, ask):
    assert set(CURL) == {"/v1/predict", "/v1/explain", "/v1/stream", "/health/ready"}
    found = {path: ask(line.replace(":8000", f":{port}")) for path, line in CURL.items()}
    predicted = json.loads(found["/v1/predict"])
    assert set(predicted) == {"model", "predictions"}
    (answer,) = predicted["predictions"]
    assert set(answer) == {"label", "probabilities"}
    assert answer["label"] == "pos"
    explained = json.loads(found["/v1/explain"])
    assert [word["word"] for word in explained["words"]] == ["a", "great", "film", "."]
    assert explained["probabilities"] == pytest.approx(answer["probabilities"], abs=1e-6)  # summed in another order
    blocks = [block.split("\n") for block in found["/v1/stream"].split("\n\n")[:-1]]
    assert [name for name, _ in blocks] == ["event: word"] * 4 + ["event: end"]
    assert json.loads(blocks[-1][1].removeprefix("data: ")) == answer
    assert json.loads(found["/health/ready"])["status"] == "ready"


def test_its_table_of_limits_is_what_is_in_force():
    limits = Limits()
    outside = limits.skeleton_bytes - 4 * limits.texts
    slow = f"{limits.slow_requests}; {limits.slow_requests}"
    wanted = {
        "bytes of a body, declared or counted": f"{limits.body_bytes >> 20} MiB",
        "chunks of a body": f"{limits.chunks:,}",
        "texts in a request": f"{limits.texts}",
        "characters of a text": f"{limits.characters:,}",
        "levels of JSON": f"{MOST_DEPTH}",
        "characters of JSON outside its strings": f"{outside:,} and 4 a text",
        "request line and headers; number of headers": f"{limits.header_bytes >> 10} KiB; {MOST_HEADERS}",
        "time for the headers": f"{limits.header_seconds:g} s",
        "time for the body": f"{limits.body_seconds:g} s",
        "time for all": f"{limits.total_seconds:g} s",
        "texts that wait; characters": f"{limits.queued_texts:,}; {limits.queued_characters // 10**6} million",
        "time that a request may have to wait for its turn, by estimate": f"{limits.wait_seconds:g} s",
        "explanations at a time; streams at a time": slow,
        "connections": f"{limits.connections}",
    }
    assert {re.sub(r" \(`.*?`\)", "", row[0]): row[1] for row in rows("Limits")} == wanted


def test_its_options_are_those_of_the_command():
    told = set(re.findall(r"--[a-z]+(?:-[a-z]+)*", PAGE))
    shown = CliRunner().invoke(build("serve"), ["serve", "--help"], env={"COLUMNS": "200"}).stdout
    assert told <= set(re.findall(r"--[a-z]+(?:-[a-z]+)*", shown))


def test_its_table_of_errors_has_every_code_of_the_service():
    told = {int(status): set(re.findall(r"`(\w+)`", codes)) for status, codes in rows("Errors")}
    found: dict[int, set[str]] = {}
    for file in (ROOT / "src" / "gatewise" / "serve").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                for status, code in refused(node):
                    found.setdefault(status, set()).add(code)
    assert found == told


def refused(node: ast.Call) -> Iterator[tuple[int, str]]:
    """Status and code of a call that makes a refusal."""
    values = [one.value if isinstance(one, ast.Constant) else one for one in node.args]
    if node.func.id == "Refusal" and isinstance(values[1], str):
        yield values[0], values[1]
    if node.func.id == "unprocessable" and isinstance(values[0], str):
        yield 422, values[0]
    if node.func.id == "_optional":  # whose code is made of the entry's name
        yield 422, f"bad_{values[1]}"
    if node.func.id == "overloaded":
        status = [word.value.value for word in node.keywords if word.arg == "status"]
        yield (status or [503])[0], values[0]


def test_its_table_of_endpoints_has_every_path(tmp_path):
    told = set(re.findall(r"`(?:GET |POST )?(/[\w./]*)(?:\.\.\.)?`", section("Endpoints").partition("\n\n")[0]))
    with opened([make_folder(tmp_path / "mine")]) as client:
        assert told == {path.replace("/page/", "/page/...") for path in client.app._rules.routes}
