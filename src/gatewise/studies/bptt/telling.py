"""The study of backpropagation through time in words and tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from gatewise.studies.bptt.descent import STEP, WEIGHT
from gatewise.studies.bptt.sizes import LEARNERS, LEARNT, RATE
from gatewise.studies.report import Cell, Finding, Table

EQUAL = 1e-10
_SHOWN = 6  # Units of a vector that a table has room for.
_LARGEST = 12  # Entries of a matrix that a table has room for.

METHOD = (
    "One LSTM with weights, inputs and targets from N(0, 1) in float64, h = c = 0 before the first step, and the loss "
    "L = Σ_t ½ ‖h_t − y_t‖². Gradients by hand (equations 1 to 5, `gatewise.studies.bptt.by_hand`) are compared with "
    "torch.nn.LSTM's automatic ones, with (L(w + d) − L(w − d)) / 2d, d = 1e-5, of each weight, and likewise of each "
    "value on the way, moved by itself.",
    "∘ is the product by elements, ⊗ the outer product, ^T the transpose; d before a letter is ∂L/∂ of that value, so "
    "that do_t = ∂L/∂o_t is behind the sigmoid and not at the sum inside it.",
    "The relative error of a reading is ‖wrong − right‖ / ‖right‖ over all entries of all gradients.",
)
ADVICE = (
    "Whoever programs it by hand: keep (1) whole, check against central differences on a network of three units, and "
    "only then make it fast. Wrong gradients of these kinds still lower the loss, as the last table but one shows, so "
    "that a falling loss proves nothing.",
    "Write do for a derivative with respect to a gate and z for one with respect to the sum inside it, and never let "
    "one letter stand for both.",
)
EQUATIONS = (
    ("dh_t = ∂L(t)/∂h_t + W_hi^T z_i + W_hf^T z_f + W_hc^T z_c + W_ho^T z_o,  all z of step t + 1", "(1)"),
    ("dc_t = dh_t ∘ o_t ∘ (1 − tanh²(c_t)) + dc_{t+1} ∘ f_{t+1}", "(2)"),
    ("do_t = dh_t ∘ tanh(c_t),  di_t = dc_t ∘ g_t,  df_t = dc_t ∘ c_{t−1},  dg_t = dc_t ∘ i_t", "(3)"),
    ("z_o = do ∘ o (1 − o),  z_i = di ∘ i (1 − i),  z_f = df ∘ f (1 − f),  z_c = dg ∘ (1 − g²)", "(4)"),
    ("dW_xo = Σ_t z_o,t ⊗ x_t,  dW_ho = Σ_t z_o,t ⊗ h_{t−1},  db_o = Σ_t z_o,t;  likewise i, f, c", "(5)"),
    ("published: ∂L/∂c_{T−1} = ∂L(T−1)/∂h_{T−1} · ∂h_{T−1}/∂c_{T−1} + ∂L(T)/∂h_T · ∂h_T/∂c_T · ∂c_T/∂c_{T−1}", "(6)"),
    ("(6) has the first term of (1) alone; right is (2), with dh_{T−1} from the whole of (1)", ""),
)
_READING = {
    "right": "(1) to (5)",
    "printed chain": "(6) as printed: nothing through h_{t−1}",
    "slope twice": "do taken for z_o, and o (1 − o) multiplied again; likewise i, f, c",
    "products by elements": "h_{t−1} do_t by elements: the diagonal of dW_h* alone",
}


def tables(numbers: dict[str, Any]) -> tuple[Table, ...]:
    """Equations, both ways step by step, sums beside autograd, shares, readings, the gradient step."""
    errors = numbers["relative_error"]
    return (
        Table("The way back, from t = T to 1", ("equation", ""), EQUATIONS),
        Table("Forwards: one number a unit", ("step", *"xfigoch"), tuple(_steps(numbers["forward"], "xfigoch"))),
        Table("Backwards: derivatives of L", ("step", *_BACK), tuple(_steps(numbers["backward"], _BACK))),
        Table("Where dc comes from", ("step", *_WAYS.values()), tuple(_steps(numbers["backward"], _WAYS))),
        _sums(numbers),
        Table(
            "Share of each step in each gradient, %",
            ("gradient", *(f"step {t + 1}" for t in range(len(numbers["forward"])))),
            tuple(
                (f"d{name}", *(_number(100 * share, 1) for share in shares))
                for name, shares in numbers["share_of_steps"].items()
            ),
        ),
        Table(
            "Relative error of other readings",
            ("reading", "all gradients", "dW_xo", "dW_hf", "dW_hc"),
            tuple(
                (_READING[name], *(f"{error[part]:.1%}" for part in ("all", "W_xo", "W_hf", "W_hc")))
                for name, error in errors.items()
            ),
        ),
        Table(
            f"Median loss of {LEARNERS} examples by gradient descent with these gradients, α = {RATE}",
            ("reading", *(f"step {step}" for step in LEARNT)),
            tuple((_READING[name], *losses) for name, losses in numbers["descent_by_readings"].items()),
        ),
        _descent(numbers["gradient_step"]),
    )


_BACK = ("dh", "dc", "do", "di", "df", "dg")
_WAYS = {"from_loss": "own loss", "from_cell": "next cell", "from_gates": "h into the next gates (not printed)"}


def _steps(walk: list[dict[str, Any]], names: Iterable[str]) -> Iterable[tuple[Cell, ...]]:
    listed = tuple(names)
    for t, step in enumerate(walk):
        yield str(t + 1), *(_vector(step[name]) for name in listed)


def _vector(values: list[float], places: int = 3) -> str:
    shown = "  ".join(_number(value, places) for value in values[:_SHOWN])
    return shown + ("  …" if len(values) > _SHOWN else "")


def _number(value: float, places: int) -> str:
    # A sign as wide as a digit, and none before nought.
    return f"{round(value, places) + 0:.{places}f}".replace("-", "−")


def _sums(numbers: dict[str, Any]) -> Table:
    rows = []
    for name, found in numbers["gradients"].items():
        hand, auto, differences = (np.array(found[key]) for key in ("by_hand", "autograd", "central_differences"))
        rows.append(
            (
                f"d{name}",
                _matrix(hand),
                f"{np.abs(hand - auto).max():.1e}",
                f"{np.abs(hand - differences).max():.1e}",
            )
        )
    columns = ("gradient", "by hand, row by row", "largest difference to autograd", "to central differences")
    return Table("Sums over the steps", columns, tuple(rows))


def _matrix(values: Any) -> str:
    if values.size > _LARGEST:
        return f"{' × '.join(map(str, values.shape))}, norm {np.linalg.norm(values):.4f}"
    return " | ".join(_vector(row.tolist(), 4) for row in np.atleast_2d(values))


def _descent(found: dict[str, Any]) -> Table:
    rows = tuple((name, *values) for name, values in found.items() if name.startswith(("logistic", "linear")))
    columns = ("E = ½ (ŷ − y)², mean", *(f"step {step}" for step in found["after_steps"]))
    return Table("The gradient step W ← W − α ∂E/∂W from W = 0, one unit with two inputs and a bias", columns, rows)


def findings(numbers: dict[str, Any]) -> tuple[Finding, ...]:
    """Verdicts on the formulas."""
    apart, error = numbers["largest_difference"], numbers["relative_error"]
    values = max(numbers["largest_difference_of_values_to_differences"].values())
    step, work = numbers["gradient_step"], numbers["multiplications_per_weight_and_step"].values()
    lengths = numbers["printed_chain_by_length"]["loss at every step"]
    logistic, over = step["logistic unit, α = 1"], step["linear unit, α a tenth above"]
    return (
        Finding(
            "dW_xo = Σ_t o_t (1 − o_t) x_t do_t, and likewise the other weights",
            "S",
            "true" if apart["autograd"] <= EQUAL else "false",
            f"As an outer product, with do_t = ∂L/∂o_t from (3): at most {apart['autograd']:.1e} from autograd and "
            f"{apart['central differences']:.1e} from central differences; do, di, df, dg, dc and dh themselves are "
            f"within {values:.1e} of what moving the value by itself gives.",
        ),
        Finding(
            "∂L/∂c_{T−1} is the way through h_{T−1} to L(T−1) and the one through c_T to L(T)",
            "S",
            "partly",
            "The way through h_{T−1} into the gates of step T is missing, unless L(T−1) means all loss from T−1 on. "
            f"Without it all gradients together are {error['printed chain']['all']:.1%} off here; over random examples "
            f"the median error is {lengths['median'][1]:.1%} at T = {lengths['steps'][1]} and "
            f"{lengths['median'][-1]:.1%} at T = {lengths['steps'][-1]}.",
        ),
        Finding(
            "dW_ho = Σ_t o_t (1 − o_t) h_{t−1} do_t and its like can be programmed as they stand",
            "S",
            "false",
            "The product must be the outer one and do_t the derivative behind the gate. By elements, x_t do_t has no "
            "meaning where inputs and units differ in number, and h_{t−1} do_t fills the diagonal alone "
            f"({error['products by elements']['all']:.1%} off). With do_t taken for the derivative at the sum inside "
            f"the gate, all is {error['slope twice']['all']:.1%} off.",
        ),
        Finding(
            "The new weight is the weight minus learning rate times gradient, and the loss falls",
            "G, S, W, K",
            "partly",
            f"On a logistic unit with α = 1, E falls from {logistic[0]:.4f} to {logistic[-1]:.4f} in 1,000 steps. A "
            f"linear unit whose α is a tenth too large goes from {over[0]:.4f} to {over[3]:.1e} in 100: the step must "
            "be small enough.",
        ),
        Finding(
            "10.999 = 10.1 − 0.001",
            "S",
            "false",
            f"{WEIGHT} − {STEP} = {step['slides']:.3f}.",
        ),
        Finding(
            "Each weight update costs O(1)",
            "A",
            "true" if max(work) <= 3 else "unclear",
            f"For each weight and step, that is: {max(work):.2f} multiplications on the average, 2 for W_x and 3 for "
            "W_h, forwards and backwards, with 384 weights or 98,304 and at 8 steps or 64. Memory is another matter: "
            "backpropagation through time keeps every step.",
        ),
    )
