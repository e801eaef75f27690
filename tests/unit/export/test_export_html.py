"""``gatewise export --to html``: one file that holds all it needs, under a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gatewise.cli.main import build
from gatewise.errors import GatewiseError, ModelError, ParameterError
from gatewise.export.html import html_page
from gatewise.page.files import SCRIPTS, asset
from gatewise.page.payload import payload
from page_models import KINDS, make_predictor


def test_the_file_holds_the_scripts_of_the_server_and_the_same_model() -> None:
    predictor = make_predictor(**KINDS["blended"])
    page = html_page(predictor, "m").decode()
    assert "".join(map(asset, SCRIPTS)) in page
    for name, content in payload(predictor, "m").items():
        (inside,) = re.findall(rf'<script type="text/plain" id="file-{re.escape(name)}">([^<]*)</script>', page)
        assert base64.b64decode(inside) == content
    assert not re.search(r'(?:src|href)="(?!data:|#)', page)


def test_the_policy_names_the_one_script_and_the_one_style() -> None:
    page = html_page(make_predictor(), "m").decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    for tag in ("script", "style"):
        (content,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_same_model_gives_the_same_bytes() -> None:
    assert html_page(make_predictor(), "m") == html_page(make_predictor(), "m")


def test_a_network_that_the_page_cannot_read_with_is_refused() -> None:
    with pytest.raises(ModelError, match="gates of an LSTM"):
        html_page(make_predictor(network="gru"), "m")


def run(*arguments: str) -> str:
    result = CliRunner().invoke(build("export"), ["export", *arguments])
    if result.exception:
        raise result.exception
    return result.stdout


def test_the_command_writes_the_file_and_says_where(tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    said = json.loads(run("imdb", "--out", str(target), "--json"))
    assert said == {"file": str(target), "format": "html", "bytes": target.stat().st_size}
    assert target.stat().st_size < 10e6
    assert "one file" not in run("imdb", "--to", "html", "--out", str(target))


def test_what_cannot_be_written_is_said_before_the_model_is_read(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="does not exist"):
        run("no-such-model", "--out", str(tmp_path / "nowhere" / "page.html"))
    with pytest.raises(ParameterError, match="is not a file"):
        run("no-such-model", "--out", str(tmp_path))
    with pytest.raises(ParameterError, match="is not one of html"):
        run("no-such-model", "--to", "pdf")
    with pytest.raises(GatewiseError, match="no-such-model"):
        run("no-such-model", "--out", str(tmp_path / "page.html"))
