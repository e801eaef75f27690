"""Hostile and odd files, each with its expected outcome.

A case is read rightly (`rows`, and `refused` as (line, part of the reason)), or refused as a whole (`error`: part of the
message; `line`: the line it must name). Contents are bytes, or a function that puts the file at a path.
"""

# A table is easiest to check with one case per line.
# ruff: noqa: E501

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Content = bytes | Callable[[Path], None]
GOOD = b"text,label\ngood,pos\nbad,neg\n"
GOOD_ROWS = [("good", "pos"), ("bad", "neg")]


@dataclass
class Case:
    name: str
    content: Content
    rows: list[tuple[str, str | int]] | None = None
    refused: list[tuple[int, str]] = field(default_factory=list)
    error: str = ""
    line: int | None = None
    file: str = "reviews.csv"
    options: dict[str, Any] = field(default_factory=dict)


def _json(*rows: object) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


def _directory(path: Path) -> None:
    path.mkdir()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _nothing(path: Path) -> None:
    pass


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _dangling(path: Path) -> None:
    path.symlink_to(path.with_name("absent"))


def _bomb(path: Path) -> None:
    """30 MB of short rows in 30 kB."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = (b"good " * 200 + b",pos\n") * 1000
    with path.open("wb") as file:
        file.write(packer.compress(b"text,label\n"))
        for _ in range(30):
            file.write(packer.compress(block))
        file.write(packer.flush())


def _cut_gzip(path: Path) -> None:
    path.write_bytes(gzip.compress(GOOD * 1000)[:-20])


def _flipped_gzip(path: Path) -> None:
    data = bytearray(gzip.compress(GOOD))
    data[-8] ^= 1
    path.write_bytes(bytes(data))


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
LONG = "word " * 1_000_000

ENCODINGS = [
    Case("plain utf-8", GOOD, GOOD_ROWS),
    Case("utf-8 with mark", b"\xef\xbb\xbf" + GOOD, GOOD_ROWS),
    Case("utf-8 with mark and encoding given", b"\xef\xbb\xbf" + GOOD, GOOD_ROWS, options={"encoding": "UTF8"}),
    Case("utf-16-le with mark", GOOD.decode().encode("utf-16"), GOOD_ROWS),
    Case("utf-16-be with mark", b"\xfe\xff" + GOOD.decode().encode("utf-16-be"), GOOD_ROWS),
    Case("utf-16-le with mark and encoding given", GOOD.decode().encode("utf-16"), GOOD_ROWS, options={"encoding": "utf-16-le"}),
    Case("utf-32 with mark", GOOD.decode().encode("utf-32"), GOOD_ROWS),
    Case("utf-16 without mark", GOOD.decode().encode("utf-16-le"), error="UTF-16"),
    Case("utf-16-be without mark", GOOD.decode().encode("utf-16-be"), error="UTF-16"),
    Case("utf-16 without mark, encoding given", GOOD.decode().encode("utf-16-le"), GOOD_ROWS, options={"encoding": "utf-16-le"}),
    Case("utf-16 cut in the middle of a character", GOOD.decode().encode("utf-16")[:-1], error="utf-16", line=3),
    Case("latin-1 read as utf-8", b"text,label\ngood,pos\ncaf\xe9,neg\n", error="byte 23 (0xe9)", line=3),
    Case("latin-1 with encoding given", "text,label\ncafé,neg\n".encode("latin-1"), [("café", "neg")], options={"encoding": "latin-1"}),
    Case("cp1252 quotes", b"text,label\n\x93fine\x94,pos\n", [("“fine”", "pos")], options={"encoding": "cp1252"}),
    Case("byte that cp1252 does not have", b"text,label\na\x81,pos\n", error="byte 12 (0x81)", line=2, options={"encoding": "cp1252"}),
    Case("utf-8 cut at the end", "text,label\ngood,posé".encode()[:-1], error="0xc3", line=2),
    Case("utf-8 surrogate bytes", b"text,label\n\xed\xa0\x80,pos\n", error="0xed", line=2),
    Case("overlong utf-8", b"text,label\n\xc0\xaf,pos\n", error="0xc0", line=2),
    Case("unknown encoding", GOOD, error="'klingon'", options={"encoding": "klingon"}),
    Case("encoding that is no text encoding", GOOD, error="'zlib'", options={"encoding": "zlib"}),
    Case("encoding with NUL", GOOD, error="encoding", options={"encoding": "utf\0"}),
    Case("mark against the encoding given", b"\xef\xbb\xbf" + GOOD, error="mark", options={"encoding": "cp1252"}),
    Case("shift-jis", "text,label\nよい,pos\n".encode("shift-jis"), [("よい", "pos")], options={"encoding": "shift-jis"}),
]  # fmt: skip

LINES_AND_QUOTES = [
    Case("mixed line ends", b"text,label\r\ngood,pos\rbad,neg\n", GOOD_ROWS),
    Case("only CR", GOOD.replace(b"\n", b"\r"), GOOD_ROWS),
    Case("no line end at the end", GOOD[:-1], GOOD_ROWS),
    Case("blank lines", b"\n\ntext,label\n\ngood,pos\n  \nbad,neg\n\n", GOOD_ROWS),
    Case("quoted line ends", b'text,label\n"one\ntwo\r\n\nthree",pos\nbad,neg\n', [("one\ntwo\r\n\nthree", "pos"), ("bad", "neg")]),
    Case("doubled quotes", b'text,label\n"say ""no""",neg\n', [('say "no"', "neg")]),
    Case("quote inside an unquoted field", b'text,label\nsay "no" now,neg\n', [('say "no" now', "neg")]),
    Case("delimiter in quotes", b'text,label\n"a,b",neg\n', [("a,b", "neg")]),
    Case("unclosed quote", b'text,label\n"good,pos\nbad,neg\nfine,pos\n', [("bad", "neg"), ("fine", "pos")], [(2, "quote")]),
    Case("unclosed quote in the last row", b'text,label\ngood,pos\n"bad,neg', [("good", "pos")], [(3, "quote")]),
    Case("unclosed quote before a quoted row", b'text,label\n"good,pos\n"bad",neg\n', [("bad", "neg")], [(2, "quote")]),
    Case("many unclosed quotes", b'text,label\n' + b'"a,pos\n' * 20_000 + b"bad,neg\n", [("bad", "neg")], [(line, "quote") for line in range(2, 20_002)]),
    Case("text after a closing quote", b'text,label\n"good" film,pos\nbad,neg\n', [("bad", "neg")], [(2, "twice")]),
    Case("backslash before a quote", b'text,label\n"so \\"good\\"",pos\nbad,neg\n', [("bad", "neg")], [(2, "twice")]),
    Case("unclosed quote in the header", b'"text,label\ngood,pos\n', error="quote", line=1),
    Case("too few and too many fields", b"text,label\ngood\na,b,c\nbad,neg\n", [("bad", "neg")], [(2, "1 field instead of 2"), (3, "3 fields")]),
    Case("row of commas", b"text,label\n,,,,\nbad,neg\n", [("bad", "neg")], [(2, "5 fields")]),
    Case("NUL in a row", b"text,label\ngo\0od,pos\nbad,neg\n", [("bad", "neg")], [(2, "NUL")]),
    Case("NUL in a quoted row", b'text,label\n"go\nod\0",pos\nbad,neg\n', [("bad", "neg")], [(2, "NUL")]),
    Case("only NUL", b"\0" * 5000, error="UTF-16"),
    Case("NUL in the header", b"text\0,label\ngood,pos\n", error="NUL", line=1),
    Case("random bytes", bytes(range(250, 0, -1)) * 40, error="0xfa", line=1),
    Case("line of 50 MB", b"text,label\n" + b"x" * 50_000_000 + b",pos\nbad,neg\n", [("bad", "neg")], [(2, "12,000,000")]),
    Case("header of 50 MB", b"x" * 50_000_000 + b"\n", error="12,000,000", line=1),
    Case("quoted field of 15 MB", b'text,label\n"' + (b"y" * 9999 + b"\n") * 1500 + b'",pos\n', error="a quote opens", line=2),
    Case("quoted field of 100,001 lines", b'text,label\n"' + b"y\n" * 100_001 + b'",pos\n', error="a quote opens", line=2),
    Case("quotes that each open anew", b"text,label\n" + b'a","b\n' * 300_000, error="too many quotes"),
    Case("text of 11 million characters", b"text,label\n" + b"x" * 11_000_000 + b",pos\nbad,neg\n", [("bad", "neg")], [(2, "10,000,000")]),
    Case("a million columns", b"a," * 1_000_000 + b"text\n", error="1,000,001 columns", line=1),
    Case("a million fields in a row", b"text,label\n" + b"," * 1_000_000 + b"\nbad,neg\n", [("bad", "neg")], [(2, "1000001 fields")]),
]  # fmt: skip

