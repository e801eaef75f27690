"""Finding, loading and setting the compiled library; what happens without it and around it."""

from __future__ import annotations

import ctypes
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from lstm_cases import case_of, needs_native

from gatewise.errors import GatewiseError, ParameterError
from gatewise.ops import native
from gatewise.ops.native import interface, library

HEADER = Path(__file__).resolve().parents[3] / "csrc" / "include" / "gatewise.h"


def python(code: str, **environment: str) -> str:
    """What a fresh process prints; it may print no warning and must end well."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("GATEWISE_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**known, "OPENBLAS_NUM_THREADS": "1", **environment},
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.strip()


SAY = "from gatewise.ops import native; print(native.is_available(), native.reason(), native.threads(), native.isa())"
TRY = f"""
from gatewise.errors import ParameterError
try:
    {SAY}
except ParameterError as problem:
    print("refused:", problem)
"""
PREDICT = """
import numpy as np
from gatewise.ops.lstm import pack_lstm
lstm = pack_lstm(np.ones((512, 64), "f4") / 64, np.ones((512, 128), "f4") / 128, backward=True)
offsets = np.arange(0, 3001, 100)
def predict():
    return lstm.forward(np.ones((3000, 64), "f4"), offsets, record=True)
"""


@needs_native
def test_the_reason_names_kernels_and_threads() -> None:
    assert native.reason() == f"native core, {native.isa()} kernels, {native.threads()} threads".replace(
        " 1 threads", " 1 thread"
    )
    assert native.isa() in native.isas()
    assert native.path() is not None
    assert python(SAY, GATEWISE_THREADS="3").split()[:2] == ["True", "native"]


def test_numpy_can_be_demanded() -> None:
    assert python(SAY, GATEWISE_NATIVE="0") == "False GATEWISE_NATIVE=0 1 numpy"
    assert python("import gatewise.ops.native as n; print(n.isas(), n.has_bf16(), n.path())", GATEWISE_NATIVE="0") == (
        "() False None"
    )


@needs_native
@pytest.mark.parametrize("threads", ["1", "5", "1024"])
def test_the_environment_sets_threads(threads: str) -> None:
    assert python(SAY, GATEWISE_THREADS=threads).split()[-2] == threads


@needs_native
@pytest.mark.parametrize("isa", native.isas())
def test_the_environment_sets_kernels(isa: str) -> None:
    assert python(SAY, GATEWISE_ISA=isa).endswith(isa)


@needs_native
@pytest.mark.parametrize(
    ("name", "value"),
    [("GATEWISE_THREADS", value) for value in ("0", "-1", "1025", "two", "1.5", "9" * 5000)]
    + [("GATEWISE_NATIVE", "yes"), ("GATEWISE_ISA", "avx9")],
)
def test_an_impossible_value_of_the_environment_is_an_error_that_names_it(name: str, value: str) -> None:
    told = python(TRY, **{name: value})
    assert told.startswith(f"refused: {name}={value}")
    if name == "GATEWISE_ISA":
        assert "possible here: generic" in told


def test_an_empty_value_is_none() -> None:
    assert python(SAY, GATEWISE_THREADS="", GATEWISE_ISA="", GATEWISE_NATIVE="") == python(SAY)


def test_without_the_library_numpy_computes_and_says_why() -> None:
    code = f"""
