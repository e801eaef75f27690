"""A real process: what it says, how it ends, and what it does not let in."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter

import pytest

from gatewise.cli.main import run as main
from gatewise.runtime.predictor import Predictor
from gatewise.serve.server import listen
from server_process import ONE_THREAD, body_of, get, post, read_reply, running, status_of
from small_model import make_folder

TEXT = "a good film , and not a boring one"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return make_folder(tmp_path_factory.mktemp("models") / "mine")


def command(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "gatewise", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **ONE_THREAD, **environment},
    )


def test_the_command_says_where_it_is_and_the_line_it_shows_works(folder):
    wanted = Predictor.load("imdb").predict_proba([TEXT]).tolist()[0]
    process = command("imdb", str(folder), "--port", "0", "--drain", "0")
    try:
        first, second = process.stdout.readline(), process.stdout.readline()
        assert first.startswith("serving imdb, mine on http://127.0.0.1:")
        assert second.split()[0] == "curl"
        port = int(first.rsplit(":", 1)[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("POST", "/v1/predict", json.dumps({"texts": [TEXT]}), {"Content-Type": "application/json"})
        answer = json.loads(connection.getresponse().read())["predictions"][0]
        connection.close()
        assert [answer["probabilities"][label] for label in ("neg", "pos")] == wanted
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=60)
        assert process.returncode == 0
        lines = [json.loads(line) for line in log.splitlines()]
        assert TEXT not in log
        assert {"route": "/v1/predict", "status": 200, "texts": 1, "characters": len(TEXT)}.items() <= lines[0].items()
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "needs a token"),
        (["--token-file", "nowhere"], "nowhere"),
        (["./nowhere"], "there is no such folder"),
        (["http://example.org/model"], "not fetched"),
        (["--host", "203.0.113.7", "--port", "0"], "cannot listen"),
        (["--max-texts", "0"], "max-texts"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(arguments, said, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["gatewise", "serve", *arguments])
    monkeypatch.setattr("gatewise.cli.serve.use_one_blas_thread", lambda: None)  # It is for a whole process.
    monkeypatch.setenv("GATEWISE_TOKEN", "x" * 20 if "203.0.113.7" in arguments else "")
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code in (1, 2)
    assert said in capsys.readouterr().err


def test_a_port_that_is_taken_is_said_in_a_sentence():
    with listen("127.0.0.1", 0) as taken:
        taken.listen()
        process = command("--port", str(taken.getsockname()[1]))
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "cannot listen" in errors
    assert "--port 0" in errors


def test_a_token_is_asked_for_and_is_not_in_the_log(folder, tmp_path):
    file = tmp_path / "token"
    file.write_text("a-token-of-some-length\n", encoding="utf-8")
    process = command(str(folder), "--port", "0", "--token-file", str(file), "--drain", "0")
    try:
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        for headers, status in (({}, 401), ({"Authorization": "Bearer a-token-of-some-length"}, 200)):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/v1/model", headers=headers)
            assert connection.getresponse().status == status
            connection.close()
        process.terminate()
        said, log = process.communicate(timeout=60)
        assert "a-token-of-some-length" not in said + log
    finally:
        process.kill()
        process.communicate()


class Asking(threading.Thread):
    """Asks again and again, on a new connection or on one that stays open, until the service is not there any more."""

    def __init__(self, port: int, *, stays: bool) -> None:
        super().__init__()
        self.port, self.stays = port, stays
        self.found: Counter[str] = Counter()
        self.has_begun = threading.Event()

    def run(self) -> None:
        request = post("/v1/predict", {"texts": [TEXT] * 8}, close=not self.stays)
        while True:
            try:
                connection = socket.create_connection(("127.0.0.1", self.port), timeout=60)
            except OSError:
                return
            with connection:
                is_first = True
                while True:
                    reply = b""
                    try:
                        connection.sendall(request)
                        reply = read_reply(connection)
                    except OSError:
                        pass
                    if not reply:
                        # Nothing at all came: an idle connection that was closed as this was sent, or one that was
                        # never accepted. Half an answer would be a loss, and is counted as one.
                        self.found["none on a new one" if is_first else "none on an old one"] += 1
                        break
                    is_whole = status_of(reply) == 200 and len(body_of(reply)["predictions"]) == 8
                    self.found["whole" if is_whole else "not whole"] += 1
                    self.has_begun.set()
                    is_first = False
                    if b"connection: close" in reply:
                        break


def stop_under_load(folder) -> None:
    """Send SIGTERM while six clients ask; every request that was accepted is answered, and the exit is clean."""
    with running(folder, wait_seconds=60.0, drain_seconds=0.1) as server:
        asking = [Asking(server.port, stays=bool(number % 2)) for number in range(6)]
        for thread in asking:
            thread.start()
        for thread in asking:
            assert thread.has_begun.wait(60)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=10) == 0
        found: Counter[str] = Counter()
        for thread in asking:
            thread.join(60)
            found += thread.found
        assert found["not whole"] == 0, found
        assert found["none on an old one"] == 0, found
        # At the moment when the socket is closed a connection may be in the system's queue, which no one has accepted.
        assert found["none on a new one"] <= 6, found
        lines = server.lines()
        answered = sum(line.get("route") == "/v1/predict" and line["status"] == 200 for line in lines)
        assert answered == found["whole"]
        assert lines[-1]["event"] == "closed"


def test_stopping_under_load_loses_no_request_and_exits_with_0(folder):
    stop_under_load(folder)


def test_ready_says_no_before_the_door_closes(folder):
    with running(folder, drain_seconds=0.8) as server:
        assert status_of(server.exchange(get("/health/ready"))) == 200
        server.process.send_signal(signal.SIGTERM)
        while status_of(reply := server.exchange(get("/health/ready"))) == 200:
            pass  # until the signal has come
        assert (status_of(reply), body_of(reply)["status"]) == (503, "not ready")
        assert status_of(server.exchange(get("/health/live"))) == 200
        assert status_of(server.exchange(post("/v1/predict", {"texts": [TEXT]}))) == 200
        assert server.process.wait(timeout=10) == 0


@pytest.mark.slow
@pytest.mark.parametrize("number", range(100))
def test_stopping_under_load_a_hundred_times(folder, number):
    stop_under_load(folder)
