"""The ladder of accuracy on IMDB: each rung a way of training, three seeds, from commands that anyone can type.

A rung is a command and, before it, the commands that make what it begins with (`STEPS`). What is finished in ``--out``
is not made again; what was interrupted goes on (``--resume``). An encoder is trained once for all seeds; ``--use``
names a folder that is there already. Shown are the development figures, of each seed's own tenth of train, whole films,
which chose the epoch (and the weight of a blend). ``--test`` judges each model once on the official test split, by
``gatewise evaluate``, whose ledger keeps the read; a model that was judged is not judged again. Every run leaves its
log in logs/, beside this file. Needs the reviews: ``gatewise data imdb``. The rung `word-vectors` needs gensim too, see
word_vectors.py.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any

from gatewise.store.atomic import sha256_file
from gatewise.store.folder import MODEL
from gatewise.train.fit import LOG
from record import mean_sd, percent, points, table, write

HERE = Path(__file__).resolve().parent
# Where logs are kept, and how many steps a log may have that is kept whole.
LOGS, LONG = HERE / "logs", 200
DATA = {"data": "imdb", "unlabelled": "imdb:unsup", "recipes": os.path.relpath(HERE / "recipes")}


@dataclass(frozen=True)
class Step:
    """A command that makes a folder.

    Attributes:
        command: As typed; a word in braces is an entry of `DATA`, the folder of the step of that name, or ``{out}``,
            its own folder, for a program that takes no ``--out``.
        is_seeded: Made for every seed; else once, with seed 0.
        floor, aim: Test accuracy in percent that a rung must and should reach; None where nobody has said.
    """

    command: str
    is_seeded: bool = True
    floor: float | None = None
    aim: float | None = None

    @property
    def needs(self) -> list[str]:
        """Names of the steps before it, in order."""
        names = [name for _, name, _, _ in Formatter().parse(self.command) if name]
        return [name for name in dict.fromkeys(names) if name != "out" and name not in DATA]


# Programs there take neither --out nor --seed nor --threads.
SCRIPTS = "../scripts/"
# Options of a student of both directions, and the two directions put together.
TAUGHT = "--recipe {recipes}/imdb-taught.json --teacher {teacher} --unlabelled {unlabelled}"
JOINED = f"{SCRIPTS}join_models.py {{adversarial}} {{taught-backward}} {{out}} --data {{data}}"
# What rungs begin with.
STARTS = {
    "encoder-6": Step("gatewise pretrain {data} --epochs 6", is_seeded=False),
    "encoder": Step(
        "gatewise pretrain {data} --from {encoder-6} --preset {recipes}/encoder-more.json", is_seeded=False
    ),
    "backward": Step(
        "gatewise pretrain {data} --direction backward --epochs 6 --vocabulary {encoder}", is_seeded=False
    ),
    "encoder-both": Step(f"{SCRIPTS}join_encoders.py {{encoder}} {{backward}} {{out}}", is_seeded=False),
    "small": Step("gatewise pretrain {data} --preset fast", is_seeded=False),
    "vectors": Step("word_vectors.py {data}", is_seeded=False),
    "teacher": Step(
        "gatewise train {data} --from {encoder-both} --recipe {recipes}/imdb.json --set reads=both "
        "--set 'before=film .' --blend"
    ),
    "taught-backward": Step(f"gatewise train {{data}} --from {{backward}} {TAUGHT} --set reads=backward"),
}
RUNGS = {
    "scratch": Step("gatewise train {data}", floor=89.0, aim=90.0),
    "word-vectors": Step(
        "gatewise train {data} --from {vectors} --recipe {recipes}/word-vectors.json", floor=90.0, aim=91.0
    ),
    "language-model": Step("gatewise train {data} --from {encoder} --recipe {recipes}/imdb.json", floor=92.0, aim=93.0),
    "adversarial": Step(f"gatewise train {{data}} --from {{encoder}} {TAUGHT}", floor=93.0, aim=94.2),
    "both": Step(JOINED, floor=93.5, aim=94.7),
    "blend": Step(f"{JOINED} --blend", floor=93.8, aim=95.0),
    "student": Step(
        "gatewise train {data} --from {small} --recipe student --teacher {blend} --unlabelled {unlabelled}",
        floor=92.5,
        aim=94.0,
    ),
}
STEPS = STARTS | RUNGS


def order_of(name: str) -> list[str]:
    """The step and all those it stands on, each after what it needs.

    Example:
        >>> order_of("encoder-both")
        ['encoder-6', 'encoder', 'backward', 'encoder-both']
    """
    before = [found for needed in STEPS[name].needs for found in order_of(needed)]
    return list(dict.fromkeys([*before, name]))


def folder_of(name: str, seed: int, out: Path, used: Mapping[str, str]) -> Path:
    """Where a step puts what it makes."""
    if name in used:
        return Path(used[name])
    return out / name / f"seed-{seed}" if STEPS[name].is_seeded else out / name


def argv_of(
    name: str, seed: int, out: Path, used: Mapping[str, str], data: Mapping[str, str], extra: list[str]
) -> list[str]:
    """The words of the command; `extra` are further options of ``gatewise train``."""
    step = STEPS[name]
    own = str(folder_of(name, seed, out, used))
    folders = {"out": own, **{needed: str(folder_of(needed, seed, out, used)) for needed in step.needs}}
    # Split before the folders are put in: their names may have blanks.
    words = [word.format(**data, **folders) for word in shlex.split(step.command)]
    if words[0].startswith(SCRIPTS):
        return words
    seed = seed if step.is_seeded else 0
    return [*words, "--out", own, "--seed", str(seed), *(extra if name in RUNGS else [])]


def make(folder: Path, argv: list[str], threads: int) -> None:
    """Run the command, unless it has ended; go on with it where it was interrupted.

    Raises:
        SystemExit: The folder was made by another command, or the command fails.
    """
    note = folder.with_name(f"{folder.name}.command.json")
    if folder.exists() and note.exists() and json.loads(note.read_text(encoding="utf-8")) != argv:
        sys.exit(f"{folder} was made by another command, see {note}; choose another --out, or remove both")
    has_run = any((folder / name).is_dir() for name in ("checkpoints", "corpus"))
    if (folder / "config.json").exists() and not has_run:
        return
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(argv), encoding="utf-8")
    options = [] if argv[0].startswith(SCRIPTS) else ["--threads", str(threads)]
    command = [*argv, *options, *(["--resume"] if has_run else [])]
    print(f"== {' '.join(command)}", file=sys.stderr, flush=True)
    program = ["-m", command[0]] if command[0] == "gatewise" else [str(HERE / command[0])]
    if subprocess.run([sys.executable, *program, *command[1:]], stdout=sys.stderr, check=False).returncode:
        sys.exit(f"this failed: {' '.join(command)}")


def keep_log(folder: Path, name: str) -> None:
    """Copy the log of a training run: of long ones one step in ten, and all else that was said."""
    log = folder / LOG
    if not log.exists():
        return
    lines = log.read_text(encoding="utf-8").splitlines()
    steps = [number for number, line in enumerate(lines) if "seconds_left" in json.loads(line)]
    dropped = {number for place, number in enumerate(steps) if place % 10} if len(steps) > LONG else set()
    LOGS.mkdir(exist_ok=True)
    kept = [line for number, line in enumerate(lines) if number not in dropped]
    (LOGS / f"{name}.jsonl").write_text("\n".join(kept) + "\n", encoding="utf-8")


def judge(folder: Path) -> dict[str, Any]:
    """Figures on the test split, which is read once for the weights that are there."""
    result = folder.with_name(f"{folder.name}.{sha256_file(folder / MODEL)[:16]}.test.json")
    if not result.exists():
        command = [sys.executable, "-m", "gatewise", "evaluate", "imdb:test", "--model", str(folder), "--json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            sys.exit(f"this failed: {' '.join(command)}")
        result.write_text(done.stdout, encoding="utf-8")
    found = json.loads(result.read_text(encoding="utf-8"))
    accuracy, blend = found["accuracy"], found.get("blend")
    return {
        "accuracy": accuracy["value"],
        "interval": accuracy["interval"],
        "rival": accuracy["rival"],
        "difference": accuracy["difference"],
        "difference_interval": accuracy["difference_interval"],
        "network": blend["accuracy"]["rival"] if blend else accuracy["value"],
        "roc_auc": found["scores"]["roc_auc"]["value"],
        "ledger_line": found["ledger_line"],
    }


def development(metrics: Mapping[str, Any]) -> dict[str, float | None]:
    """Accuracy on the development split: of the model, of the network alone, of the blend and of the rival."""
    found = metrics["development"]
    is_blend = "blend" in found
    return {
        "model": found.get("accuracy"),
        "network": found.get("network_accuracy") if is_blend else found.get("accuracy"),
        "blend": found.get("accuracy") if is_blend else None,
        "rival": found.get("baseline_accuracy"),
    }


def run_of(folder: Path, seed: int, *, test: bool) -> dict[str, Any]:
    """What is known of one model."""
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    training = metrics["training"]
    known = {
        "seed": seed,
        "development": development(metrics),
        "seconds": training["seconds"],
        "epochs": training["epochs"],
    }
    return {**known, "kept_epoch": training["kept_epoch"], "test": judge(folder) if test else None}


def summary(runs: list[dict[str, Any]], step: Step) -> dict[str, Any]:
    """Means and spreads over the seeds; how far the floor and the aim are, where the test split was read."""

    def over_seeds(values: list[float | None]) -> dict[str, Any] | None:
        known = [value for value in values if value is not None]
        return mean_sd(known) if known else None

    names = ("model", "network", "blend", "rival")
    found: dict[str, Any] = {
        "development": {name: over_seeds([run["development"][name] for run in runs]) for name in names},
        "seconds": mean_sd([run["seconds"] for run in runs]),
        "floor": step.floor,
        "aim": step.aim,
        "test": None,
    }
    tests = [run["test"] for run in runs if run["test"]]
    if tests:
        names = ("accuracy", "network", "rival", "difference", "roc_auc")
        found["test"] = {name: over_seeds([test[name] for test in tests]) for name in names}
        reached = 100 * found["test"]["accuracy"]["mean"]
        found["is_floor_met"] = None if step.floor is None else reached >= step.floor
        found["is_aim_met"] = None if step.aim is None else reached >= step.aim
    return found


def shown(rungs: Mapping[str, dict[str, Any]]) -> str:
    """The rungs as a table."""
    rows = []
    for name, found in rungs.items():
        own, test = found["development"], found["test"]
        cells = [percent(own[key]) if own[key] else "" for key in ("network", "blend", "rival")]
        asked = " / ".join("" if value is None else f"{value:g}" for value in (found["floor"], found["aim"]))
        judged = (
            [percent(test["accuracy"]), points(test["difference"]["mean"]) if test["difference"] else ""]
            if test
            else ["", ""]
        )
        rows.append([name, *cells, f"{found['seconds']['mean']:.0f}", *judged, asked])
    head = [
        "rung",
        "network, dev %",
        "blend, dev %",
        "rival, dev %",
        "seconds",
        "test %",
        "to rival, points",
        "floor / aim",
    ]
    return table(head, rows)


def climb(name: str, chosen: argparse.Namespace, data: Mapping[str, str]) -> dict[str, Any]:
    """Make the models of one rung, and tell how good they are."""
    used = dict(pair.split("=", 1) for pair in chosen.use)
    steps = [step for step in order_of(name) if step not in used]
    runs = []
    for seed in range(chosen.seeds):
        for step in steps:
            folder = folder_of(step, seed, chosen.out, used)
            make(folder, argv_of(step, seed, chosen.out, used, data, chosen.extra), chosen.threads)
            if not chosen.trial:
                keep_log(folder, f"{step}-{seed}" if STEPS[step].is_seeded else step)
        runs.append(run_of(folder_of(name, seed, chosen.out, used), seed, test=chosen.test))
    commands = [" ".join([STEPS[step].command, *(chosen.extra if step in RUNGS else [])]) for step in steps]
    return {"commands": commands, **summary(runs, STEPS[name]), "runs": runs}


def main() -> None:
    """Climb the rungs asked for, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rungs", nargs="*", metavar="RUNG", help=f"any of: {', '.join(RUNGS)}")
    parser.add_argument("--out", type=Path, default=Path("runs/ladder"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--use", action="append", default=[], metavar="STEP=FOLDER", help="a folder for a step's name")
    parser.add_argument("--extra", nargs=argparse.REMAINDER, default=[], help="last: further options of gatewise train")
    parser.add_argument("--test", action="store_true", help="judge on the official test split, once a model")
    parser.add_argument("--trial", metavar="FILE", help="other texts, to see that it runs; results are not kept")
    chosen = parser.parse_args()
    unknown = [name for name in chosen.rungs if name not in RUNGS]
    if unknown or any(pair.partition("=")[0] not in STEPS or "=" not in pair for pair in chosen.use):
        parser.error(f"rungs are {', '.join(RUNGS)}; --use takes NAME=FOLDER of those and of {', '.join(STARTS)}")
    if chosen.trial and chosen.test:
        parser.error("--trial is no reason to read the test split")
    data = DATA | ({"data": chosen.trial, "unlabelled": chosen.trial} if chosen.trial else {})
    climbed = {}
    for name in chosen.rungs or RUNGS:
        climbed[name] = climb(name, chosen, data)
        command = f"python benchmarks/ladder.py {name}" + (" --test" if chosen.test else "")
        figures = {"command": command, "rung": name, **climbed[name]}
        write(f"ladder_{name.replace('-', '_')}", figures, keep=not chosen.trial)
    print(shown(climbed), file=sys.stderr)


if __name__ == "__main__":
    main()
