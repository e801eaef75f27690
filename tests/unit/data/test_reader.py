from __future__ import annotations

import csv
import gzip
import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gatewise.data.csv_rows import RowParser
from gatewise.data.examples import Examples
from gatewise.data.lines import Lines
from gatewise.data.reader import TextRow, read_examples, stream_texts
from gatewise.data.writer import write_csv
from gatewise.errors import DataError, MissingExtraError

ROWS = [('He said "no",\nand left', "neg", 2.0), ("a;b\tc|d", "pos", 9.5), ("naïve 😀", "pos", float("nan"))]


def _content(kind: str) -> bytes:
    if kind == "jsonl":
        rows = [
            {"text": text, "label": label, "stars": None if stars != stars else stars} for text, label, stars in ROWS
        ]
        return "\n".join(json.dumps(row) for row in rows).encode()
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter="\t" if kind == "tsv" else ",")
    writer.writerow(["label", "Review", "stars"])
    writer.writerows([label, text, "" if stars != stars else stars] for text, label, stars in ROWS)
    return buffer.getvalue().encode()


@pytest.mark.parametrize("packing", ["", ".gz"])
@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl"])
def test_every_format_gives_the_same_examples(kind: str, packing: str, tmp_path: Path) -> None:
    path = tmp_path / f"reviews.{kind}{packing}"
    path.write_bytes(gzip.compress(_content(kind)) if packing else _content(kind))
    examples, report = read_examples(path)
    assert examples.texts == [text for text, _, _ in ROWS]
    assert examples.labels == ["neg", "pos", "pos"]
    assert np.array_equal(examples.stars, [2.0, 9.5, np.nan], equal_nan=True)
    assert examples.source == str(path)
    assert (report.rows_read, report.refused, report.star_column) == (3, [], "stars")
    assert report.delimiter == {"csv": ",", "tsv": "\t", "jsonl": None}[kind]
    assert [row.text for row in stream_texts(path)] == examples.texts


