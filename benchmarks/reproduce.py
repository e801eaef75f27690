"""The two published IMDB results that ``gatewise reproduce`` repeats, three seeds each. Needs the reviews."""

from __future__ import annotations

import json
import subprocess
import sys

from record import write


def main() -> None:
    """Run both and keep their verdicts."""
    for name in ("a", "b"):
        command = [sys.executable, "-m", "gatewise", "reproduce", name, "--threads", "1", "--json"]
        answer = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
        write(f"reproduce_{name}", {"command": f"gatewise reproduce {name} --threads 1", **json.loads(answer)})


if __name__ == "__main__":
    main()
