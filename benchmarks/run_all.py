"""Run every benchmark that takes minutes or less; ``--long`` also those that need the real data sets."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
SHORT = ("cold_start.py", "install_size.py", "predict_speed.py")
LONG = ("imdb_accuracy.py", "reproduce.py", "transfer.py")


def main() -> None:
    """Run them one after the other: two at once would spoil each other's timings."""
    for name in SHORT + (LONG if "--long" in sys.argv else ()):
        print(f"== {name}", flush=True)
        subprocess.run([sys.executable, str(HERE / name)], check=True)


if __name__ == "__main__":
    main()
