"""Whatever interrupts a save, and whoever reads meanwhile: the old model or the new one, whole."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_models import make_model, seeds_of

from gatewise.errors import ModelError
from gatewise.store import atomic
from gatewise.store.folder import read_model, write_model

HERE = Path(__file__).resolve().parent
FIXED = {
    "README.md",
    "baseline.safetensors",
    "config.json",
    "metrics.json",
    "model.safetensors",
    "tokenizer.json",
    "training_rows.safetensors",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_model(tmp_path / "model", make_model(), "card 0")
    return tmp_path / "model"


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


class Fault:
    """The n-th call of a system function fails, and what follows too where `for_good`."""

    def __init__(self, real: Callable[..., object], error: BaseException, number: int, for_good: bool) -> None:
        self.real, self.error, self.number, self.for_good, self.calls = real, error, number, for_good, 0

    def __call__(self, *args: object, **options: object) -> object:
        self.calls += 1
        if self.calls == self.number or (self.for_good and self.calls > self.number):
            raise self.error
        return self.real(*args, **options)


@pytest.mark.parametrize("for_good", [False, True])
@pytest.mark.parametrize(
    ("function", "code"),
    [
        ("replace", errno.EIO),
        ("fsync", errno.ENOSPC),
        ("open", errno.EACCES),
        ("unlink", errno.EIO),
        ("fdopen", errno.EIO),
    ],
)
def test_a_fault_at_any_call_leaves_one_whole_model(
    function: str, code: int, for_good: bool, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    number, faults, old = 0, 0, folder
    while True:
        number += 1
        folder = old.with_name(str(number))
        shutil.copytree(old, folder)
        fault = Fault(getattr(os, function), OSError(code, os.strerror(code)), number, for_good)
        with monkeypatch.context() as patch:
            patch.setattr(os, function, fault)
            try:
                write_model(folder, make_model(1), "card 1")
                failed = False
            except ModelError as problem:
                failed, hint = True, problem.hint
        seeds = seeds_of(read_model(folder))
        assert len(seeds) == 1
        if failed:
            faults += 1
            assert seeds == ({1} if "new model is in place" in (hint or "") else {0})
        write_model(folder, make_model(2), "card 2")
        assert seeds_of(read_model(folder)) == {2}
        assert names(folder) == FIXED
        if fault.calls < number:
            assert seeds == {1}
            break
    assert faults or function == "unlink"


@pytest.mark.parametrize("number", range(1, 8))  # config.json, five files, README.md
def test_an_interrupt_by_the_user_leaves_one_whole_model(
    number: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = Fault(os.replace, KeyboardInterrupt(), number, False)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fault)
        with pytest.raises(KeyboardInterrupt):
            write_model(folder, make_model(1), "card 1")
    assert seeds_of(read_model(folder)) == ({0} if number == 1 else {1})


def test_a_full_disk_leaves_nothing_behind(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", Fault(os.fsync, full, 3, True))
        with pytest.raises(ModelError, match="No space left on device") as caught:
            write_model(folder, make_model(1), "card 1")
    assert caught.value.hint == "what was there before is unchanged"
    assert names(folder) == FIXED


def test_a_folder_in_the_place_of_a_file_is_an_error_before_anything_is_written(folder: Path) -> None:
    (folder / "README.md").unlink()
    (folder / "README.md").mkdir()
    with pytest.raises(ModelError, match="a folder stands where"):
        write_model(folder, make_model(1), "card")
    assert seeds_of(read_model(folder)) == {0}


def test_a_file_in_the_place_of_the_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("")
    with pytest.raises(ModelError, match="cannot be made"):
        write_model(tmp_path / "model", make_model(), "card")


def test_a_folder_with_files_of_another_kind_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(ModelError, match=r"holds README\.md but no model"):
        write_model(tmp_path, make_model(), "card")
    assert (tmp_path / "README.md").read_text() == "mine"


SAVE_LOOP = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from small_models import make_model
from gatewise.store.folder import write_model
models = [make_model(seed) for seed in range(1, 6)]
print("ready", flush=True)
while True:
    for model in models:
        write_model(Path(sys.argv[2]), model, "card")
"""


