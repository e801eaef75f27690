"""Tables of the study, from its numbers."""

from __future__ import annotations

from typing import Any

from gatewise.studies.gradients.plan import Plan, memory_letter
from gatewise.studies.gradients.sweeps import decades
from gatewise.studies.gradients.verdicts import EXPLODING, NAMED_AGAINST, against_exploding, against_vanishing
from gatewise.studies.report import Cell, Table

_NEVER = "–"


def tables(numbers: dict[str, Any], plan: Plan) -> tuple[Table, ...]:
    """All of them, in the order of the page."""
    return (
        _networks(numbers["networks"], "start", f"As they start, over {plan.lag} steps; distances in steps"),
        _networks(
            numbers["networks"],
            "trained",
            f"After training on lags from 1 to {plan.lag}, over {plan.lag} steps",
            solved=True,
        ),
        _radius(numbers["radius"]),
        _descents(numbers["descents"], plan),
        _remedies(numbers, plan),
        _starts(numbers["starts"]),
        _reach(numbers["reach"], len(plan.seeds)),
        _rates(numbers["rates"], len(plan.seeds), plan.lags[0]),
        _depth(numbers["depth"]),
    )


def small(value: float) -> str:
    """A ratio in scientific notation, or 0 if it is exactly that."""
    return "0" if value == 0 else f"{value:.1e}"


def signed(value: float | None) -> str:
    """A slope with its sign."""
    return "falls to 0" if value is None else f"{value:+.3f}"


def _distance(value: int | None) -> str:
    return _NEVER if value is None else str(value)


def _networks(networks: dict[str, Any], moment: str, caption: str, *, solved: bool = False) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, one in networks.items():
        for letter, found in one[moment].items():
            told = (f"{one['solved']} of {len(one['accuracy'])}",) if solved else ()
            rows.append((name, *told, f"∂L/∂{letter}_t", *_decay_cells(found)))
    columns = (
        "network",
        *(("solved",) if solved else ()),
        "gradient",
        "decades a step",
        "10th to 90th %",
        "first / last",
        "1/1000 at",
        "float32 ends at",
    )
    return Table(caption, columns, tuple(rows))


def _decay_cells(found: dict[str, Any] | None) -> tuple[Cell, ...]:
    if found is None:
        return (_NEVER,) * 5
    spread = f"{signed(found['slope_low'])} … {signed(found['slope_high'])}"
    return (
        signed(found["slope"]),
        _NEVER if found["slope"] is None else spread,
        small(found["ratio"]),
        _distance(found["distance"]),
        _distance(found["below_float32"]),
    )


def _radius(radius: dict[str, Any]) -> Table:
    settings = next(iter(radius.values()))
    rows = tuple(
        (
            setting,
            *(signed(one[setting]["h"]["slope"]) if one[setting]["h"] else _NEVER for one in radius.values()),
        )
        for setting in settings
    )
    caption = "Decades a step of ∂L/∂h_t at the start, by spectral radius of the recurrent blocks"
    return Table(caption, ("radius", *radius), rows)


def _descents(descents: dict[str, Any], plan: Plan) -> Table:
    rows = tuple(
        (
            f"{name}, radius {one['radius']:g}",
            remedy,
            row["runs"],
            row["diverged"],
            row["solved"],
            _NEVER if row["largest_loss"] is None else f"{row['largest_loss']:.3g}",
            _NEVER if row["largest_norm"] is None else f"{row['largest_norm']:.3g}",
        )
        for name, one in descents.items()
        for remedy, row in one["remedies"].items()
    )
    columns = ("start", "remedy", "runs", "diverged", "solved", "largest loss", "largest gradient")
    return Table(f"Gradient descent from exploding starts, lag {plan.lags[1]}, four learning rates", columns, rows)


def _remedies(numbers: dict[str, Any], plan: Plan) -> Table:
    every = numbers["remedies"]
    rows = tuple(
        (
            name,
            NAMED_AGAINST.get(name, _NEVER),
            *(_ratio(one[moment]) for moment in ("start", "trained")),
            *(one["solved"][str(lag)] for lag in plan.lags),
            against_vanishing(every, name, plan),
            against_exploding(numbers["descents"], EXPLODING[name]) if name in EXPLODING else "not tested",
        )
        for name, one in every.items()
    )
    columns = (
        "remedy",
        "named for",
        "start",
        "trained",
        *(f"lag {lag}" for lag in plan.lags),
        "vanishing",
        "exploding",
    )
    caption = (
        "Remedies: first / last gradient of h, or of c where there is one, at the start and trained; models of "
        f"{len(plan.seeds)} that learnt each lag; and whether they help against vanishing and exploding gradients"
    )
    return Table(caption, columns, rows)


def _ratio(letters: dict[str, Any]) -> str:
    found = letters[memory_letter(letters)]
    return small(found["ratio"]) if found else _NEVER


def _starts(starts: dict[str, Any]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    told = (
        ("forget_bias", "LSTM, forget bias {}"),
        ("scale", "LSTM, weights × {}"),
        ("scale_of_rnn", "RNN, tanh, weights × {}"),
    )
    for part, name in told:
        for setting, letters in starts[part].items():
            h, c = letters["h"], letters.get("c")
            rows.append(
                (
                    name.format(setting),
                    signed(h["slope"]) if h else _NEVER,
                    signed(c["slope"]) if c else _NEVER,
                    small(h["ratio"]) if h else _NEVER,
                )
            )
    return Table(
        "How LSTMs start, beside the plain RNN",
        ("start", "decades a step, h", "decades a step, c", "first / last step, h"),
        tuple(rows),
    )


def _reach(reach: dict[str, Any], seeds: int) -> Table:
    rates = tuple(next(iter(reach.values())))
    rows = tuple((lag, *(f"{one[rate]['solved']} of {seeds}" for rate in rates)) for lag, one in reach.items())
    return Table("Lags that a tanh RNN learns", ("lag", *(f"learning rate {rate}" for rate in rates)), rows)


def _rates(rates: dict[str, Any], seeds: int, lag: int) -> Table:
    settings = tuple(next(iter(rates.values())))
    rows = tuple((rate, *(f"{one[rate]['solved']} of {seeds}" for one in rates.values())) for rate in settings)
    return Table(f"Learning rates that solve lag {lag}", ("learning rate", *rates), rows)


def _depth(depth: dict[str, Any]) -> Table:
    rows = tuple(
        (
            name,
            signed(decades(one["norm"])),
            small(one["norm"][0]),
            "diverged" if one["moved"][0] is None else small(one["moved"][0]),
            "diverged" if one["moved"][-1] is None else small(one["moved"][-1]),
        )
        for name, one in depth.items()
    )
    columns = ("stack of 20 layers", "decades a layer", "first / last layer", "first layer moved", "last layer moved")
    return Table("Feed-forward stacks", columns, rows)
