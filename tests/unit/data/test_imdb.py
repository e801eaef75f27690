from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import numpy as np
import pytest
from file_server import serving
from small_imdb import ROWS, members, write_folder, write_tar

from gatewise.data.imdb import ARCHIVE_SHA256, fetch_imdb, import_imdb, is_cached, load_imdb
from gatewise.data.names import is_named, load_named
from gatewise.errors import DataError, GatewiseError, ParameterError


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GATEWISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache" / "imdb"


def _assert_loaded() -> None:
    for split, count in ROWS.items():
        examples = load_imdb(split)
        assert len(examples) == count
        assert examples.source == f"imdb:{split}"
    train = load_imdb("train")
    assert train.labels == ["neg"] * 3 + ["pos"] * 3
    assert train.ids == [
        f"train/{label}/{number}_{stars}" for label, stars in (("neg", 2), ("pos", 9)) for number in range(3)
    ]
    assert train.texts[4] == "train pos 1: café<br />\n\u2028\x85 end"
    assert train.stars is not None
    assert train.stars.tolist() == [2, 2, 2, 9, 9, 9]
    assert train.groups is not None
    assert train.groups.tolist() == [100, 100, 101] * 2
    unsup = load_imdb("unsup")
    assert unsup.labels == []
    assert unsup.stars is None
    assert unsup.ids == [f"unsup/{number}_0" for number in range(4)]


def test_import_from_tar(tmp_path: Path, cache: Path) -> None:
    report = import_imdb(write_tar(tmp_path / "aclImdb_v1.tar.gz"), rows=ROWS)
    assert report.rows == ROWS
    assert report.folder == cache
    _assert_loaded()


@pytest.mark.parametrize("inner", ["", "aclImdb"])
def test_import_from_folder(tmp_path: Path, inner: str) -> None:
    import_imdb(write_folder(tmp_path) / inner, rows=ROWS)
    _assert_loaded()


def test_import_from_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    for split, count in ROWS.items():
        numbers = [*range(3)] * 2 if split != "unsup" else [*range(4)]
        columns = {"id": numbers, "movie": [f"tt{100 + number // 2:07d}" for number in numbers]}
        names = ["neg"] * 3 + ["pos"] * 3 if split != "unsup" else ["unsup"] * 4
        part = "train" if split == "unsup" else split
        columns["text"] = [
            f"{part} {name} {n}: café<br />\n\u2028\x85 end" for name, n in zip(names, numbers, strict=True)
        ]
        if split != "unsup":
            columns["label"] = [int(name == "pos") for name in names]
            columns["rating"] = [9 if name == "pos" else 2 for name in names]
        assert len(numbers) == count
        # The file's own order must not matter.
        table = pa.table({name: values[::-1] for name, values in columns.items()})
        pq.write_table(table, tmp_path / f"{split}.parquet")
    import_imdb(tmp_path, rows=ROWS)
    _assert_loaded()


def test_every_way_of_import_gives_the_same_bytes(tmp_path: Path, cache: Path) -> None:
    import_imdb(write_tar(tmp_path / "x.tar.gz"), rows=ROWS)
    first = {path.name: path.read_bytes() for path in cache.iterdir()}
    import_imdb(write_folder(tmp_path), rows=ROWS)
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == first


def test_content_other_than_published_is_told(tmp_path: Path) -> None:
    report = import_imdb(write_tar(tmp_path / "x.tar.gz"), rows=ROWS)
    assert report.altered == ("train", "test", "unsup")


def test_fetch_imports_and_leaves_no_archive(tmp_path: Path, cache: Path) -> None:
    content = write_tar(tmp_path / "x.tar.gz").read_bytes()
    with serving(content) as server:
        sha256 = hashlib.sha256(content).hexdigest()
        report = fetch_imdb(address=server.address, sha256=sha256, rows=ROWS)
    assert report.altered == ()
    _assert_loaded()
    assert sorted(path.name for path in cache.iterdir()) == [
        "imdb.json",
        "test.jsonl.gz",
        "train.jsonl.gz",
        "unsup.jsonl.gz",
    ]


def test_archive_with_a_wrong_checksum_is_never_opened(tmp_path: Path, cache: Path) -> None:
    content = write_tar(tmp_path / "x.tar.gz").read_bytes()
    with serving(content) as server, pytest.raises(DataError, match="checksum"):
        fetch_imdb(address=server.address, sha256=ARCHIVE_SHA256, rows=ROWS)
    assert not is_cached()


