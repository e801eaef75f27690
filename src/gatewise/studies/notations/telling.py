"""The study of notations in words, tables and a plot."""

from __future__ import annotations

from typing import Any

from gatewise.studies.plotting import COLOURS, look, svg
from gatewise.studies.report import Finding, Plot, Table

# Equal up to rounding: a few hundred operations of 1.1e-16 each.
EQUAL = 1e-12
_NONE = 1e-17  # Where the plot shows a difference of nought.

METHOD = (
    "One network with weights and biases from N(0, 1/4) and one sequence from N(0, 1), float64, h = c = 0 before the "
    "first step. Each forward pass is a function of its own, written as its document writes it "
    "(`gatewise.studies.notations.literal`); weights go from one notation to the other by the converters of "
    "`gatewise.studies.notations.forms` and `layouts`.",
    "Notation (2) has no bias. It carries one as the weights of a further input that is always 1.",
    "m are units, n inputs; parameters are counted in arrays of m = 100 and n = 32, K's network.",
)
ADVICE = (
    "The notations are one network; take whichever your library has. Of two biases the forward pass sees the sum "
    "alone, and both have the same gradient, so that in a step of gradient descent the sum moves twice as far as one "
    "bias would.",
    "When weights move between libraries, compare the outputs on one random sequence. A wrong order of gates, swapped "
    "states and a forgotten bias all have fitting shapes, raise no error and change every number.",
    "Put an output matrix between h and softmax. Without one the vocabulary must be as large as h, and no prediction "
    "can be sure, for h lies in (−1, 1).",
)


def tables(numbers: dict[str, Any]) -> tuple[Table, ...]:
    """Agreement, slips, parameters, the sum of the pseudo-code, softmax without a matrix."""
    compared = tuple((name, max(values)) for name, values in numbers["equal_by_step"].items())
    slipped = tuple((name, values[0], max(values)) for name, values in numbers["slips_by_step"].items())
    counted = tuple(numbers["parameters"].items())
    sure = tuple((f"{int(size):,}", share, 1 / share) for size, share in numbers["surest_softmax"].items())
    return (
        Table("The same network, written differently: largest difference of h to (1)", ("by", "difference"), compared),
        Table(
            f"Mistakes that raise no error; h is {numbers['typical_h']:.3f} in root mean square",
            ("mistake", "difference of h at step 1", "largest difference of h"),
            slipped,
        ),
        Table("Parameters with m = 100 units and n = 32 inputs", ("counted in", "parameters"), counted),
        Table(
            "S's combine = prev_ht + input",
            ("what they are", "sizes", "what comes out"),
            tuple((case["what"], case["sizes"], case["result"]) for case in numbers["combining"]),
        ),
        Table(
            "softmax(h) without an output matrix",
            ("words = units", "no probability reaches", "no perplexity comes below"),
            sure,
        ),
    )


def findings(numbers: dict[str, Any]) -> tuple[Finding, ...]:
    """Verdicts on what the documents say or leave open."""
    apart = max(max(values) for values in numbers["equal_by_step"].values())
    swapped, parameters = numbers["slips_by_step"]["return values swapped (S)"], numbers["parameters"]
    small = parameters["torch.nn.RNN"]
    return (
        Finding(
            "The three notations are the same network",
            "K, W",
            "true" if apart <= EQUAL else "false",
            f"Outputs differ by at most {apart:.1e}, torch.nn.LSTM's included. (2) needs a constant input for biases, "
            "and (3) has a bias more than it can use.",
        ),
        Finding(
            "An LSTM has 4 (m² + mn + m) parameters, 53,200 for m = 100 and n = 32",
            "K",
            "true" if parameters["(1) 4 (m² + mn + m)"] == 53_200 else "false",
            f"{parameters['(1) 4 (m² + mn + m)']:,} in notation (1) and in Keras; {parameters['(2) 4 (m² + mn)']:,} in "
            f"(2) and {parameters['(3) 4 (m² + mn + 2m)']:,} in (3), which is what torch counts.",
        ),
        Finding(
            "ct, ht = LSTMCELL(ct, ht, input), of a cell that returns ht, Ct",
            "S",
            "false",
            f"h is off by {swapped[0]:.3f} at the first step and by up to {max(swapped):.3f}, and nothing raises an "
            "error. Right is ht, ct = LSTMCELL(ct, ht, input).",
        ),
        Finding(
            "combine = prev_ht + input concatenates",
            "S",
            "partly",
            "Lists do. NumPy arrays of equal size are added without an error, and so is an array of one number.",
        ),
        Finding(
            "softmax(h) gives the likeliest token",
            "W",
            "partly",
            "Only with as many units as words, and never surely: with 5,000 words no probability reaches "
            f"{numbers['surest_softmax']['5000']:.2%}. An output matrix mends both.",
        ),
        Finding(
            "RNNs use far fewer resources than LSTM or GRU",
            "W",
            "true",
            f"At equal width {small:,} parameters against {parameters['torch.nn.GRU']:,} (GRU) and "
            f"{parameters['torch.nn.LSTM']:,} (LSTM), a third and a quarter; products are in the same proportion.",
        ),
    )


def plot(numbers: dict[str, Any]) -> Plot:
    """Differences of h by step: rounding below, mistakes above."""
    _, *others = numbers["equal_by_step"].values()
    equal = [max(values) for values in zip(*others, strict=True)]
    steps = range(1, len(equal) + 1)
    with look() as pyplot:
        figure, axes = pyplot.subplots(figsize=(9, 4), layout="constrained")
        for place, (name, values) in enumerate(numbers["slips_by_step"].items()):
            axes.semilogy(steps, values, label=name, linestyle=("-", "--", "-.", ":")[place], marker="o", markersize=3)
        # What agrees to the last bit has no place on a logarithmic axis and stands at the edge.
        shown = [max(value, _NONE) for value in equal]
        axes.semilogy(steps, shown, label="the same, written differently", color=COLOURS[5], marker="s", markersize=4)
        axes.set(xlabel="step", ylabel="largest difference of h to notation (1)", ylim=(_NONE / 2, 10))
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(loc="center", fontsize=9)
        drawn = svg(figure)
    caption = (
        "Largest difference of a unit's h to notation (1), by step. Below: the same network by the other notations, by "
        "gatewise and by torch, equal up to rounding (1e-17 stands for none at all). Above: mistakes that raise no "
        "error."
    )
    return Plot("notations", caption, drawn)