COLUMNS = [
    Case("empty file", b"", error="empty"),
    Case("only white space", b" \n\t\n\n", error="empty"),
    Case("only a mark", b"\xef\xbb\xbf", error="empty"),
    Case("header only", b"text,label\n", error="no rows"),
    Case("no label column", b"text,other\ngood,pos\n", error="no label column"),
    Case("no text column", b"words,label\ngood,pos\n", error="no text column"),
    Case("no header", b"good film,pos\nbad film,neg\n", error="no text column"),
    Case("column that is absent", GOOD, error="no column 'body'", options={"text": "body"}),
    Case("duplicated text column", b"text,text,label\na,b,pos\n", error="2 columns could hold the text"),
    Case("duplicated text column, told by number", b"text,text,label\na,b,pos\n", [("b", "pos")], options={"text": "2"}),
    Case("duplicated column of no interest", b",,text,label\n1,2,good,pos\n", [("good", "pos")]),
    Case("two text columns", b"review,message,label\na,b,pos\n", error="--text 'review' or --text 'message'"),
    Case("number beyond the columns", GOOD, error="columns are numbered 1 to 2", options={"text": "3"}),
    Case("number zero", GOOD, error="columns are numbered 1 to 2", options={"label": 0}),
    Case("same column for both", GOOD, error="both text and label", options={"text": "label"}),
    Case("data in place of a header", b"good,pos\nbad,neg\nfine,pos\n", error="first row seems to be data", line=1, options={"text": "1", "label": "2"}),
    Case("names in other case and spaces", b" Review , SENTIMENT\ngood,pos\n", [("good", "pos")]),
    Case("semicolons", GOOD.replace(b",", b";"), GOOD_ROWS),
    Case("semicolons and commas in texts", b"text;label\na,b;pos\nc,d;neg\n", [("a,b", "pos"), ("c,d", "neg")]),
    Case("line sep= of Excel", b"sep=|\r\ntext|label\r\ngood|pos\r\n", [("good", "pos")]),
    Case("tabs", GOOD.replace(b",", b"\t"), GOOD_ROWS, file="reviews.tsv"),
    Case("delimiter of two characters", GOOD, error="delimiter", options={"delimiter": "||"}),
    Case("delimiter that is a quote", GOOD, error="delimiter", options={"delimiter": '"'}),
    Case("wrong delimiter given", GOOD, error="no text column", options={"delimiter": "tab"}),
    Case("column name of a million characters", b"x" * 1_000_000 + b",label\ngood,pos\n", error="no text column"),
]  # fmt: skip

