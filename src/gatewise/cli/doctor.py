"""``gatewise doctor``: what is installed, what computes here and why, and whether it computes the right thing."""

from __future__ import annotations

import json
from typing import Any

import typer

from gatewise.cli.options import AsJson

# Named in the issue tracker's questions; the last ones come with extras.
_PACKAGES = ("numpy", "safetensors", "tokenizers", "typer", "torch", "pyarrow")

# Of scale: what the native kernels keep to, and single precision in NumPy as well.
_TOLERANCE = 1e-6


def doctor(json_: AsJson = False) -> None:
    """Show versions, the processor's kernels, threads and settings in force; check the computation against NumPy.

    Settings are environment variables: GATEWISE_THREADS, from 1 to 1024; GATEWISE_ISA, the kernels to use;
    GATEWISE_NATIVE=0, to compute with NumPy.
    """
    report = _report()
    typer.echo(json.dumps(report, ensure_ascii=False) if json_ else _written(report))
    if not report["check"]["passed"]:
        raise typer.Exit(1)


def _report() -> dict[str, Any]:
    import platform

    from gatewise.ops import native
    from gatewise.settings import computing_settings
    from gatewise.version import __version__

    check = _check()
    return {
        "gatewise": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "native": native.is_available(),
        "computing": native.reason(),
        "library": str(native.path()) if native.path() else None,
        "kernels": native.isa(),
        "kernels_available": list(native.isas()),
        "bfloat16": native.has_bf16(),
        "threads": native.threads(),
        "idle_bytes": native.idle_bytes(),
        "environment": computing_settings(),
        "check": check,
    }


def _version(package: str) -> str | None:
    """Of an installed package, which is not imported for it."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _check() -> dict[str, Any]:
    """What computes here in single precision against NumPy in double, on a small ragged batch."""
    import numpy as np

    from gatewise.ops.lstm import pack_lstm

    inputs, hidden, offsets = 19, 37, np.array([0, 5, 5, 105, 106])
    random = np.random.default_rng(0)
    shapes = ((4 * hidden, inputs), (4 * hidden, hidden), (4 * hidden,), (4 * hidden,))
    weights = [random.uniform(-0.2, 0.2, shape) for shape in shapes]
    x = random.normal(size=(int(offsets[-1]), inputs))
    single = pack_lstm(*(array.astype(np.float32) for array in weights)).forward(x.astype(np.float32), offsets)
    # The inputs of both are the numbers that single precision has.
    exact = pack_lstm(*(array.astype(np.float32).astype(float) for array in weights))
    wanted = exact.forward(x.astype(np.float32).astype(float), offsets)
    difference = float(np.abs(single.hidden - wanted.hidden).max() / np.abs(wanted.hidden).max())
    return {"passed": difference <= _TOLERANCE, "difference": difference, "allowed": _TOLERANCE}


def _written(report: dict[str, Any]) -> str:
    packages = [f"{name} {version or 'not installed'}" for name, version in report["packages"].items()]
    kernels = [f"{name} (in use)" if name == report["kernels"] else name for name in report["kernels_available"]]
    settings = [f"{name}={value}" for name, value in report["environment"].items()]
    check = report["check"]
    verdict = "passed" if check["passed"] else "FAILED; GATEWISE_NATIVE=0 computes with NumPy instead"
    lines = {
        "gatewise": report["gatewise"],
        "python": f"{report['python']}, {report['platform']}",
        "packages": ", ".join(packages),
        "computing": report["computing"] if report["native"] else f"NumPy; {report['computing']}",
        "library": report["library"] or "none",
        "kernels": ", ".join(kernels) or "none",
        "bfloat16": "yes" if report["bfloat16"] else "no",
        "memory": f"{report['idle_bytes'] / 1e6:.1f} MB kept for reuse",
        "environment": ", ".join(settings) or "nothing set",
        "check": f"an LSTM is {check['difference']:.1e} off NumPy's, {check['allowed']:.0e} allowed: {verdict}",
    }
    return "\n".join(f"{name:12} {value}" for name, value in lines.items())
