"""The test ledger keeps every line whole, numbered and on disk."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest

from gatewise.errors import DataError
from gatewise.evaluate.ledger import check_writable, record_test_read

PROCESSES, LINES = 4, 25


def append_lines(file: Path, process: int, numbers) -> None:
    for index in range(LINES):
        # Longer than a pipe's atomic write, so that a missing lock would tear lines apart.
        numbers.put(
            (record_test_read({"process": process, "index": index, "filler": "x" * 9_000}, file=file), process, index)
        )


def test_processes_that_append_at_once_keep_lines_whole_and_numbers_their_own(tmp_path):
    file = tmp_path / "ledger.jsonl"
    context = multiprocessing.get_context("spawn")
    numbers = context.Queue()
    workers = [context.Process(target=append_lines, args=(file, index, numbers)) for index in range(PROCESSES)]
    for worker in workers:
        worker.start()
    given = [numbers.get(timeout=60) for _ in range(PROCESSES * LINES)]
    for worker in workers:
        worker.join(timeout=60)
        assert worker.exitcode == 0
    lines = file.read_text().splitlines()
    assert len(lines) == PROCESSES * LINES
    for number, process, index in given:
        entry = json.loads(lines[number - 1])
        assert (entry["process"], entry["index"]) == (process, index)


def test_a_line_tells_when_and_by_which_code(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWISE_LEDGER", str(tmp_path / "new" / "ledger.jsonl"))
    assert record_test_read({"data": "imdb:test", "accuracy": 0.9}) == 1
    assert record_test_read({"data": "imdb:test", "accuracy": 0.8}) == 2
    first, second = map(json.loads, (tmp_path / "new" / "ledger.jsonl").read_text().splitlines())
    assert list(first) == ["date", "commit", "data", "accuracy"]
    assert first["date"].endswith("+00:00")
    assert first["commit"]
    assert (first["accuracy"], second["accuracy"]) == (0.9, 0.8)


def test_a_line_cut_short_by_a_crash_spoils_only_itself(tmp_path):
    file = tmp_path / "ledger.jsonl"
    file.write_text('{"accuracy": 0.5}\n{"accu')
    assert record_test_read({"accuracy": 0.7}, file=file) == 3
    lines = file.read_text().splitlines()
    assert lines[1] == '{"accu'
    assert json.loads(lines[2])["accuracy"] == 0.7


def test_a_ledger_that_cannot_be_written_is_an_error_that_names_it(tmp_path):
    for act in (lambda: record_test_read({}, file=tmp_path), lambda: check_writable(tmp_path)):
        with pytest.raises(DataError, match="ledger cannot be opened") as caught:
            act()
        assert str(tmp_path) in str(caught.value)
        assert "GATEWISE_LEDGER" in str(caught.value)


def test_a_score_that_is_no_number_is_not_recorded(tmp_path):
    file = tmp_path / "ledger.jsonl"
    with pytest.raises(ValueError, match="JSON"):
        record_test_read({"accuracy": float("nan")}, file=file)
    assert not file.exists()