LABELS = [
    Case("labels with spaces", b"text,label\na, pos \nb,neg\n", [("a", "pos"), ("b", "neg")]),
    Case("labels in different case", b"text,label\na,Pos\nb,pos\n", [("a", "Pos"), ("b", "pos")]),
    Case("whole numbers", b"text,label\na,1\nb,-10\nc,0\n", [("a", 1), ("b", -10), ("c", 0)]),
    Case("one word among numbers", b"text,label\na,1\nb,x\n", [("a", "1"), ("b", "x")]),
    Case("Arabic digits stay words", "text,label\na,١٢\nb,12\n".encode(), [("a", "١٢"), ("b", "12")]),
    Case("underscores and zeros stay words", b"text,label\na,1_0\nb,01\nc,1\n", [("a", "1_0"), ("b", "01"), ("c", "1")]),
    Case("number of 400 digits", b"text,label\na," + b"9" * 400 + b"\nb,1\n", [("b", 1)], [(2, "longer than 200")]),
    Case("emoji as labels", "text,label\na,😀\nb,😡\n".encode(), [("a", "😀"), ("b", "😡")]),
    Case("empty label", b"text,label\na,\nb,neg\n", [("b", "neg")], [(2, "label is empty")]),
    Case("one class only", b"text,label\na,pos\nb,pos\n", [("a", "pos"), ("b", "pos")]),
    Case("100,000 classes", b"text,label\n" + b"".join(b"a,c%d\n" % n for n in range(100_000)), error="more than 1,000", line=1002),
    Case("terminal codes in a label", b"text,label\na,\x1b[31mpos\nb,neg\n", [("b", "neg")], [(2, "control character")]),
    Case("texts where labels should be", b"text,label\na," + b"word " * 100 + b"\nb,neg\n", [("b", "neg")], [(2, "longer than 200")]),
    Case("stars beside the label", b"text,label,rating\na,pos,8\nb,neg,x\n", [("a", "pos"), ("b", "neg")]),
    Case("stars in place of a label", b"text,stars\na,5\nb,1\n", [("a", 5), ("b", 1)]),
]  # fmt: skip

