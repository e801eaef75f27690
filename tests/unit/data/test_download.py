from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from file_server import FileServer, serving

from gatewise.data.download import download
from gatewise.errors import DataError

CONTENT = bytes(range(256)) * 4096
SHA256 = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with serving(CONTENT) as served:
        yield served


def test_fetches_the_file_and_tells_progress(server: FileServer, tmp_path: Path) -> None:
    seen: list[tuple[int, int | None]] = []
    download(
        server.address, tmp_path / "deep" / "x", sha256=SHA256, progress=lambda have, total: seen.append((have, total))
    )
    assert (tmp_path / "deep" / "x").read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [have for have, _ in seen] == sorted({have for have, _ in seen})
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["x"]


def test_dropped_connection_is_continued_where_it_stopped(server: FileServer, tmp_path: Path) -> None:
    server.drop_after = 300_000
    with pytest.raises(DataError, match=r"lost after 300,000 of 1,048,576 bytes") as caught:
        download(server.address, tmp_path / "x", sha256=SHA256)
    assert "continues" in (caught.value.hint or "")
    assert not (tmp_path / "x").exists()
    server.drop_after = None
    download(server.address, tmp_path / "x", sha256=SHA256)
    assert (tmp_path / "x").read_bytes() == CONTENT
    assert server.requests == [None, "bytes=300000-"]


def test_interrupted_by_the_user_is_continued(server: FileServer, tmp_path: Path) -> None:
    def stop(have: int, total: int | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(server.address, tmp_path / "x", sha256=SHA256, progress=stop)
    had = (tmp_path / "x.part").stat().st_size
    assert 0 < had < len(CONTENT)
    download(server.address, tmp_path / "x", sha256=SHA256)
    assert (tmp_path / "x").read_bytes() == CONTENT
    assert server.requests[-1] == f"bytes={had}-"


def test_server_without_ranges_starts_anew(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "x.part").write_bytes(CONTENT[:1000])
    server.takes_ranges = False
    download(server.address, tmp_path / "x", sha256=SHA256)
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_part_that_is_complete_is_only_checked(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "x.part").write_bytes(CONTENT)
    download(server.address, tmp_path / "x", sha256=SHA256)
    assert (tmp_path / "x").read_bytes() == CONTENT


def test_wrong_checksum_deletes_the_file(server: FileServer, tmp_path: Path) -> None:
    server.content = CONTENT[:-1] + b"!"
    with pytest.raises(DataError, match="checksum"):
        download(server.address, tmp_path / "x", sha256=SHA256)
    assert list(tmp_path.iterdir()) == []


def test_part_of_another_file_is_found_out_and_the_next_try_succeeds(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "x.part").write_bytes(b"something else")
    with pytest.raises(DataError, match="checksum"):
        download(server.address, tmp_path / "x", sha256=SHA256)
    download(server.address, tmp_path / "x", sha256=SHA256)
    assert (tmp_path / "x").read_bytes() == CONTENT


@pytest.mark.parametrize("status", [403, 404, 500, 503])
def test_refusal_names_the_answer_and_keeps_the_part(server: FileServer, tmp_path: Path, status: int) -> None:
    (tmp_path / "x.part").write_bytes(CONTENT[:10])
    server.status = status
    with pytest.raises(DataError, match=f"answered {status}") as caught:
        download(server.address, tmp_path / "x", sha256=SHA256)
    assert caught.value.where == server.address
    assert (tmp_path / "x.part").read_bytes() == CONTENT[:10]


def test_length_that_is_not_told_is_no_obstacle(server: FileServer, tmp_path: Path) -> None:
    server.tells_length = False
    seen: list[int | None] = []
    download(server.address, tmp_path / "x", sha256=SHA256, progress=lambda _, total: seen.append(total))
    assert (tmp_path / "x").read_bytes() == CONTENT
    assert set(seen) == {None}


def test_server_that_sends_too_much_is_stopped(server: FileServer, tmp_path: Path) -> None:
    server.tells_length = False
    with pytest.raises(DataError, match="more than 500,000 bytes"):
        download(server.address, tmp_path / "x", sha256=SHA256, max_bytes=500_000)
    assert (tmp_path / "x.part").stat().st_size <= 500_000


def test_silent_server_is_given_up(server: FileServer, tmp_path: Path) -> None:
    server.is_silent = True
    with pytest.raises(DataError, match="broke off"):
        download(server.address, tmp_path / "x", sha256=SHA256, timeout=0.2)


def test_server_that_is_not_there(tmp_path: Path) -> None:
    with serving(b"") as served:
        address = served.address
    with pytest.raises(DataError, match="broke off") as caught:
        download(address, tmp_path / "x", sha256=SHA256)
    assert "--source" in (caught.value.hint or "")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/x", "x"])
def test_other_addresses_are_refused(address: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="only http"):
        download(address, tmp_path / "x", sha256=SHA256)
