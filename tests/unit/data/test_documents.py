"""Documents of every kind of source, streamed; and what is refused."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_imdb import ROWS, members, write_tar

from gatewise.data import documents as room
from gatewise.data.documents import Documents
from gatewise.data.imdb import import_imdb
from gatewise.errors import DataError, GatewiseError, ParameterError

TWO = "First line,\nsecond line.\n\n\n \t\nAnother  document.\n"
SPLIT = ["First line,\nsecond line.", "Another  document."]


def read(path: Path, **options) -> list[str]:
    return list(Documents(str(path), **options))


@pytest.mark.parametrize(
    "content",
    [TWO.encode(), TWO.replace("\n", "\r\n").encode(), b"\xef\xbb\xbf" + TWO.encode(), TWO.encode("utf-16")],
    ids=["plain", "crlf", "mark", "utf-16"],
)
def test_blank_lines_separate_the_documents_of_a_text_file(tmp_path, content):
    path = tmp_path / "two.txt"
    path.write_bytes(content)
    assert read(path) == SPLIT
    packed = tmp_path / "two.txt.gz"
    packed.write_bytes(gzip.compress(content))
    assert read(packed) == SPLIT


def test_documents_are_the_same_wherever_the_file_is_cut_for_reading(tmp_path, monkeypatch):
    path = tmp_path / "many.txt"
    path.write_text("\n\n".join(f"document {number}\nof {number * 'x'}" for number in range(40)))
    whole = read(path)
    assert len(whole) == 40
    for size in (1, 2, 7):
        monkeypatch.setattr(room, "_READ", size)
        assert read(path) == whole


def test_a_text_without_any_line_end_is_read_in_pieces_cut_between_words(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "LONGEST", 100)
    monkeypatch.setattr(room, "_READ", 64)
    words = [f"w{number}" for number in range(1000)]
    path = tmp_path / "line.txt"
    path.write_text(" ".join(words))
    pieces = read(path)
    assert [word for piece in pieces for word in piece.split()] == words
    assert max(map(len, pieces)) <= 100
    path.write_text("x" * 1000)
    assert "".join(read(path)) == "x" * 1000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory is read from /proc")
@pytest.mark.parametrize("separator", [" ", "\n\n"], ids=["one line", "documents"])
def test_memory_does_not_grow_with_the_file(tmp_path, separator):
    path = tmp_path / "large.txt"
    with path.open("w") as file:
        for _ in range(60):
            file.write(("good film, " * 100 + separator) * 900)
    code = (
        "import sys\nfrom gatewise.data.documents import Documents\n"
        "def peak():\n"
        "    lines = open('/proc/self/status').read().splitlines()\n"
        "    return next(int(line.split()[1]) for line in lines if line.startswith('VmHWM'))\n"
        "before = peak()\nprint(sum(len(text.split()) for text in Documents(sys.argv[1])), peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    words, grown = map(int, done.stdout.split())
    assert path.stat().st_size > 59_000_000
    assert words == 60 * 900 * 200
    assert grown < 40_000  # kB: pieces of a million characters, and what it takes to cut and split one


def test_each_text_file_of_a_folder_is_a_document(tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "one.txt").write_text(TWO)
    (tmp_path / "a.TXT").write_text("Small.")
    (tmp_path / "notes.md").write_text("Not read.")
    (tmp_path / "empty.txt").write_text("\n")
    assert read(tmp_path) == ["Small.", TWO.strip()]
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match=r"holds no \.txt file"):
        Documents(str(tmp_path / "none")).fingerprint()


def test_tables_need_no_label_and_refused_rows_are_counted(tmp_path):
    table = tmp_path / "table.csv"
    table.write_text("review,other\ngood film,1\n,2\nbad film,3\n")
    documents = Documents(str(table))
    assert list(documents) == list(documents) == ["good film", "bad film"]
    assert dict(documents.refused) == {"text is empty": 1}
    lines = tmp_path / "lines.jsonl"
    lines.write_text("".join(json.dumps({"words": text, "text": "other"}) + "\n" for text in ("one", "two")))
    assert read(lines, text="words") == ["one", "two"]


def test_reviews_leave_out_unlabelled_copies_of_the_test_split(tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWISE_CACHE", str(tmp_path / "cache"))
    files = members()
    files["aclImdb/train/unsup/2_0.txt"] = files["aclImdb/test/pos/1_9.txt"].upper()
    import_imdb(write_tar(tmp_path / "aclImdb_v1.tar.gz", files), rows=ROWS)
    found = list(Documents("imdb"))
    assert len(found) == ROWS["train"] + ROWS["unsup"] - 1
    assert not any("test" in text.lower() for text in found)
    assert found == [*Documents("imdb:train"), *Documents("imdb:unsup")]


def test_what_changes_a_source_changes_its_fingerprint(tmp_path):
    (tmp_path / "one.txt").write_text("One.")
    before = Documents(str(tmp_path)).fingerprint()
    assert before == Documents(str(tmp_path)).fingerprint()
    (tmp_path / "two.txt").write_text("Two.")
    assert Documents(str(tmp_path)).fingerprint() != before
    (tmp_path / "two.txt").unlink()
    (tmp_path / "one.txt").write_text("Another one.")
    assert Documents(str(tmp_path)).fingerprint() != before


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("imdb:test", ParameterError, "test split"),
        ("imdb:all", ParameterError, "not a known data set"),
        ("texts.doc", GatewiseError, "no such file"),
    ],
)
def test_names_that_cannot_be_read_are_refused_at_once(name, kind, message):
    with pytest.raises(kind, match=message):
        Documents(name)


def test_a_missing_file_and_a_wrong_encoding_are_told(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        Documents(str(tmp_path / "missing.txt")).fingerprint()
    path = tmp_path / "latin.txt"
    path.write_bytes("fine\n\ncafé".encode("latin-1"))
    with pytest.raises(DataError, match="is not utf-8 text") as problem:
        read(path)
    assert "iconv" in problem.value.hint
