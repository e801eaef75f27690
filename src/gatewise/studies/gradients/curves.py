"""Plots of gradients against distance and of losses against batches."""

from __future__ import annotations

from typing import Any

from gatewise.studies.gradients.plan import memory_letter
from gatewise.studies.gradients.training import CHANCE
from gatewise.studies.gradients.vanishing import WITH_BIAS, shown_letter
from gatewise.studies.plotting import COLOURS, look, svg
from gatewise.studies.report import Plot

# The sigmoid's curve leaves the picture here; drawn to its end it would press the others into a band.
_LOWEST = 1e-24
_STYLES = ("-", "--", "-.", ":")
_DRAWN_REMEDIES = (
    "none (tanh RNN)",
    "penalty on ‖U‖²",
    "orthogonal start",
    "penalty Ω",
    "identity start, ReLU",
    "LSTM, forget bias 1",
    "LSTM, forget bias 3",
    "echo state",
)


def networks_plot(networks: dict[str, Any]) -> Plot:
    """Norms against distance of all networks, at the start and trained."""
    with look() as pyplot:
        figure, axes = pyplot.subplots(1, 2, figsize=(11, 5.6), sharey=True, layout="constrained")
        for panel, moment in zip(axes, ("start", "trained"), strict=True):
            for place, (name, one) in enumerate(networks.items()):
                letter = shown_letter(name)
                _curve(panel, one[moment][letter], f"{name} (c)" if letter == "c" else name, place)
            _curve(panel, networks[WITH_BIAS][moment]["c"], f"{WITH_BIAS} (c)", len(networks))
            _as_share(panel, "as they start" if moment == "start" else "after training")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        drawn = svg(figure)
    caption = (
        "Norm of ∂L/∂h_t (∂L/∂c_t where it says c) by distance from the last step, as a share of the norm there: "
        "median of all sequences and seeds, shaded from the 10th to the 90th percentile. A straight line is "
        f"exponential decay or growth. What falls below {_LOWEST:g} leaves the picture; the table has it."
    )
    return Plot("networks", caption, drawn)


def remedies_plot(remedies: dict[str, Any], lag: int) -> Plot:
    """The same for the remedies."""
    with look() as pyplot:
        figure, axes = pyplot.subplots(1, 2, figsize=(11, 5.6), sharey=True, layout="constrained")
        for panel, moment in zip(axes, ("start", "trained"), strict=True):
            for place, name in enumerate(_DRAWN_REMEDIES):
                one = remedies[name]
                letter = memory_letter(one[moment])
                solved = f"{one['solved'][str(lag)]}/{len(one['accuracy'][str(lag)])} solved"
                _curve(panel, one[moment][letter], f"{name}{' (c)' * (letter == 'c')}: {solved}", place)
            _as_share(panel, "as they start" if moment == "start" else f"after training at lag {lag}")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
        drawn = svg(figure)
    caption = (
        "The same for the remedies. What is nearly level at the start can learn from the far end; after training the "
        "norm says what the learning made of it."
    )
    return Plot("remedies", caption, drawn)


def _curve(panel: Any, one: dict[str, Any] | None, label: str, place: int) -> None:
    if one is None:
        return
    colour, style = COLOURS[place % len(COLOURS)], _STYLES[place % len(_STYLES)]
    distance = range(len(one["median"]))
    median, low, high = ([max(value, _LOWEST / 10) for value in one[part]] for part in ("median", "low", "high"))
    panel.plot(distance, median, label=label, color=colour, linestyle=style, linewidth=1.8)
    panel.fill_between(distance, low, high, color=colour, alpha=0.13, linewidth=0)


def _as_share(panel: Any, title: str) -> None:
    panel.set(
        title=title,
        yscale="log",
        ylim=(_LOWEST, 1e5),
        xlabel="distance T − t from the last step",
        ylabel="norm / norm at the last step",
    )
    panel.yaxis.set_tick_params(labelleft=True)


def losses_plot(descents: dict[str, Any], rate: float) -> Plot:
    """Loss against batches from exploding starts, with and without clipping."""
    with look() as pyplot:
        figure, axes = pyplot.subplots(1, len(descents), figsize=(11, 3.8), layout="constrained")
        for panel, (name, one) in zip(axes, descents.items(), strict=True):
            for colour, style, remedy in ((COLOURS[1], "-", "none"), (COLOURS[0], "--", "clipping")):
                for number, run in enumerate(one["loss"][remedy]):
                    _run(panel, run, "no clipping" if remedy == "none" else remedy, colour, style, is_first=not number)
            panel.axhline(CHANCE, color="#59636e", linestyle=":", linewidth=1.2, label="a guess")
            panel.set(title=f"{name}, radius {one['radius']:g}", yscale="log", xlabel="batch")
        axes[0].set(ylabel="loss, nats")
        axes[0].legend(loc="lower left", fontsize=9)
        drawn = svg(figure)
    caption = (
        f"Training loss of gradient descent (learning rate {rate:g}) from starts whose gradients grow; one line a "
        "seed. A cross marks where the loss or gradient became no number. Dotted: the loss of a guess."
    )
    return Plot("clipping", caption, drawn)


def _run(panel: Any, run: list[float | None], label: str, colour: str, style: str, *, is_first: bool) -> None:
    lasting = [one for one in run if one is not None]
    panel.plot(lasting, color=colour, linestyle=style, linewidth=1, label=label if is_first else None)
    if lasting and len(lasting) < len(run):
        panel.plot(len(lasting) - 1, lasting[-1], "x", color=colour)
