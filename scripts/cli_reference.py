"""Write docs/cli.md from the commands' own --help, so that it cannot say anything else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from gatewise.cli.main import VERBS
from gatewise.cli.study import STUDIES

PAGE = Path(__file__).resolve().parent.parent / "docs" / "cli.md"
# Verbs of a group come behind it.
UNDER = {"study": tuple(STUDIES), "data": ("imdb", "check", "split")}
COMMANDS = [" ".join(words) for verb in VERBS for words in ((verb,), *((verb, name) for name in UNDER.get(verb, ())))]


def page() -> str:
    """The whole page."""
    parts = [
        "# Commands",
        "Written by `python scripts/cli_reference.py`; exit codes: 0 done, 1 failed, 2 wrong option, 130 stopped.",
    ]
    for verb in COMMANDS:
        command = [sys.executable, "-m", "gatewise", *verb.split(), "--help"]
        environment = {**os.environ, "COLUMNS": "100", "TERMINAL_WIDTH": "100"}
        text = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
        lines = [line.rstrip() for line in text.strip().splitlines()]
        parts.append(
            f"## gatewise {verb}\n```\n" + "\n".join(lines).replace("python -m gatewise", "gatewise") + "\n```"
        )
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
