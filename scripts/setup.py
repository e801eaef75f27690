"""Make .venv and install Gatewise for development into it. Needs nothing but Python 3.10 or newer with pip.

TORCH_INDEX chooses where torch comes from. On Linux the default is PyTorch's index of CPU builds, because what plain
pip takes there brings several gigabytes of CUDA; where that index does not answer at once, pip's own sources are used.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / ".venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
TORCH = "torch>=2.8,<2.14"
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PROBE_SECONDS = 3


def main() -> None:
    """Create the environment, then torch, then the package with everything that develops and tests it."""
    if sys.version_info < (3, 10):  # noqa: UP036 - whoever runs this may have an older one
        sys.exit(f"Gatewise needs Python 3.10 or newer; this is {sys.version.split()[0]}")
    if not works("import pip"):
        print("creating .venv", flush=True)
        create()
    if not works("import torch"):
        install_torch()
    print("installing gatewise", flush=True)
    pip("--editable", f"{ROOT}[dev]")


def works(code: str) -> bool:
    """Whether the environment's Python is there and runs this."""
    return PYTHON.exists() and subprocess.run([PYTHON, "-c", code], capture_output=True, check=False).returncode == 0


def create() -> None:
    """Make the environment anew; what an interrupted attempt left is cleared."""
    try:
        venv.create(ENVIRONMENT, with_pip=True, clear=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        sys.exit(f"the environment cannot be made: {problem}\non Debian and Ubuntu: apt-get install python3-venv")


def install_torch() -> None:
    """Install torch from the chosen index, or from pip's own sources where there is none that answers."""
    index = os.environ.get("TORCH_INDEX") or (CPU_INDEX if sys.platform == "linux" else "")
    if index and answers(index):
        print(f"installing torch from {index}", flush=True)
        if pip(TORCH, "--index-url", index, must=False):
            return
        print("that failed; installing torch from pip's own sources", flush=True)
    elif index:
        print(f"{index} does not answer; installing torch from pip's own sources", flush=True)
    pip(TORCH)


def answers(index: str) -> bool:
    """Whether the index can be reached within a few seconds; a folder or file address is taken as it is."""
    if not index.startswith(("http://", "https://")):
        return True
    try:
        with urllib.request.urlopen(f"{index.rstrip('/')}/torch/", timeout=PROBE_SECONDS):
            return True
    except (OSError, ValueError, http.client.HTTPException):
        return False


def pip(*arguments: str, must: bool = True) -> bool:
    """Run pip in the environment and say whether it worked; unless it need not, its failure is ours."""
    command = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    has_worked = subprocess.run(command, check=False).returncode == 0
    if must and not has_worked:
        sys.exit("the installation failed; pip's message is above")
    return has_worked


if __name__ == "__main__":
    main()
