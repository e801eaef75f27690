"""Build and test the native core of this checkout. Needs no Python package.

    python scripts/native.py build       the library, into src/gatewise/ops/native, where the package looks for it
    python scripts/native.py test        the C++ tests, with warnings as errors
    python scripts/native.py sanitize    the C++ tests under the address, undefined and thread sanitizers

Needs a C++17 compiler and CMake; Ninja is used where there is one. With --if-possible it is no failure that there is no
compiler or no CMake. What was compiled before is kept in build/, so a second run takes a moment.
"""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILDS = ROOT / "build"
LIBRARY = Path("gatewise", "ops", "native")  # inside the source tree and inside the installed one
COMPILERS = ("c++", "g++", "clang++", "cl")
SANITIZERS = {"native-asan": "address,undefined", "native-tsan": "thread"}


class CannotBuildError(Exception):
    """Why there is no library."""


class NoToolsError(CannotBuildError):
    """There is nothing to compile with."""


def main(arguments: list[str]) -> None:
    """Do what is asked for, and say in a line what became of it."""
    jobs = {"build": build, "test": test, "sanitize": sanitize}
    words = [word for word in arguments if word != "--if-possible"]
    if len(words) != 1 or words[0] not in jobs:
        sys.exit(__doc__)
    try:
        jobs[words[0]]()
    except NoToolsError as problem:
        if "--if-possible" not in arguments:
            sys.exit(f"native core: {problem}")
        print(f"native core: {problem}, so NumPy is used")
    except CannotBuildError as problem:
        sys.exit(f"native core: {problem}")


def build() -> None:
    """Build the library and put it into the source tree."""
    folder = BUILDS / "native"
    with alone(folder):
        staged = folder / "staged"
        cmake = configure(folder)
        run(cmake, "--build", folder, "--target", "gatewise")
        run(cmake, "--install", folder, "--strip", "--prefix", staged)
        put_in_place(staged / LIBRARY)
    print("native core: built")


def test() -> None:
    """Build the C++ tests and run them."""
    run_tests(BUILDS / "native-tests", "")


def sanitize() -> None:
    """The same under each sanitizer."""
    for name, sanitizers in SANITIZERS.items():
        run_tests(BUILDS / name, sanitizers)


def run_tests(folder: Path, sanitizers: str) -> None:
    """Build the C++ tests with these sanitizers and run them."""
    with alone(folder):
        cmake = configure(folder, "-DGATEWISE_TESTS=ON", f"-DGATEWISE_SANITIZE={sanitizers}")
        run(cmake, "--build", folder)
        run(str(Path(cmake).with_name("ctest")), "--test-dir", folder, "--output-on-failure", "-j2")
    print(f"native core: tests passed{' under ' if sanitizers else ''}{sanitizers}", flush=True)


def can_compile() -> bool:
    """Whether a C++ compiler is to be expected; CMake finds Microsoft's where it is not on the path."""
    chosen = os.environ.get("CXX", "").split()
    if chosen:
        return shutil.which(chosen[0]) is not None
    return sys.platform == "win32" or any(shutil.which(name) for name in COMPILERS)


def tool(name: str) -> str | None:
    """A program on the path, else beside this Python, where pip puts those that it brings."""
    return shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))


def configure(folder: Path, *options: str) -> str:
    """Prepare a build and give the CMake for it. Tools are named anew each time: those of the last time may be gone."""
    cmake, ninja = tool("cmake"), tool("ninja")
    if not can_compile():
        raise NoToolsError("no C++ compiler was found")
    if not cmake:
        raise NoToolsError("CMake was not found")
    generator = ["-G", "Ninja", f"-DCMAKE_MAKE_PROGRAM={ninja}"] if ninja else []
    command: list[str | Path] = [cmake, "-S", ROOT, "-B", folder, "-DCMAKE_BUILD_TYPE=Release", *generator, *options]
    try:
        run(*command)
    except CannotBuildError:  # perhaps because of what another generator or compiler left
        if not (folder / "CMakeCache.txt").exists():
            raise
        shutil.rmtree(folder)
        run(*command)
    return cmake


def run(*command: str | Path) -> None:
    """Run quietly; what it said is shown if it failed."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        print(done.stdout, file=sys.stderr, flush=True)
        raise CannotBuildError(f"{' '.join(map(str, command[:3]))} failed; its message is above")


def put_in_place(staged: Path) -> None:
    """Replace the library in one step: a process that has the old one loaded keeps it whole."""
    for made in staged.iterdir():
        target = ROOT / "src" / LIBRARY / made.name
        if target.exists() and filecmp.cmp(made, target, shallow=False):
            continue
        beside = target.with_suffix(".new")
        shutil.copy2(made, beside)
        os.replace(beside, target)


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let no two builds into one folder at once."""
    BUILDS.mkdir(exist_ok=True)
    with open(folder.with_suffix(".lock"), "w") as lock:
        try:
            import fcntl
        except ImportError:  # Windows
            pass
        else:
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    main(sys.argv[1:])
