"""Memory does not grow with the file: measured in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")

CODE = """
import sys
from gatewise.data.reader import stream_texts

def peak():
    # ru_maxrss would count the process that started this one.
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))

before = peak()
rows = refused = 0
for row in stream_texts(sys.argv[1]):
    rows += 1
    refused += row.refused is not None
print(rows, refused, before, peak())
"""


def _streamed(path: Path) -> tuple[int, int, int, int]:
    done = subprocess.run([sys.executable, "-c", CODE, str(path)], capture_output=True, text=True, check=True)
    rows, refused, before, after = map(int, done.stdout.split())
    return rows, refused, before, after


def test_large_file_is_streamed_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    row = b'"' + b"good film, " * 200 + b'",pos\n'
    with path.open("wb") as file:
        file.write(b"text,label\n")
        for _ in range(50):
            file.write(row * 1000)
    assert path.stat().st_size > 100_000_000
    rows, refused, before, after = _streamed(path)
    assert (rows, refused) == (50_000, 0)
    assert after - before < 40_000_000


def test_line_of_50_megabytes_takes_less_than_200(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"text,label\n" + b"x" * 50_000_000 + b",pos\ngood,pos\n")
    rows, refused, _, after = _streamed(path)
    assert (rows, refused) == (2, 1)
    assert after < 200_000_000


def test_unclosed_quote_does_not_take_the_file_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "quote.csv"
    path.write_bytes(b'text,label\n"good,pos\n' + (b"a film of some length," * 40 + b"pos\n") * 70_000)
    rows, refused, before, after = _streamed(path)
    assert (rows, refused) == (70_001, 70_001)
    assert after - before < 120_000_000