@pytest.fixture
def save_loop(folder: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-c", SAVE_LOOP, str(HERE), str(folder)]
        # One thread of BLAS: starting its others takes longer than what is tested here.
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def kill_at_random(folder: Path, save_loop: Callable[[], subprocess.Popen[bytes]], times: int) -> None:
    dice, untidy = random.Random(0), 0
    for _ in range(times):
        process = save_loop()
        until = time.monotonic() + dice.uniform(0, 0.03)
        while time.monotonic() < until:  # Reading all the while: a reader beside a writer sees whole models too.
            assert len(seeds_of(read_model(folder))) == 1
        process.send_signal(signal.SIGKILL)
        process.wait()
        untidy += names(folder) != FIXED
        assert len(seeds_of(read_model(folder))) == 1
    assert untidy, "no kill has met a save half done: the test has not tested"
    write_model(folder, make_model(9), "card")
    assert seeds_of(read_model(folder)) == {9}
    assert names(folder) == FIXED


def test_kill_9_never_costs_the_model(folder: Path, save_loop: Callable[[], subprocess.Popen[bytes]]) -> None:
    kill_at_random(folder, save_loop, 20)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_300_times_kill_9_never_costs_the_model(folder: Path, save_loop: Callable[[], subprocess.Popen[bytes]]) -> None:
    kill_at_random(folder, save_loop, 300)


def test_a_second_save_of_the_same_model_killed_half_way_does_not_cost_it(folder: Path) -> None:
    """Its half-written file bears the waiting name of a file of the model in place, and is not that file."""
    write_model(folder, make_model(1), "card")
    sealed = json.loads((folder / "config.json").read_text())["files"]["model.safetensors"]["sha256"]
    (folder / f".model.safetensors.{sealed[:16]}.new").write_bytes(b"")
    full = OSError(errno.ENOSPC, "full")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", Fault(os.fsync, full, 1, True))
        with pytest.raises(ModelError, match="full"):
            write_model(folder, make_model(2), "card")
    assert seeds_of(read_model(folder)) == {1}


def test_two_writers_and_a_reader_see_whole_models_only(folder: Path) -> None:
    problems: list[BaseException] = []

    def write(seeds: range) -> None:
        try:
            for seed in seeds:
                write_model(folder, make_model(seed), "card")
        except BaseException as problem:
            problems.append(problem)

    writers = [threading.Thread(target=write, args=(range(start, 20, 2),)) for start in (0, 1)]
    for writer in writers:
        writer.start()
    reads = 0
    while any(writer.is_alive() for writer in writers):
        assert len(seeds_of(read_model(folder))) == 1
        reads += 1
    assert not problems
    assert reads
    assert names(folder) == FIXED


def test_a_save_killed_after_its_commit_is_completed_by_the_next(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next save must not throw away the waiting files before it has put others in the place of the model."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", Fault(os.replace, OSError(errno.EIO, "gone"), 3, True))
        with pytest.raises(ModelError):
            write_model(folder, make_model(1), "card")
    assert seeds_of(read_model(folder)) == {1}
    full = OSError(errno.ENOSPC, "full")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", Fault(os.fsync, full, 1, True))
        with pytest.raises(ModelError, match="full"):
            write_model(folder, make_model(1), "card")
    assert seeds_of(read_model(folder)) == {1}
    assert names(folder) <= FIXED


def test_write_bytes_replaces_whole_and_leaves_nothing_when_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    atomic.write_bytes(path, b"old")
    for function in ("replace", "fsync"):
        with monkeypatch.context() as patch:
            patch.setattr(os, function, Fault(getattr(os, function), OSError(errno.EIO, "broken"), 1, False))
            with pytest.raises(OSError, match="broken"):
                atomic.write_bytes(path, b"new")
        assert path.read_bytes() == b"old"
        assert names(tmp_path) == {"file"}
    atomic.write_bytes(path, b"new")
    assert path.read_bytes() == b"new"


def test_orphans_are_swept_and_nothing_else(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    orphans = [f".state.{gone.pid}-0123abcd.tmp", f".a.b.{os.getpid()}-0123abcd.tmp"]
    others = [f".state.{os.getppid()}-0123abcd.tmp", ".mine.tmp", "state", f"state.{gone.pid}-0123abcd.tmp"]
    for name in (*orphans, *others):
        (tmp_path / name).write_text("")
    assert {path.name for path in atomic.sweep_orphans(tmp_path)} == set(orphans)
    assert names(tmp_path) == set(others)


def test_sha256_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    (tmp_path / "abc").write_bytes(b"abc")  # The first example of FIPS 180-2.
    assert atomic.sha256_file(tmp_path / "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
