"""From nothing to the first answer: seconds until ``gatewise serve`` is ready, and its memory then and after some work.

Ready means that ``/health/ready`` says 200, asked every few milliseconds from the moment the process is begun: by then
the packaged model has been read and has given its known answer. The work is 2,000 predictions of IMDB train reviews.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import closing
from typing import Any

from gatewise.data.names import load_named
from http_load import ask, bodies
from record import spread
from serving_overload import rss
from sidebyside import conditions, finish, parser, versions

BETWEEN = 0.005
PATIENCE = 60.0


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        return int(listening.getsockname()[1])


def is_ready(port: int) -> bool:
    """Whether the service says so; not while there is none."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=PATIENCE) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def one(requests: list[bytes]) -> dict[str, float]:
    """Seconds until ready; megabytes then, and after the work."""
    port = free_port()
    command = [sys.executable, "-m", "gatewise", "serve", "--port", str(port), "--quiet", "--max-wait", "60"]
    began = time.perf_counter()
    process: subprocess.Popen[bytes] = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not is_ready(port):
            assert process.poll() is None, "the service has ended"
            assert time.perf_counter() - began < PATIENCE, "the service does not get ready"
            time.sleep(BETWEEN)
        seconds, first = time.perf_counter() - began, rss(process)
        ask(port, requests, connections=16, count=2_000)
        return {"seconds": seconds, "megabytes": first / 1e6, "megabytes_after_work": rss(process) / 1e6}
    finally:
        process.kill()
        process.communicate()


def main() -> None:
    """Measure and record; the first run does not count."""
    options = parser(__doc__ or "", rounds=9).parse_args()
    figures: dict[str, Any] = {"conditions": conditions(options), "packages": versions("fastapi", "uvicorn", "uvloop")}
    requests = bodies(load_named("imdb:train").texts[::25][:1_000], 1)
    runs = [one(requests) for _ in range(options.rounds + 1)][1:]
    figures |= {name: spread([run[name] for run in runs]) for name in runs[0]}
    finish("serving_start", options, figures)


if __name__ == "__main__":
    main()
