"""The published IMDB results that ``gatewise reproduce`` repeats, three seeds each. Needs the reviews.

Without arguments all of them, which takes hours on one core; else those named. What was trained is not trained again.
"""

from __future__ import annotations

import json
import subprocess
import sys

from gatewise.studies.reproduce import CATALOGUE
from record import write


def main(names: list[str]) -> None:
    """Run them and keep figures and verdicts."""
    for name in names or list(CATALOGUE):
        command = [sys.executable, "-m", "gatewise", "reproduce", name, "--threads", "1", "--json"]
        answer = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
        kept = {key: answer[key] for key in ("title", "findings", "settings", "numbers")}
        write(f"reproduce_{name.replace('-', '_')}", {"command": f"gatewise reproduce {name} --threads 1", **kept})


if __name__ == "__main__":
    main(sys.argv[1:])