def test_parquet_gives_the_same_examples(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    texts, labels, stars = zip(*ROWS, strict=True)
    table = pa.table({"text": [*texts, None, " "], "label": [*labels, "pos", "pos"], "rating": [*stars, 1.0, 1.0]})
    pq.write_table(table, tmp_path / "x.parquet")
    examples, report = read_examples(tmp_path / "x.parquet")
    assert examples.texts == list(texts)
    assert examples.labels == list(labels)
    assert [(row.line, row.reason) for row in report.refused] == [(4, "text is missing"), (5, "text is empty")]
    assert [row.text for row in stream_texts(tmp_path / "x.parquet")] == [*texts, None, None]


def test_parquet_whole_numbers_are_int_labels(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    pq.write_table(pa.table({"text": ["a", "b"], "label": pa.array([1, 0], pa.int8())}), tmp_path / "x.parquet")
    assert read_examples(tmp_path / "x.parquet")[0].labels == [1, 0]


def test_parquet_without_pyarrow_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"gatewise\[parquet\]"):
        read_examples(tmp_path / "x.parquet")


def test_report_lists_every_refused_row_and_sums_up(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("text,label\n" + ",pos\n" * 5 + "good,pos\n" + "a,b,c\n" + "bad,neg\n")
    examples, report = read_examples(path)
    assert len(examples) == 2
    assert [row.line for row in report.refused] == [2, 3, 4, 5, 6, 8]
    assert report.reasons == {"text is empty": 5, "row has 3 fields instead of 2": 1}
    assert str(report.refused[-1]) == f"{path}:8: row has 3 fields instead of 2"
    summary = report.summary()
    assert "2 of 8 rows used" in summary
    assert "refused 5: text is empty (line 2, 3, 4, ...)" in summary


def test_columns_by_name_and_number(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("id,Text A,text b,kind,label\n1,one,two,x,5\n")
    for text, label in (("text b", "kind"), (3, 4), ("3", "4"), ("TEXT B", "Kind")):
        examples, report = read_examples(path, text=text, label=label)
        assert (examples.texts, examples.labels) == (["two"], ["x"])
        assert (report.text_column, report.label_column) == ("text b", "kind")


def test_a_name_that_is_a_number_means_the_name(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("2,1\none,two\n")
    assert read_examples(path, text="2", label="1")[0].texts == ["one"]


def test_plain_text_is_one_text_a_line(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes('one, "two"\r\n\n  \nthree\u2028four\nfive\0'.encode())
    assert list(stream_texts(path)) == [
        TextRow(1, 'one, "two"', None),
        TextRow(2, None, "text is empty"),
        TextRow(3, None, "text is empty"),
        TextRow(4, "three\u2028four", None),
        TextRow(5, None, "contains a NUL character"),
    ]


def test_standard_input_is_read_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("\ufeffgood\nbäd".encode())))
    assert [row.text for row in stream_texts("-")] == ["good", "bäd"]


def test_no_standard_input_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(DataError, match="no standard input"):
        list(stream_texts("-"))


def test_streaming_starts_before_the_file_is_read_through(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"text\ngood\n" + b"fine\n" * 300_000 + b"\xff\n")
    rows = stream_texts(path)
    assert next(rows) == TextRow(2, "good", None)
    with pytest.raises(DataError, match=r"x\.csv:300003: byte 1,500,010"):
        for _ in rows:
            pass


def test_strict_streaming_stops_at_the_first_refused_row(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("text,label\ngood,pos\n,pos\nbad,neg\n")
    rows = stream_texts(path, strict=True)
    assert next(rows).text == "good"
    with pytest.raises(DataError, match=r"x\.csv:3: text is empty"):
        next(rows)


# Chunks are a megabyte; characters, CRLF and lines must survive any cut.
@pytest.mark.parametrize("size", [1, 2, 3, 5])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "gb18030"])
def test_chunk_borders_do_not_show(size: int, encoding: str) -> None:
    text = "é\r\n\r\r\n\n😀 x\r\ny\rz"

    class Slow(io.BytesIO):
        def read1(self, _: int | None = -1) -> bytes:
            return self.read(size)

    lines = list(Lines(Slow(text.encode(encoding)), encoding, "x"))
    assert [line.text for line in lines] == ["é\r\n", "\r", "\r\n", "\n", "😀 x\r\n", "y\r", "z"]
    assert [line.number for line in lines] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("size", [1, 7, 1000])
def test_place_of_a_bad_byte_does_not_depend_on_chunks(size: int) -> None:
    class Slow(io.BytesIO):
        def read1(self, _: int | None = -1) -> bytes:
            return self.read(size)

    with pytest.raises(DataError, match=r"x:4: byte 10 \(0xe9\)"):
        list(Lines(Slow(b"a\r\nb\rc\n\xc3\xa9d\xe9"), "utf-8", "x"))


cells = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12) | st.text(
    'a",\r\n;', max_size=8
)


@given(st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=6), st.sampled_from(",;\t|"))
def test_parser_agrees_with_the_standard_library(rows: list[list[str]], delimiter: str) -> None:
    for row in rows:
        buffer = io.StringIO(newline="")
        csv.writer(buffer, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerow(row)
        parser, found = RowParser(delimiter), None
        for line in io.StringIO(buffer.getvalue(), newline=""):
            assert found is None
            found = parser.feed(line)
        assert found == row


@given(st.text('ab",;', max_size=20))
def test_parser_takes_what_the_strict_standard_parser_takes(line: str) -> None:
    try:
        expected = next(csv.reader([line], strict=True), [])
    except csv.Error:
        expected = None
    try:
        found = RowParser(",").feed(line)
    except ValueError:
        found = None
    assert (found or None) == (expected or None) or (line == "" and found == [""])


texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=30)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(texts.filter(lambda text: not text.isspace()), st.sampled_from(["a", "b c", '"', ","])), min_size=1
    )
)
def test_what_is_written_is_read_back(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    examples = Examples([text for text, _ in rows], [label for _, label in rows])
    write_csv(tmp_path / "x.csv", examples)
    found, report = read_examples(tmp_path / "x.csv")
    assert report.refused == []
    assert (found.texts, found.labels) == (examples.texts, examples.labels)


def test_other_columns_are_kept_as_words_row_by_row(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,label,stars,Kind,pair\nfine,pos,4,irony,a\n,neg,1,lost,b\npoor,neg,2, ,a\n", encoding="utf-8")
    examples, report = read_examples(path, also=("pair", "kind"))
    assert examples.columns == {"pair": ["a", "a"], "kind": ["irony", ""]}
    assert examples.select([1]).columns == {"pair": ["a"], "kind": [""]}
    assert report.rows_read == 3
    lines = tmp_path / "rows.jsonl"
    lines.write_text('{"text": "fine", "label": "pos", "kind": 3}\n{"text": "poor", "label": "neg"}\n')
    assert read_examples(lines, also=("kind",))[0].columns == {"kind": ["3", ""]}
    with pytest.raises(DataError, match="there is no column 'tone'"):
        read_examples(path, also=("tone",))
