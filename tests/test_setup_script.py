"""scripts/setup.py decides quickly where torch comes from."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from our_scripts import load_script


@pytest.fixture
def setup():
    return load_script("setup")


@pytest.fixture
def index():
    class Index(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/whl/cpu/torch/" else 404)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = HTTPServer(("127.0.0.1", 0), Index)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/whl/cpu"
    server.shutdown()
    thread.join()
    server.server_close()


def installed(setup, monkeypatch) -> list[tuple[str, ...]]:
    calls: list[tuple[str, ...]] = []
    monkeypatch.setattr(setup, "pip", lambda *arguments, must=True: calls.append(arguments) or True)
    setup.install_torch()
    return calls


def test_an_index_that_answers_is_used(setup, index, monkeypatch):
    monkeypatch.setenv("TORCH_INDEX", index)
    assert installed(setup, monkeypatch) == [(setup.TORCH, "--index-url", index)]


def test_an_index_that_does_not_answer_costs_little_time_and_pip_decides(setup, monkeypatch, capsys):
    monkeypatch.setenv("TORCH_INDEX", "http://127.0.0.1:9/whl/cpu")
    began = time.monotonic()
    assert installed(setup, monkeypatch) == [(setup.TORCH,)]
    assert time.monotonic() - began < setup.PROBE_SECONDS + 2
    assert "does not answer" in capsys.readouterr().out


def test_the_cpu_index_is_the_default_on_linux_only(setup, monkeypatch):
    monkeypatch.delenv("TORCH_INDEX", raising=False)
    monkeypatch.setattr(setup, "answers", lambda index: True)
    monkeypatch.setattr(setup.sys, "platform", "linux")
    assert installed(setup, monkeypatch) == [(setup.TORCH, "--index-url", setup.CPU_INDEX)]
    monkeypatch.setattr(setup.sys, "platform", "darwin")
    assert installed(setup, monkeypatch) == [(setup.TORCH,)]
