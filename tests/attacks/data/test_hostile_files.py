"""Each hostile or odd file is read rightly, or refused with its place and advice; never a foreign exception."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hostile_files import ALL, Case

from gatewise.data.reader import read_examples, stream_texts
from gatewise.errors import GatewiseError


def _place(case: Case, folder: Path) -> str:
    path = folder / case.file if len(case.file) < 200 and "\0" not in case.file else None
    if path is not None:
        path.write_bytes(case.content) if isinstance(case.content, bytes) else case.content(path)
    return os.path.join(folder, case.file)


def test_there_are_enough_cases_and_no_two_of_one_name() -> None:
    assert len(ALL) >= 60
    assert len({case.name for case in ALL}) == len(ALL)


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_hostile_file_has_its_stated_outcome(case: Case, tmp_path: Path) -> None:
    if case.file.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    path = _place(case, tmp_path)
    if case.rows is not None:
        examples, report = read_examples(path, **case.options)
        assert list(zip(examples.texts, examples.labels, strict=True)) == case.rows
        assert len(report.refused) == len(case.refused)
        assert report.rows_read == len(case.rows) + len(case.refused)
        for found, (line, reason) in zip(report.refused[:10], case.refused, strict=False):
            assert found.line == line
            assert reason in found.reason
        assert "".join(examples.texts).encode()
        return
    with pytest.raises(GatewiseError) as caught:
        read_examples(path, **case.options)
    assert case.error in str(caught.value)
    if "encoding" not in case.error and "delimiter" not in case.error:
        assert caught.value.where is None or case.file.replace("\0", "\\x00") in caught.value.where
    if case.line is not None:
        assert caught.value.where == f"{path}:{case.line}"
    assert caught.value.hint, "an error without advice"
    assert len(str(caught.value)) < 1000 or len(path) > 1000


@pytest.mark.parametrize("case", ALL, ids=[case.name for case in ALL])
def test_hostile_file_can_be_streamed_for_its_texts(case: Case, tmp_path: Path) -> None:
    if case.file.endswith(".parquet"):
        pytest.importorskip("pyarrow")
    options = {name: value for name, value in case.options.items() if name != "label"}
    try:
        rows = list(stream_texts(_place(case, tmp_path), **options))
    except GatewiseError:
        # What cannot be streamed cannot be read with labels either.
        assert case.error
        return
    assert all((row.text is None) != (row.refused is None) for row in rows)
    if case.rows is not None:
        texts = [text for text, _ in case.rows]
        label_reasons = re.compile("label|surrogate|longer than 200|control|digits|neither")
        kept = [row.text for row in rows if row.text is not None]
        if not any(label_reasons.search(reason) for _, reason in case.refused):
            assert kept == texts


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_file_without_permission_is_named(tmp_path: Path) -> None:
    path = tmp_path / "secret.csv"
    path.write_text("text,label\n")
    path.chmod(0)
    with pytest.raises(GatewiseError, match="no permission"):
        read_examples(path)


def test_permission_error_is_explained_whoever_runs_the_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "secret.csv").write_text("text,label\na,b\n")
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(GatewiseError, match=r"secret\.csv: no permission"):
        read_examples(tmp_path / "secret.csv")


def test_file_that_grows_while_read_gives_the_new_rows_too(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("text\n" + "first\n" * 300_000)
    rows = stream_texts(path)
    assert next(rows).text == "first"
    with path.open("a") as file:
        file.write("last\n")
    assert [row.text for row in rows][-1] == "last"


def test_file_deleted_while_read_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("text\n" + "row\n" * 300_000)
    rows = stream_texts(path)
    next(rows)
    path.unlink()
    assert sum(1 for _ in rows) == 299_999


def test_file_cut_short_while_read_loses_only_what_was_cut(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("text\n" + "row\n" * 600_000)
    rows = stream_texts(path)
    next(rows)
    os.truncate(path, 100)
    texts = [row.text for row in rows]
    assert 0 < len(texts) < 600_000
    assert set(texts[:-1]) == {"row"}
