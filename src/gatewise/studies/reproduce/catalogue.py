"""Every published result that can be run again, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gatewise.errors import ParameterError
from gatewise.studies.report import Report
from gatewise.studies.reproduce.correlation import correlation
from gatewise.studies.reproduce.overfitting import overfitting
from gatewise.studies.reproduce.published import PUBLISHED
from gatewise.studies.reproduce.qrnn import qrnn
from gatewise.studies.reproduce.running import Workshop
from gatewise.studies.reproduce.trained import trained
from gatewise.train.progress import Reporter


@dataclass(frozen=True)
class Entry:
    """A published result in the list.

    Attributes:
        title: What it is, in a few words.
        source: Who published it.
        figure: What is published.
        minutes: About so many of one core, for three seeds.
        run: Makes the report.
    """

    title: str
    source: str
    figure: str
    minutes: int
    run: Callable[[Workshop], Report]


CATALOGUE: dict[str, Entry] = {
    **{
        name: Entry(one.title, one.source, one.figure, one.minutes, partial(trained, name))
        for name, one in PUBLISHED.items()
    },
    "correlation": Entry(
        "Predicted values against sentiments on 4,500 documents",
        "S",
        "Pearson 0.882, Spearman 0.886, deviations 0.133 ± 0.147",
        12,
        correlation,
    ),
    "overfitting": Entry(
        "Overfitting, and what regularization repairs", "G", "gap of 14.7 points in epoch 8", 23, overfitting
    ),
    "qrnn": Entry("Quasi-recurrent network against LSTM", "G", "up to 16 times faster", 12, qrnn),
}


def reproduce(name: str, out: Path, reporter: Reporter, *, seeds: Sequence[int] = (0, 1, 2)) -> Report:
    """Run a published result again; what lies in `out` already is not trained again.

    Args:
        name: A name of `CATALOGUE`.
        out: Folder for one model a variant and seed; an interrupted one goes on where it stopped.
        reporter: Hears of the progress.
        seeds: Seeds to run.

    Returns:
        Published and measured figures, and verdicts.

    Raises:
        ParameterError: There is no experiment of that name.
        DataError: The reviews are not in the cache.
        TrainingError: `out` holds models of another recipe, or the run was stopped.
    """
    if name not in CATALOGUE:
        raise ParameterError(f"there is no experiment {name!r}", hint=f"one of: {', '.join(CATALOGUE)}")
    return CATALOGUE[name].run(Workshop(name, out, reporter, seeds))
