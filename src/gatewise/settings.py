"""The only place that reads environment variables and knows where files of the user's own live."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from gatewise.errors import ParameterError
from gatewise.version import __version__

MOST_THREADS = 1024  # what the native core takes

# What the environment can say about how numbers are computed; the last two are NumPy's and torch's.
_COMPUTING = ("GATEWISE_NATIVE", "GATEWISE_ISA", "GATEWISE_THREADS", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")


def cache_folder() -> Path:
    """Folder for data sets fetched once.

    ``$GATEWISE_CACHE``, else ``$XDG_CACHE_HOME/gatewise``, else ``~/.cache/gatewise``.
    """
    chosen = os.environ.get("GATEWISE_CACHE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gatewise"


def ledger_file() -> Path:
    """File that records reads of a test split.

    ``$GATEWISE_LEDGER``; else ``benchmarks/ledger.jsonl`` when the current folder is a checkout of Gatewise, so that
    the record is committed; else ``ledger.jsonl`` beside the cached data sets.
    """
    chosen = os.environ.get("GATEWISE_LEDGER")
    if chosen:
        return Path(chosen)
    here = Path("benchmarks/ledger.jsonl")
    return here if here.exists() and Path("src/gatewise").is_dir() else cache_folder() / "ledger.jsonl"


def native_is_wanted() -> bool:
    """Whether the native core may be used: ``$GATEWISE_NATIVE`` is not 0.

    Raises:
        ParameterError: It is neither 0 nor 1.
    """
    chosen = os.environ.get("GATEWISE_NATIVE") or "1"
    if chosen not in ("0", "1"):
        raise ParameterError(f"GATEWISE_NATIVE={chosen} is neither 0 nor 1")
    return chosen == "1"


def threads_wanted() -> int | None:
    """Threads the native core begins with: ``$GATEWISE_THREADS``; None to leave it to the processors there are.

    Raises:
        ParameterError: It is not a whole number from 1 to 1024.
    """
    chosen = os.environ.get("GATEWISE_THREADS")
    if not chosen:
        return None
    try:
        count = int(chosen)
    except ValueError:
        count = 0
    if not 1 <= count <= MOST_THREADS:
        raise ParameterError(f"GATEWISE_THREADS={chosen} is not a whole number from 1 to {MOST_THREADS}")
    return count


def isa_wanted() -> str | None:
    """Kernels the native core begins with: ``$GATEWISE_ISA``; None for the fastest that can run here."""
    return os.environ.get("GATEWISE_ISA") or None


def service_token() -> str | None:
    """The token that requests to ``gatewise serve`` must bear: ``$GATEWISE_TOKEN``; None where it is not set."""
    return os.environ.get("GATEWISE_TOKEN") or None


def computing_settings() -> dict[str, str]:
    """Environment variables in force that say how numbers are computed."""
    return {name: os.environ[name] for name in _COMPUTING if os.environ.get(name)}


def use_one_blas_thread() -> None:
    """Have NumPy's products run on one thread, unless the user chose a number; works before NumPy is loaded only.

    A step of a sequence is a small product: a second thread gains little, and where anything else uses the machine its
    waiting makes a step take milliseconds instead of a tenth of one. For a process of our own.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def code_version() -> str:
    """The commit of the checkout this package runs from, else its version; ``+changes`` when files differ from it."""
    checkout = Path(__file__).resolve().parents[2]
    if not (checkout / "src/gatewise").is_dir() or not (checkout / ".git").exists():
        return __version__
    try:
        commit = _git(checkout, "rev-parse", "--short=12", "HEAD")
        # Only the code counts: results and the ledger change with every run.
        return commit + ("+changes" if _git(checkout, "status", "--porcelain", "--", "src") else "")
    except (OSError, subprocess.SubprocessError):
        return __version__


def _git(checkout: Path, *arguments: str) -> str:
    command = ["git", "-C", str(checkout), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
