"""Tables and prose of the study of memory."""

from __future__ import annotations

import statistics
from typing import Any

from gatewise.studies.memory.batch import Task
from gatewise.studies.memory.grids import grid_table
from gatewise.studies.memory.measuring import Cell, guessed, mean
from gatewise.studies.memory.plan import MAIN
from gatewise.studies.memory.tasks import DISTRACTORS, TASKS
from gatewise.studies.memory.training import CLIP, RECENT, SOLVED, TESTED
from gatewise.studies.report import Table

QUESTION = (
    "Over how many steps does each network learn to remember, on the tasks the LSTM was invented with, and what does "
    "it need for that?"
)


def tables(numbers: dict[str, Any]) -> tuple[Table, ...]:
    """All tables, the long-lag task first."""
    main = [cell for cell in numbers["cells"] if cell["task"] == MAIN]
    others = [cell for cell in numbers["cells"] if cell["task"] != MAIN]
    caption = f"Task 2c: x or y, then noise. Share of {TESTED:,} fresh sequences right"
    made = [_results(caption, main, with_task=False)]
    if others:
        made.append(_results(f"The other tasks. Share of {TESTED:,} fresh sequences right", others, with_task=True))
    if numbers["rates"]:
        made.append(_rates(numbers["rates"]))
    if numbers["grids"]:
        made.append(grid_table(numbers["grids"]))
    return (*made, _resources(main))


def _results(caption: str, cells: list[Cell], *, with_task: bool) -> Table:
    names = ("network", "lag", "right, mean", "worst seed", "likeliest right", "steps", "seeds solved", "rate")
    rows = []
    for cell in cells:
        row = (cell["label"], cell["lag"], *_shares(cell), cell["budget"]["rate"])
        rows.append((cell["task"], *row) if with_task else row)
    return Table(caption, ("task", *names) if with_task else names, tuple(rows))


def _shares(cell: Cell) -> tuple[str, str, str, str, str]:
    likeliest = guessed(cell)
    solved = sum(cell["solved"])
    steps = f"{statistics.fmean(cell['steps']):.0f}"
    return (
        f"{mean(cell):.1%}",
        f"{min(cell['right']):.1%}",
        "" if likeliest is None else f"{likeliest:.1%}",
        steps if solved == len(cell["solved"]) else f"{steps} of {cell['budget']['steps']}",
        f"{solved} of {len(cell['solved'])}",
    )


def _rates(cells: list[Cell]) -> Table:
    rows = tuple((cell["budget"]["rate"], *_shares(cell)) for cell in cells)
    caption = f"LSTM, chrono, on task 2c at lag {cells[0]['lag']}, at other learning rates"
    return Table(caption, ("rate", "right, mean", "worst seed", "likeliest right", "steps", "seeds solved"), rows)


def _resources(main: list[Cell]) -> Table:
    first = {cell["network"]: cell for cell in reversed(main)}
    base = first.get("rnn")
    rows = []
    for network in dict.fromkeys(cell["network"] for cell in main):
        cell = first[network]
        ratio = f"{cell['multiplications'] / base['multiplications']:.2f}" if base else ""
        rows.append((network, cell["parameters"], cell["multiplications"], ratio))
    width = main[0]["budget"]["hidden"]
    caption = f"What a network costs at width {width}, reading {TASKS[MAIN].inputs} inputs"
    return Table(caption, ("network", "parameters", "multiplications a step", "times rnn"), tuple(rows))


def _described(task: Task) -> str:
    return f"{task.name} ({task.source}): the lag is the {task.lag}; right is a sequence where {task.criterion}"


METHOD = (
    f"Every batch is drawn afresh: 32 sequences, Adam, gradients cut to norm {CLIP:g}, width 16 (copy: 64), one layer, "
    f"its last state read by one linear layer. Training ends when {SOLVED:.0%} of the last {RECENT} training sequences "
    "were right before their step, or with the budget: 600 steps for task 2c and the Reber grammar, 2,000 for the "
    f"others. Then {TESTED:,} sequences drawn from another seed are judged by the paper's criterion, which for task 2c "
    "wants each output within 0.2 of its target. Likeliest right is the share of which the likeliest class is right.",
    f"Task 2c of Hochreiter and Schmidhuber (1997): b, then x or y, then at least as many of {DISTRACTORS} distractor "
    "symbols at random as the lag says, then e, after which the net has to say x or y. The end is random, so that no "
    "step can be counted; no shorter sequences are ever seen. The paper has 50 to 1,000 distractor symbols and finds "
    "fewer to be harder. Sizes, optimizer and the number of distractors are ours; so are the lags of tasks that the "
    "paper has at one or two lengths: lags 50 (adding, multiplication) and 40 (temporal order) are the paper's.",
    "Starts. Orthogonal recurrent weights, but for uniform, where all weights and biases are drawn within ±1/√H, as "
    "torch does. Bias 1: forget gates begin at a bias of 1, the package's default. Chrono (Tallec and Ollivier 2018): "
    "forget biases log u, u uniform up to the lag, input biases −log u; of a GRU the gate that keeps, of a QRNN the "
    "forget gate; of the LSTM of 1997 the input gate alone, which by default begins at −1. No network is trained on "
    "short lags first.",
    "Learning rates. The simple network (tanh) is given three up to lag 100 of task 2c, there and on temporal order "
    "the best over all seeds is shown; elsewhere it has one, as the others have everywhere. Parity is trained on "
    "strings of 1 bit up to the full number and tested on the full number.",
    "The tasks. " + ". ".join(_described(task) for task in TASKS.values()) + ".",
    "Strings of the Reber grammar are drawn without end; the paper has 256 to train and 256 to test on, and asks for "
    "all of them.",
)
ADVICE = (
    "Know how far back your answers lie, and begin the gates for that: forget biases log u, u uniform up to the span, "
    "input biases −log u. It costs nothing, and where it decides, it decides between everything and nothing. A bias of "
    "1 is for spans of some twenty steps.",
    "A loss that does not move at all in hundreds of steps on long sequences is a sign of gates that begin too shut, "
    "not of a wrong learning rate: that may be wrong by a factor of three to either side.",
    "A simple network is enough for a handful of steps, and costs a quarter of an LSTM there. Beyond, noise drowns it; "
    "longer training and smaller learning rates move the limit a little.",
    "GRU, QRNN, peephole and Grid LSTM begun in the same way do as well as far as they were tried. A QRNN has no "
    "product of matrices between steps, which makes it the cheapest of them.",
)
