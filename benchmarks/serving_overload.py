"""How the service bears more than it can do: overload, slow connections, signals under load, and long work.

Single IMDB train reviews to the packaged model, rival included, with the default limits. Requests come at random times
whatever the service does, and latencies count from the moment each was meant to be sent. Capacity is what 16
connections get answered when they ask without a pause.
"""

from __future__ import annotations

import signal
import socket
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from gatewise.data.names import load_named
from http_load import Answered, Figures, ask, bodies, percentile, start, summary
from sidebyside import conditions, finish, parser, versions

SHORT = "a good film , and not a boring one"
BUSY, TOO_MUCH = 0.8, 5.0
CONNECTIONS = 16


def server(*options: str) -> tuple[Any, int]:
    """A service of the packaged model."""
    return start([sys.executable, "-m", "gatewise", "serve", "--port", "0", "--quiet", *options], {})


def rss(process: Any) -> int:
    """Bytes in memory."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])


def files(process: Any) -> int:
    """Open files and connections."""
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


def capacity(port: int, requests: list[bytes], seconds: float) -> float:
    """Requests a second without a pause, refused ones not counted."""
    ask(port, requests, connections=CONNECTIONS, seconds=1.0)
    return float(summary(ask(port, requests, connections=CONNECTIONS, seconds=seconds), seconds)["requests_per_second"])


def overload(port: int, requests: list[bytes], seconds: float) -> Figures:
    """At 80 % of capacity, at five times as much as capacity, and at 80 % again."""
    most = capacity(port, requests, seconds)
    before = ask(port, requests, rate=BUSY * most, seconds=seconds)
    under = ask(port, requests, rate=TOO_MUCH * most, seconds=seconds)
    after = ask(port, requests, rate=BUSY * most, seconds=seconds)
    usual = summary(before, seconds)
    found = summary(under, seconds)
    return {
        "capacity_requests_per_second": most,
        "at_80_percent": usual,
        "at_500_percent": found,
        "at_80_percent_again": summary(after, seconds),
        "p99_of_accepted_to_that_at_80_percent": found["p99_ms"] / usual["p99_ms"],
        "seconds_until_usual": recovery(before, after),
    }


def by_second(answered: list[Answered]) -> list[tuple[float, float]]:
    """For each second the share refused and the 99th percentile of the latency of the others in milliseconds."""
    first = min(meant for meant, _, _ in answered)
    found = []
    for second in range(int(max(meant for meant, _, _ in answered) - first)):
        own = [entry for entry in answered if second <= entry[0] - first < second + 1]
        good = [took for _, status, took in own if status == 200]
        found.append((1 - len(good) / len(own), 1e3 * percentile(good, 0.99)))
    return found


def recovery(before: list[Answered], after: list[Answered]) -> float:
    """Seconds until no second has more refusals or a higher 99th percentile than twice the worst second before."""
    most_refused, slowest = (max(column) for column in zip(*by_second(before), strict=True))
    bad = [s for s, (refused, ms) in enumerate(by_second(after)) if refused > 2 * most_refused or ms > 2 * slowest]
    return bad[-1] + 1.0 if bad else 0.0


def slow_clients(port: int, requests: list[bytes], count: int, seconds: float) -> Figures:
    """Half of capacity, without and with so many connections that send a byte now and then."""
    rate = 0.5 * capacity(port, requests, seconds)
    alone = summary(ask(port, requests, rate=rate, seconds=seconds), seconds)
    slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(count)]
    try:
        for place, connection in enumerate(slow):
            connection.sendall(b"POST /v1/predict HTTP/1.1\r\nHost: localhost\r\n"[: 5 + place % 40])
        beside = summary(ask(port, requests, rate=rate, seconds=seconds), seconds)
    finally:
        for connection in slow:
            connection.close()
    return {"slow": count, "alone": alone, "beside": beside, "p99_ratio": beside["p99_ms"] / alone["p99_ms"]}


def signals(requests: list[bytes], times: int) -> Figures:
    """SIGTERM while requests are answered, again and again; what is lost, and how long an end takes."""
    ends = [end_under_load(requests) for _ in range(times)]
    codes = [code for code, _, _ in ends]
    answered = [entry for _, _, own in ends for entry in own]
    return {
        "times": times,
        "exit_codes": {code: codes.count(code) for code in set(codes)},
        "longest_seconds": max(seconds for _, seconds, _ in ends),
        "answered": sum(status == 200 for _, status, _ in answered),
        # Status 0: the service was not there any more.
        "failed": sum(status not in (0, 200) for _, status, _ in answered),
    }


def end_under_load(requests: list[bytes]) -> tuple[int, float, list[Answered]]:
    """Exit code, seconds from the signal to the exit, and what the requests got."""
    process, port = server("--max-wait", "60")
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask, port, requests, rate=50.0, seconds=0.6)
        time.sleep(0.5)  # The process that asks takes so long to begin.
        began = time.perf_counter()
        process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60)
        seconds = time.perf_counter() - began
        process.communicate()
        return code, seconds, asking.result()


def soak(port: int, process: Any, count: int) -> Figures:
    """Memory and open files over so many requests of short texts; the first tenth warms up."""
    requests = bodies([SHORT] * 4, 1)
    steps, rows = 10, []
    for step in range(steps + 1):
        answered = ask(port, requests, connections=16, count=max(count // 10, 1) if step == 0 else count // steps)
        rows.append({"rss": rss(process), "files": files(process), "failed": sum(s != 200 for _, s, _ in answered)})
    growth = (rows[-1]["rss"] - rows[0]["rss"]) / rows[0]["rss"] / (count / 100_000)
    return {"requests": count, "rows": rows, "rss_growth_per_100000": growth}


def main() -> None:
    """Measure and record."""
    made = parser(__doc__ or "", rounds=1)
    made.add_argument("--seconds", type=float, default=60.0, help="of each load")
    made.add_argument("--slow", type=int, default=200, help="slow connections")
    made.add_argument("--signals", type=int, default=100, help="times to end it under load")
    made.add_argument("--soak", type=int, default=200_000, help="requests of the long run")
    options = made.parse_args()
    figures: Figures = {"conditions": conditions(options), "packages": versions("fastapi", "uvicorn")}
    requests = bodies(load_named("imdb:train").texts[::25][:1_000], 1)
    process, port = server()
    try:
        figures["overload"] = overload(port, requests, options.seconds)
        figures["slow_clients"] = slow_clients(port, requests, options.slow, min(options.seconds, 20.0))
    finally:
        process.kill()
        process.communicate()
    if options.soak:
        process, port = server("--max-wait", "60")
        try:
            figures["soak"] = soak(port, process, options.soak)
        finally:
            process.kill()
            process.communicate()
    if options.signals:
        figures["signals"] = signals(requests, options.signals)
    finish("serving_overload", options, figures)


if __name__ == "__main__":
    main()
