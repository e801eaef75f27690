"""The native core is one wheel for every Python, is done without where it must be, and shows only its own names."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
IN_SOURCE = ROOT / "src" / "gatewise" / "ops" / "native"
SHIPPED = ["pyproject.toml", "CMakeLists.txt", "README.md", "LICENSE", "CHANGELOG.md", "csrc", "scripts", "src"]
MOST_BYTES = 2 << 20
SYSTEM_LIBRARIES = r"(libc|libm|libpthread|ld-linux[\w-]*|libc\.musl[\w-]*)\.so[.\d]*"


@pytest.fixture
def library() -> Path:
    found = [path for path in IN_SOURCE.glob("*gatewise.*") if path.suffix in {".so", ".dylib", ".dll"}]
    return found[0] if found else pytest.skip("the native core is not built; make native builds it")


@pytest.fixture
def checkout(tmp_path) -> Path:
    """A copy of what an sdist holds, with a stale library in it, which must never be shipped."""
    copy = tmp_path / "checkout"
    copy.mkdir()
    ignored = shutil.ignore_patterns("__pycache__", "*.so", "*.dylib", "*.dll")
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=ignored)
        else:
            shutil.copy2(ROOT / name, copy / name)
    (copy / "src" / "gatewise" / "ops" / "native" / "libgatewise.so").write_text("stale")
    return copy


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=False)


def wheel_of(checkout: Path, **environment: str) -> Path:
    pytest.importorskip("scikit_build_core")
    into = checkout.parent / "wheels"
    pip = [sys.executable, "-m", "pip", "wheel", checkout, "--no-deps", "--no-build-isolation", "--wheel-dir", into]
    done = run(*pip, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = into.iterdir()
    return wheel


def without_tools(folder: Path) -> dict[str, str]:
    folder.mkdir()
    return {"PATH": str(folder), "CC": "/nonexistent", "CXX": "/nonexistent", "CMAKE_EXECUTABLE": "", "NINJA": ""}


def libraries_in(wheel: Path) -> list[str]:
    names = zipfile.ZipFile(wheel).namelist()
    assert "gatewise/ops/native/library.py" in names
    return [name for name in names if name.endswith((".so", ".dylib", ".dll"))]


def lines_of(tool: str, *arguments: str | Path) -> list[str]:
    program = shutil.which(tool)
    if not program:
        pytest.skip(f"{tool} is not installed")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.mark.slow
def test_one_wheel_serves_every_python(checkout):
    if not shutil.which(os.environ.get("CXX", "c++")):
        pytest.skip("no compiler")
    wheel = wheel_of(checkout)
    assert re.fullmatch(r"gatewise-[\d.]+-py3-none-(?!any)\w+\.whl", wheel.name)
    (library,) = libraries_in(wheel)
    size = zipfile.ZipFile(wheel).getinfo(library).file_size
    assert 100_000 < size < MOST_BYTES  # not the stale one


def test_without_a_compiler_the_wheel_is_pure_python(checkout, tmp_path):
    wheel = wheel_of(checkout, **without_tools(tmp_path / "no-tools"))
    assert wheel.name.endswith("-py3-none-any.whl")
    assert libraries_in(wheel) == []


def test_a_compiler_that_fails_leaves_a_pure_wheel_too(checkout):
    if not shutil.which("cmake") and not (Path(sys.executable).parent / "cmake").exists():
        pytest.skip("no CMake")
    (checkout / "csrc" / "api.cpp").write_text("this is not C++\n")
    (checkout / "csrc" / "lstm.cpp").write_text("#error and this fails at once\n")
    wheel = wheel_of(checkout)
    assert wheel.name.endswith("-py3-none-any.whl")
    assert libraries_in(wheel) == []


def test_the_build_script_says_what_is_missing(checkout, tmp_path):
    environment = without_tools(tmp_path / "no-tools")
    script = [sys.executable, checkout / "scripts" / "native.py", "build"]
    refused = run(*script, **environment)
    assert refused.returncode == 1
    assert "no C++ compiler was found" in refused.stderr
    assert run(*script, "--if-possible", **environment).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads ELF")
def test_only_the_functions_of_the_header_are_exported(library):
    header = (ROOT / "csrc" / "include" / "gatewise.h").read_text(encoding="utf-8")
    declared = set(re.findall(r"^GW_API [^(;]*?\b(gw_\w+)\(", header, flags=re.MULTILINE))
    exported = {line.split()[-1] for line in lines_of("nm", "-D", "--defined-only", library)}
    assert declared
    assert exported == declared


@pytest.mark.skipif(sys.platform != "linux", reason="reads ELF")
def test_the_library_is_small_and_needs_nothing_but_the_c_library(library):
    assert library.stat().st_size < MOST_BYTES
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", "\n".join(lines_of("readelf", "-dW", library)))
    assert needed
    assert all(re.fullmatch(SYSTEM_LIBRARIES, name) for name in needed), needed


def test_code_for_one_instruction_set_cannot_replace_shared_code():
    """The linker keeps one of several equal weak functions: it might keep one that only newer processors can run."""
    objects = list((ROOT / "build" / "native" / "CMakeFiles").glob("kernels_*.dir/csrc/*.o"))
    if not objects:
        pytest.skip("the native core is not built; make native builds it")
    weak = [line for line in lines_of("nm", "-C", *objects) if re.search(r" [Ww] ", line)]
    assert weak == []


RUN_AND_UNLOAD = """
import _ctypes, ctypes, sys, time
import numpy as np

for _ in range(5):
    library = ctypes.CDLL(sys.argv[1])
    library.gw_use_threads(4)
    ids, gradient = np.arange(9999, dtype=np.int32), np.ones((9999, 70), np.float32)
    touched, sums, count = np.empty_like(ids), np.empty_like(gradient), ctypes.c_int64()
    pointer = lambda array: ctypes.c_void_p(array.ctypes.data)
    size = ctypes.c_int64
    status = library.gw_sum_by_word(
        size(9999), size(70), size(9999), pointer(ids), pointer(gradient), size(70),
        pointer(touched), ctypes.byref(count), pointer(sums),
    )
    assert status == 0 and count.value == 9999 and (sums == gradient).all()
    _ctypes.dlclose(library._handle)
    time.sleep(0.01)  # the workers wake or fall asleep in the code that was given back
assert np.float32(1e-40) * np.float32(0.5) > 0, "subnormal numbers must stay numbers outside"
print("good")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="unloads by dlclose")
def test_unloading_the_library_does_not_pull_the_floor_from_under_its_threads(library):
    done = subprocess.run(
        [sys.executable, "-c", RUN_AND_UNLOAD, library], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "good\n"), done.stderr
