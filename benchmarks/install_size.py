"""What ``pip install .`` brings: packages and megabytes of a fresh environment, bytecode and model included."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from record import write

ROOT = Path(__file__).resolve().parent.parent


def megabytes(folder: Path) -> float:
    """Size of all files below `folder`."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file() and not file.is_symlink()) / 1e6


def main() -> None:
    """Install into an empty environment, predict once from it, and measure."""
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "venv"
        venv.create(environment, with_pip=True)
        python = environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
        site = next(environment.glob("lib*/python*/site-packages"), environment / "Lib/site-packages")
        before = megabytes(site)
        subprocess.run([python, "-m", "pip", "install", "--quiet", str(ROOT)], check=True)
        answer = subprocess.run(
            [python, "-m", "gatewise", "predict", "Lovely.", "--json"],
            cwd=folder,
            capture_output=True,
            text=True,
            check=True,
        )
        listed = subprocess.run([python, "-m", "pip", "list"], capture_output=True, text=True, check=True).stdout
        model = site / "gatewise" / "packaged" / "imdb"
        write(
            "install_size",
            {
                "command": "python benchmarks/install_size.py",
                "megabytes": round(megabytes(site) - before, 1),
                "model_megabytes": round(megabytes(model), 2),
                "packages": len(listed.splitlines()) - 2 - 2,  # less the heading, pip and setuptools
                "has_torch": "torch" in listed,
                "answer": answer.stdout.strip(),
            },
        )


if __name__ == "__main__":
    main()