def test_incomplete_source_leaves_the_cache_as_it_was(tmp_path: Path, cache: Path) -> None:
    import_imdb(write_tar(tmp_path / "x.tar.gz"), rows=ROWS)
    before = {path.name: path.read_bytes() for path in cache.iterdir()}
    with pytest.raises(DataError, match="train has 6 reviews; the published data set has 25,000"):
        import_imdb(tmp_path / "x.tar.gz")
    assert {path.name: path.read_bytes() for path in cache.iterdir()} == before


def _without(name: str) -> dict[str, bytes]:
    return {key: value for key, value in members().items() if key != name}


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a/b.txt": b"x"}, "holds no IMDB reviews"),
        (_without("aclImdb/train/urls_neg.txt"), "does not name the movie"),
        (members() | {"aclImdb/train/urls_neg.txt": b"http://elsewhere/"}, "line 1 is not the address of a title"),
        (members() | {"aclImdb/test/pos/0_9.txt": b"\xff"}, "is not UTF-8"),
        (members() | {"aclImdb/test/pos/0_9.txt": b"x" * 1_000_001}, "more than 1,000,000"),
        (members() | {"aclImdb/test/pos/3_9.txt": b"x"}, "does not name the movie"),
        (members() | {"../../aclImdb/test/pos/0_10.txt": b"x"}, "test has 7 reviews"),
    ],
)
def test_altered_archive_is_refused(files: dict[str, bytes], message: str, tmp_path: Path, cache: Path) -> None:
    with pytest.raises(DataError, match=message):
        import_imdb(write_tar(tmp_path / "x.tar.gz", files), rows=ROWS)
    assert not cache.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["x.tar.gz"]


@pytest.mark.parametrize("cut", [0, 10, 300])
def test_cut_archive_is_refused(tmp_path: Path, cut: int) -> None:
    path = write_tar(tmp_path / "x.tar.gz")
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(DataError):
        import_imdb(path, rows=ROWS)


def test_source_that_is_absent_or_something_else(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file or folder"):
        import_imdb(tmp_path / "absent")
    with pytest.raises(DataError, match="holds no IMDB reviews") as caught:
        import_imdb(tmp_path)
    assert "--source takes" in (caught.value.hint or "")


@pytest.mark.parametrize("name", ["imdb", "imdb:train", "imdb:test", "imdb:unsup"])
def test_named_but_not_fetched_says_what_to_type(name: str) -> None:
    with pytest.raises(DataError, match="not on this computer") as caught:
        load_named(name)
    assert "gatewise data imdb" in (caught.value.hint or "")


def test_plain_name_means_train(tmp_path: Path) -> None:
    import_imdb(write_tar(tmp_path / "x.tar.gz"), rows=ROWS)
    assert load_named("imdb").ids == load_named("imdb:train").ids
    assert load_named("imdb:test").source == "imdb:test"


@pytest.mark.parametrize("name", ["imdb:", "imdb:dev", "imdb:train:x"])
def test_names_that_do_not_exist(name: str) -> None:
    assert is_named(name)
    with pytest.raises(ParameterError, match="not a known data set"):
        load_named(name)


@pytest.mark.parametrize("path", ["./imdb", "imdb/", "x/imdb", "imdb.csv", ".\\imdb", "IMDB"])
def test_paths_are_no_names(path: str) -> None:
    assert not is_named(path)


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-20],
        lambda data: b"rubbish",
        lambda data: gzip.compress(b'{"id": 1}\n'),
        lambda data: gzip.compress(b"[]\n"),
        lambda data: gzip.compress(b"not json\n"),
        lambda data: gzip.compress(b"\xff\n"),
    ],
)
def test_damaged_cache_says_how_to_mend_it(damage, tmp_path: Path, cache: Path) -> None:
    import_imdb(write_tar(tmp_path / "x.tar.gz"), rows=ROWS)
    path = cache / "train.jsonl.gz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(GatewiseError) as caught:
        load_imdb("train")
    assert "gatewise data imdb" in (caught.value.hint or "")


def test_loading_needs_no_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import_imdb(write_tar(tmp_path / "x.tar.gz"), rows=ROWS)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert np.array_equal(load_imdb("test").stars, [2, 2, 2, 9, 9, 9])