TEXTS = [
    Case("empty and white texts", "text,label\n,pos\n \t ,neg\n\u3000,neg\nbad,neg\n".encode(), [("bad", "neg")], [(2, "text is empty")] * 1 + [(3, "text is empty"), (4, "text is empty")]),
    Case("every row empty", b"text,label\n,pos\n,neg\n", error="none of its 2 rows", line=2),
    Case("only emoji", f"text,label\n{FAMILY}{FAMILY},pos\n".encode(), [(FAMILY * 2, "pos")]),
    Case("100,000 combining marks", ("text,label\na" + "\u0301" * 100_000 + ",pos\n").encode(), [("a" + "\u0301" * 100_000, "pos")]),
    Case("direction overrides", "text,label\n\u202eabc\u202c,pos\n".encode(), [("\u202eabc\u202c", "pos")]),
    Case("noncharacter U+FFFF", "text,label\na\uffffb,pos\n".encode(), [("a\uffffb", "pos")]),
    Case("control characters", b"text,label\na\x01\x1b[0m\x7f,pos\n", [("a\x01\x1b[0m\x7f", "pos")]),
    Case("Unicode line separators do not end rows", "text,label\na\u2028b\x85c\x0bd\x1ce,pos\n".encode(), [("a\u2028b\x85c\x0bd\x1ce", "pos")]),
    Case("a million words", f"text,label\n{LONG},pos\n".encode(), [(LONG, "pos")]),
    Case("formula", b'text,label\n"=1+cmd|\' /C calc\'!A0",pos\n', [("=1+cmd|' /C calc'!A0", "pos")]),
    Case("one text with two labels", b"text,label\na,pos\na,neg\n", [("a", "pos"), ("a", "neg")]),
    Case("strict stops at the first refused row", b"text,label\ngood,pos\n,neg\n", error="text is empty", line=3, options={"strict": True}),
]  # fmt: skip

JSON_LINES = [
    Case("json lines", _json({"text": "good", "label": "pos"}, {"label": "neg", "text": "bad"}), GOOD_ROWS, file="r.jsonl"),
    Case("json with utf-8 mark", b"\xef\xbb\xbf" + _json({"text": "good", "label": "pos"}), [("good", "pos")], file="r.json"),
    Case("half a surrogate pair in json", b'{"text": "a\\ud800b", "label": "pos"}\n', [("a\ufffdb", "pos")], file="r.jsonl"),
    Case("whole surrogate pair in json", b'{"text": "\\ud83d\\ude00", "label": "pos"}\n', [("😀", "pos")], file="r.jsonl"),
    Case("half a surrogate pair in a json label", b'{"text": "a", "label": "\\ud800"}\n{"text": "b", "label": "x"}\n', [("b", "x")], [(1, "surrogate")], file="r.jsonl"),
    Case("NUL in json", b'{"text": "a\\u0000", "label": "x"}\n{"text": "b", "label": "x"}\n', [("b", "x")], [(1, "NUL")], file="r.jsonl"),
    Case("NaN in json", b'{"text": "a", "label": NaN}\n{"text": "b", "label": 1}\n', [("b", 1)], [(1, "NaN")], file="r.jsonl"),
    Case("100,000 brackets", b'{"text": "b", "label": 1}\n{"text": ' + b"[" * 100_000 + b"\n", [("b", 1)], [(2, "nested")], file="r.jsonl"),
    Case("number of 5000 digits in json", b'{"text": "a", "label": ' + b"9" * 5000 + b'}\n{"text": "b", "label": 1}\n', [("b", 1)], [(1, "digits")], file="r.jsonl"),
    Case("the same key twice", b'{"text": "a", "text": "b", "label": 1}\n{"text": "b", "label": 1}\n', [("b", 1)], [(1, "twice")], file="r.jsonl"),
    Case("broken json line", b'{"text": "a", "label": 1}\n{"text": "b"\n{"text": "c", "label": 1}\n', [("a", 1), ("c", 1)], [(2, "not valid JSON")], file="r.jsonl"),
    Case("values that are no objects", b'{"text": "a", "label": 1}\n3\n"x"\nnull\n[]\n', [("a", 1)], [(n, "not a JSON object") for n in (2, 3, 4, 5)], file="r.jsonl"),
    Case("json array", b'[{"text": "a", "label": 1}]', error="JSON array", line=1, file="r.json"),
    Case("pretty-printed json", json.dumps({"text": "a", "label": 1}, indent=1).encode(), error="not valid JSON", line=1, file="r.json"),
    Case("csv named jsonl", GOOD, error="not valid JSON", line=1, file="r.jsonl"),
    Case("missing and wrong values", _json({"text": "a", "label": 1}, {"label": 1}, {"text": 3, "label": 1}, {"text": "b", "label": None}, {"text": "b", "label": []}, {"text": "b"}), [("a", 1)], [(2, "no field 'text'"), (3, "not a string"), (4, "label is missing"), (5, "neither"), (6, "label is missing")], file="r.jsonl"),
    Case("true and false", _json({"text": "a", "label": True}, {"text": "b", "label": False}), [("a", "true"), ("b", "false")], file="r.jsonl"),
    Case("json field by number", _json({"text": "a", "label": 1}), error="no numbers", options={"text": 1}, file="r.jsonl"),
    Case("empty json file", b"\n\n", error="empty", file="r.jsonl"),
]  # fmt: skip

