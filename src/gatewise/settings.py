"""The only place that reads environment variables and knows where files of the user's own live."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from gatewise.version import __version__


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
