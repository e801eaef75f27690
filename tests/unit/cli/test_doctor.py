"""``gatewise doctor`` tells what computes here and why, and finds a computation that is wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from gatewise.cli.main import build
from gatewise.ops import native
from gatewise.version import __version__

needs_native = pytest.mark.skipif(not native.is_available(), reason=native.reason())
PAGE = Path(__file__).resolve().parents[3] / "docs" / "cli.md"


def doctor(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: value for name, value in os.environ.items() if not name.startswith("GATEWISE_")}
    done = subprocess.run(
        [sys.executable, "-m", "gatewise", "doctor", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**known, **environment},
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done


def told(**environment: str) -> dict[str, Any]:
    done = doctor("--json", **environment)
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return report


@needs_native
def test_it_tells_versions_kernels_and_threads() -> None:
    report = told(GATEWISE_THREADS="3", GATEWISE_ISA="generic")
    assert report["gatewise"] == __version__
    assert report["python"] == ".".join(map(str, sys.version_info[:3]))
    assert report["packages"]["numpy"] == np.__version__
    assert report["packages"]["torch"]
    assert report["native"]
    assert report["computing"] == "native core, generic kernels, 3 threads"
    assert report["kernels"] == "generic"
    assert report["kernels_available"] == list(native.isas())
    assert report["threads"] == 3
    assert not report["bfloat16"]
    assert report["environment"].items() >= {"GATEWISE_THREADS": "3", "GATEWISE_ISA": "generic"}.items()
    assert report["check"]["passed"]
    assert Path(report["library"]).is_file()


def test_it_says_why_numpy_computes() -> None:
    report = told(GATEWISE_NATIVE="0")
    assert (report["native"], report["computing"], report["kernels"]) == (False, "GATEWISE_NATIVE=0", "numpy")
    assert report["library"] is None
    assert report["check"]["passed"]
    text = doctor(GATEWISE_NATIVE="0").stdout
    assert "NumPy; GATEWISE_NATIVE=0" in text


def test_every_line_is_named_and_every_setting_shown() -> None:
    lines = doctor(GATEWISE_THREADS="2", OMP_NUM_THREADS="2").stdout.splitlines()
    names = [line.split()[0] for line in lines]
    assert names[:2] == ["gatewise", "python"]
    assert {"computing", "library", "kernels", "bfloat16", "memory", "environment", "check"} <= set(names)
    (settings,) = (line for line in lines if line.startswith("environment"))
    assert "GATEWISE_THREADS=2" in settings
    assert "OMP_NUM_THREADS=2" in settings
    assert lines[-1].endswith("passed")


@pytest.mark.parametrize(("name", "value"), [("GATEWISE_THREADS", "many"), ("GATEWISE_NATIVE", "2")])
def test_an_impossible_setting_is_one_sentence(name: str, value: str) -> None:
    if name == "GATEWISE_THREADS" and not native.is_available():
        pytest.skip("only the compiled library reads it")
    done = doctor(**{name: value})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"gatewise: {name}={value} is")


def test_a_wrong_computation_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from gatewise.ops import lstm_twin

    real = lstm_twin.gates_and_states

    def wrong(sums: np.ndarray, c: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        gates, h, c = real(sums, c)
        return gates, h * (1 + 1e-4 * (sums.dtype == np.float32)), c

    monkeypatch.setenv("GATEWISE_NATIVE", "0")
    monkeypatch.setattr(lstm_twin, "gates_and_states", wrong)
    done = CliRunner().invoke(build("doctor"), ["doctor"])
    assert done.exit_code == 1
    assert "FAILED" in done.output
    told = json.loads(CliRunner().invoke(build("doctor"), ["doctor", "--json"]).output)
    assert not told["check"]["passed"]


def test_torch_is_named_but_not_loaded() -> None:
    code = "import sys; from gatewise.cli.doctor import _report; _report(); print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_the_command_reference_has_it() -> None:
    sections = PAGE.read_text(encoding="utf-8").split("## gatewise ")
    (section,) = (part for part in sections if part.splitlines()[0] == "doctor")
    for name in ("--json", "GATEWISE_THREADS", "GATEWISE_ISA", "GATEWISE_NATIVE=0"):
        assert name in section