KINDS = [
    Case("missing file", _nothing, error="no such file"),
    Case("folder", _directory, error="is a folder"),
    Case("pipe nobody writes to", _fifo, error="not a regular file"),
    Case("endless device", _device, error="not a regular file"),
    Case("link to nothing", _dangling, error="no such file"),
    Case("NUL in the name", _nothing, error="cannot be opened", file="a\0b.csv"),
    Case("name too long", _nothing, error="cannot be opened", file="a" * 5000 + ".csv"),
    Case("unknown ending", GOOD, error="the name does not tell", file="reviews.dat"),
    Case("no ending", GOOD, error="the name does not tell", file="reviews"),
    Case("gz without a format", gzip.compress(GOOD), error="the name does not tell", file="reviews.gz"),
    Case("plain text has no labels", b"good\nbad\n", error="no labels", file="reviews.txt"),
    Case("gzip", gzip.compress(GOOD), GOOD_ROWS, file="reviews.csv.gz"),
    Case("gzip in two members", gzip.compress(GOOD[:20]) + gzip.compress(GOOD[20:]), GOOD_ROWS, file="reviews.csv.gz"),
    Case("gzip named csv", gzip.compress(GOOD), error="gzip-compressed"),
    Case("csv named gz", GOOD, error="not gzip-compressed", file="reviews.csv.gz"),
    Case("empty gzip", gzip.compress(b""), error="empty", file="reviews.csv.gz"),
    Case("empty file named gz", b"", error="empty", file="reviews.csv.gz"),
    Case("gzip cut off", _cut_gzip, error="damaged or cut off", file="reviews.csv.gz"),
    Case("gzip with a wrong checksum", _flipped_gzip, error="damaged", file="reviews.csv.gz"),
    Case("gzip with rubbish behind", gzip.compress(GOOD) + b"rubbish", error="damaged", file="reviews.csv.gz"),
    Case("gzip bomb", _bomb, error="more than 200 times", file="reviews.csv.gz"),
    Case("zip or Excel named csv", b"PK\x03\x04" + b"\0" * 100, error="Excel"),
    Case("parquet named csv", b"PAR1" + b"\0" * 100, error="Parquet"),
    Case("csv named parquet", GOOD, error="Parquet", file="reviews.parquet"),
    Case("cut parquet", b"PAR1" + b"\0" * 100 + b"PAR1", error="Parquet", file="reviews.parquet"),
    Case("encoding for parquet", GOOD, error="encoding", file="reviews.parquet", options={"encoding": "utf-8"}),
]  # fmt: skip

ALL = ENCODINGS + LINES_AND_QUOTES + COLUMNS + LABELS + TEXTS + JSON_LINES + KINDS