import gatewise.ops.lstm, gatewise.ops.native as package
package.__path__ = []
{SAY}
{PREDICT}
print(type(lstm).__name__, predict().hidden.shape)
package.use_threads(4)
"""
    first, second = python(code).splitlines()
    assert first.startswith("False no compiled library in this install: ")
    assert re.search(r"(libgatewise|gatewise)\.(so|dylib|dll) is missing 1 numpy$", first)
    assert second == "TwinLSTM (3000, 128)"


@needs_native
def test_a_file_that_is_no_library_is_told_and_not_a_crash(tmp_path: Path) -> None:
    wrong = tmp_path / "libgatewise.so"
    wrong.write_bytes(b"not a library")
    with pytest.raises(library._LibraryError, match=r"libgatewise.so cannot be loaded: "):
        library.load(wrong)


@needs_native
def test_another_interface_is_told_and_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    path = native.path()
    assert path is not None
    monkeypatch.setattr(library, "ABI", 99)
    with pytest.raises(library._LibraryError, match=rf"has interface {interface.ABI}, this package needs 99"):
        library.load(path)
    code = f"import gatewise.ops.native.library as l; l.ABI = 99\n{SAY}"
    assert python(code).startswith(
        f"False {path} has interface {interface.ABI}, this package needs 99: install it anew"
    )


@needs_native
def test_any_other_library_is_told_and_not_a_crash() -> None:
    import _ctypes

    with pytest.raises(library._LibraryError, match="gw_abi"):
        library.load(Path(_ctypes.__file__))


@needs_native
def test_status_codes_become_errors_with_the_librarys_words() -> None:
    found = library.library()
    assert found is not None
    found.check(interface.OK)
    assert found.call.gw_use_threads(0) == interface.BAD_ARGUMENT
    with pytest.raises(ParameterError, match="threads is 0, not from 1 to 1024"):
        found.check(interface.BAD_ARGUMENT)
    with pytest.raises(ParameterError, match='no kernels called "avx9" can run here'):
        native.use_isa("avx9")
    with pytest.raises(MemoryError):
        found.check(interface.NO_MEMORY)
    with pytest.raises(GatewiseError):
        found.check(interface.NO_MEMORY)
    with pytest.raises(GatewiseError, match="the native core fails"):
        found.check(77)


@pytest.mark.parametrize("count", [0, -3, 1025, 1.0, True, "2"])
def test_an_impossible_number_of_threads_is_refused(count: Any) -> None:
    with pytest.raises(ParameterError, match="is not a whole number from 1 to 1024"):
        native.use_threads(count)


def test_ctypes_declares_what_the_header_says() -> None:
    header = re.sub(r"/\*.*?\*/", "", HEADER.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert f"#define GW_ABI {interface.ABI}\n" in header
    structs = {name: body for body, name in re.findall(r"typedef struct \{(.*?)\}\s*(\w+);", header, re.DOTALL)}
    for kind in (interface.LSTMForwardArgs, interface.LSTMBackwardArgs):
        wanted = []
        for line in filter(None, (part.strip() for part in structs[kind.__doc__.rstrip(".")].split(";"))):
            scalar, names = re.fullmatch(r"(?:const )?(\w+)\b(.*)", line, re.DOTALL).groups()
            wanted += [(name.strip(" *\n"), _type_of(scalar, name)) for name in names.split(",")]
        assert [(name, ctype) for name, ctype in kind._fields_] == wanted
    for name, (result, arguments) in interface.FUNCTIONS.items():
        returned, listed = re.search(rf"GW_API ([\w ]+[ *]+){name}\((.*?)\);", header, re.DOTALL).groups()
        assert result is _result_of(returned.strip()), name
        assert len(arguments) == (0 if listed == "void" else listed.count(",") + 1), name


def _type_of(scalar: str, name: str) -> Any:
    return ctypes.c_void_p if "*" in name else getattr(ctypes, "c_" + scalar.removesuffix("_t"))


def _result_of(returned: str) -> Any:
    if returned == "const char*":
        return ctypes.c_char_p
    if returned == "void*":
        return ctypes.c_void_p
    return {"void": None, "gw_status": ctypes.c_int32, "int32_t": ctypes.c_int32, "int64_t": ctypes.c_int64}[returned]


def test_subnormal_numbers_survive_importing_and_computing() -> None:
    # A library that flushes them to zero for the whole process (as -ffast-math ones did) breaks other people's sums.
    code = f"""{PREDICT}
predict()
import threading
least = np.float32(np.finfo(np.float32).tiny) / np.float32(2)
found = []
def look():
    found.append(float(least * np.float32(1)) != 0 and float(np.float32(2) * least) != 0)
look()
other = threading.Thread(target=look)
other.start()
other.join()
print(found)
"""
    assert python(code) == "[True, True]"


def test_the_process_ends_well_while_arrays_and_threads_are_still_there() -> None:
    code = f"""{PREDICT}
import sys, threading, weakref
kept = [predict() for _ in range(3)]
table = lstm.table(np.ones((500, 64), "f4"))
sys.keep = (kept, lstm, table)  # outlives all modules
def endless():
    while True:
        predict()
threading.Thread(target=endless, daemon=True).start()
predict()
print("done")
"""
    assert python(code) == "done"


def fork_then_predict(times: int) -> int:
    """How many children compute what the parent did, each forked after the pool has run."""
    if not hasattr(os, "fork"):
        pytest.skip("no fork here")
    code = f"""{PREDICT}
import os, signal
from gatewise.ops import native
native.use_threads(4)
want, good = predict().hidden.tobytes(), 0
for _ in range({times}):
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(0 if predict().hidden.tobytes() == want and predict().hidden.tobytes() == want else 1)
    predict()
    good += os.waitpid(child, 0)[1] == 0
print(good)
"""
    return int(python(code))


@needs_native
def test_a_forked_child_predicts_too() -> None:
    assert fork_then_predict(5) == 5


@needs_native
@pytest.mark.slow
def test_a_hundred_forked_children_predict_too() -> None:
    assert fork_then_predict(100) == 100


@needs_native
def test_forks_while_other_threads_compute() -> None:
    code = f"""{PREDICT}
import os, signal, threading
stop, want = False, predict().hidden.tobytes()
def work():
    while not stop:
        predict()
workers = [threading.Thread(target=work) for _ in range(2)]
[worker.start() for worker in workers]
good = 0
for _ in range(5):
    child = os.fork()
    if child == 0:
        signal.alarm(20)
        os._exit(0 if predict().hidden.tobytes() == want else 1)
    good += os.waitpid(child, 0)[1] == 0
stop = True
print(good)
"""
    assert python(code) == "5"


@needs_native
def test_other_threads_run_while_the_core_computes() -> None:
    import threading
    import time

    case, ticks = case_of(64, 256, [400] * 16), []
    lstm, done = case.pack(), threading.Event()

    def tick() -> None:
        while not done.is_set():
            ticks.append(time.perf_counter())
            done.wait(0.001)

    ticker = threading.Thread(target=tick)
    ticker.start()
    began = time.perf_counter()
    case.forward(lstm)
    ended = time.perf_counter()
    done.set()
    ticker.join()
    assert sum(began < when < ended for when in ticks) >= 3


def test_what_is_asked_for_does_not_depend_on_whether_it_was_asked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATEWISE_NATIVE", "1")
    was = native.is_available()
    monkeypatch.setenv("GATEWISE_NATIVE", "0")
    assert not native.is_available()
    assert np.array_equal(native.isas(), [])
    monkeypatch.setenv("GATEWISE_NATIVE", "1")
    assert native.is_available() == was
