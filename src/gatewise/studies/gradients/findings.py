"""Claims of the course documents, with verdicts that follow from the numbers."""

from __future__ import annotations

from itertools import takewhile
from math import log10
from typing import Any

from gatewise.studies.gradients.exploding import crossing
from gatewise.studies.gradients.plan import Plan
from gatewise.studies.gradients.remedies import NONE
from gatewise.studies.gradients.sweeps import decades
from gatewise.studies.gradients.tables import signed, small
from gatewise.studies.gradients.vanishing import PLAIN, WITH_BIAS
from gatewise.studies.gradients.verdicts import EXPLODING, against_exploding, against_vanishing, pooled
from gatewise.studies.report import Finding, Verdict

_VANISHED = 1e-3
_GROWN = 1e3


def findings(numbers: dict[str, Any], plan: Plan) -> tuple[Finding, ...]:
    """All of them."""
    return (
        _short_memory(numbers, plan),
        _early_layers(numbers),
        _reach(numbers, plan),
        _forget_gate(numbers, plan),
        _not_completely(numbers),
        _behaves_like_a_plain_one(numbers, plan),
        _fine_adjustment(numbers, plan),
        _relu_grows(numbers, plan),
        _times_three(numbers, plan),
        _worse_but_seen(numbers, plan),
        _against_exploding(numbers),
        _against_vanishing(numbers, plan),
    )


def _verdict(holds: bool, *, denied: bool) -> Verdict:
    return "true" if holds else "false" if denied else "partly"


def _short_memory(numbers: dict[str, Any], plan: Plan) -> Finding:
    plain = {name: numbers["networks"][name] for name in PLAIN}
    ratios = {name: one["start"]["h"]["ratio"] for name, one in plain.items()}
    solved = sum(one["solved"] for one in plain.values())
    told = "; ".join(f"{name} {small(ratio)}" for name, ratio in ratios.items())
    all_vanish = all(ratio < _VANISHED for ratio in ratios.values())
    return Finding(
        "A plain RNN has a short memory, for its gradients vanish",
        "G, S, K, W, A",
        _verdict(all_vanish and not solved, denied=not all_vanish),
        f"Over {plan.lag} steps the gradient falls to a share of: {told}. Of {3 * len(plan.seeds)} such networks "
        f"trained on lags up to {plan.lag}, {solved} solve the longest.",
    )


def _early_layers(numbers: dict[str, Any]) -> Finding:
    one, tanh = numbers["depth"]["sigmoid"], numbers["depth"]["tanh"]
    share = one["moved"][0] / one["moved"][-1]
    return Finding(
        "Early layers stop learning",
        "G, W",
        _verdict(share < _VANISHED and tanh["moved"][0] < _VANISHED * tanh["moved"][-1], denied=share > _VANISHED),
        f"In a stack of 20 sigmoid layers the gradient falls by {-decades(one['norm']):.2f} decades a layer, and the "
        f"first layer moves {small(share)} as far as the last. With tanh it moves "
        f"{tanh['moved'][0] / tanh['moved'][-1]:.1f} times as far: it is the sigmoid, not the depth alone.",
    )


def _reach(numbers: dict[str, Any], plan: Plan) -> Finding:
    best = {int(lag): max(one["solved"] for one in by_rate.values()) for lag, by_rate in numbers["reach"].items()}
    surely = max(takewhile(lambda lag: best[lag] == len(plan.seeds), best), default=0)
    ever = max((lag for lag, solved in best.items() if solved), default=0)
    verdict: Verdict = "true" if ever <= 10 else "partly" if surely < plan.lag else "false"
    return Finding(
        "Learning fails beyond lags of 5 to 10 steps",
        "A",
        verdict,
        f"A tanh RNN with the best of three learning rates: all of {len(plan.seeds)} models learn every lag up to "
        f"{surely}, one at least up to {ever}; learnt by lag: "
        f"{', '.join(f'{lag}: {solved}' for lag, solved in best.items())}. The task is kind: three bits, shown by "
        "symbols of their own.",
    )


def _forget_gate(numbers: dict[str, Any], plan: Plan) -> Finding:
    starts = numbers["starts"]["forget_bias"]
    ratios = {bias: starts[bias]["c"]["ratio"] for bias in ("0", "1", "3")}
    solved = {bias: numbers["remedies"][f"LSTM, forget bias {bias}"]["solved"][str(plan.lag)] for bias in ratios}
    explodes = numbers["radius"]["LSTM"]["10"]["h"]["ratio"]
    kept = ratios["3"] > _VANISHED
    return Finding(
        "The forget gate removes vanishing and exploding gradients",
        "G",
        "partly" if kept else "false",
        "It removes vanishing where it stands open. Share of ∂L/∂c_t left over "
        f"{plan.lag} steps at the start: {', '.join(f'bias {bias}: {small(one)}' for bias, one in ratios.items())}; "
        f"models of {len(plan.seeds)} that learn lag {plan.lag}: "
        f"{', '.join(f'bias {bias}: {one}' for bias, one in solved.items())}. It does not remove exploding: at "
        f"spectral radius 10 the gradient grows to {small(explodes)} times.",
    )


def _not_completely(numbers: dict[str, Any]) -> Finding:
    start = numbers["networks"]["LSTM"]["start"]
    grown = numbers["radius"]["LSTM"]["10"]["h"]["ratio"]
    radius = {name: crossing(one) for name, one in numbers["radius"].items()}
    row = numbers["descents"]["LSTM"]["remedies"]
    vanishes, explodes = start["c"]["ratio"] < _VANISHED, grown > _GROWN
    turning = "; ".join(f"{name} {one:.1f}" for name, one in radius.items() if one)
    return Finding(
        "LSTM does not remove vanishing gradients completely and still has exploding ones",
        "K",
        _verdict(vanishes and explodes, denied=not vanishes and not explodes),
        f"As torch starts it, {small(start['h']['ratio'])} of ∂L/∂h_t and {small(start['c']['ratio'])} of ∂L/∂c_t are "
        f"left. Spectral radius from which gradients grow: {turning}. In gradient descent from radius "
        f"{numbers['descents']['LSTM']['radius']:g}, {row['none']['diverged']} of {row['none']['runs']} LSTMs diverge, "
        f"and {row['none']['solved']} solve the task without clipping against {row['clipping']['solved']} with it.",
    )


def _behaves_like_a_plain_one(numbers: dict[str, Any], plan: Plan) -> Finding:
    starts, remedies = numbers["starts"], numbers["remedies"]
    plain = starts["scale_of_rnn"]["1"]["h"]["slope"]
    slopes = {bias: starts["forget_bias"][bias]["h"]["slope"] for bias in ("-2", "0", "1", "3")}
    middle = str(plan.lags[1])
    alike = slopes["0"] < plain / 2
    return Finding(
        "Random weight initialization has a huge impact: an LSTM can behave like a simple RNN",
        "K",
        _verdict(alike and slopes["3"] > plain / 4, denied=not alike),
        f"Decades a step at the start: tanh RNN {signed(plain)}; LSTM with forget bias "
        f"{', '.join(f'{bias}: {signed(one)}' for bias, one in slopes.items())}. At lag {middle}, "
        f"{remedies[NONE]['solved'][middle]} of {len(plan.seeds)} plain RNNs learn the task; LSTMs, by forget bias, "
        + ", ".join(f"{bias}: {remedies[f'LSTM, forget bias {bias}']['solved'][middle]}" for bias in slopes)
        + f". Larger weights keep more: times 4 {signed(starts['scale']['4']['h']['slope'])}, times 8 "
        f"{signed(starts['scale']['8']['h']['slope'])}.",
    )


def _fine_adjustment(numbers: dict[str, Any], plan: Plan) -> Finding:
    wide = {name: _span(by_rate, len(plan.seeds)) for name, by_rate in numbers["rates"].items()}
    rnn, lstm = wide["RNN, tanh"], wide[WITH_BIAS]
    remedies, longest = numbers["remedies"], str(plan.lag)
    by_bias = {bias: remedies[f"LSTM, forget bias {bias}"]["solved"][longest] for bias in ("-2", "0", "1", "3")}
    bias_matters = len(set(by_bias.values())) > 1
    return Finding(
        "LSTM needs no fine adjustment of learning rate and biases",
        "A",
        "partly" if lstm >= 1 and bias_matters else "true" if lstm >= 1 else "false",
        f"Learning rates of Adam from {min(numbers['rates'][WITH_BIAS], key=float)} to "
        f"{max(numbers['rates'][WITH_BIAS], key=float)} were tried at lag {plan.lags[0]}. Every LSTM with forget bias "
        f"1 learns over {lstm:.1f} decades of them, every tanh RNN over {rnn:.1f}. The bias matters: at lag {longest} "
        f"models that learn, of {len(plan.seeds)}, by forget bias, are "
        + ", ".join(f"{bias}: {solved}" for bias, solved in by_bias.items())
        + ".",
    )


def _span(by_rate: dict[str, Any], seeds: int) -> float:
    """Decades from the lowest to the highest learning rate at which all models learnt."""
    good = [float(rate) for rate, one in by_rate.items() if one["solved"] == seeds]
    return log10(max(good) / min(good)) if good else 0.0


def _relu_grows(numbers: dict[str, Any], plan: Plan) -> Finding:
    stack, he = numbers["depth"]["ReLU, weights × 1.5"], numbers["depth"]["ReLU"]
    by_radius = numbers["radius"]["RNN, ReLU"]
    grows = decades(stack["norm"]) > 0 and by_radius["2"]["h"]["ratio"] > _GROWN
    return Finding(
        "Gradients of ReLU can exceed 1 and grow layer by layer",
        "S",
        _verdict(grows, denied=not grows),
        f"With weights 1.5 times those of He et al. 2015 they grow {decades(stack['norm']):.2f} decades a layer, to "
        f"{small(stack['norm'][0])} times over 20; with theirs they stay ({small(he['norm'][0])}). A ReLU RNN of "
        f"spectral radius 2 multiplies them by {small(by_radius['2']['h']['ratio'])} over {plan.lag} steps, one of "
        f"radius 1 by {small(by_radius['1']['h']['ratio'])}. It is the weights that exceed 1; the slope of ReLU does "
        "not.",
    )


def _times_three(numbers: dict[str, Any], plan: Plan) -> Finding:
    linear, tanh = (numbers["radius"][name]["3"]["h"] for name in ("RNN, linear", "RNN, tanh"))
    return Finding(
        "Multiplying by 3 again and again explodes without tanh",
        "W",
        _verdict(linear["ratio"] > _GROWN and tanh["ratio"] < 1, denied=linear["ratio"] < 1),
        f"At spectral radius 3 a linear RNN's gradient grows {linear['slope']:.3f} decades a step (log₁₀ 3 = 0.477), "
        f"to {small(linear['ratio'])} times over {plan.lag} steps. tanh bounds the states, but not the gradient: "
        f"{signed(tanh['slope'])} decades a step, {small(tanh['ratio'])} times.",
    )


def _worse_but_seen(numbers: dict[str, Any], plan: Plan) -> Finding:
    none, clipped = (pooled(numbers["descents"], one) for one in ("none", "clipping"))
    largest = max(one["remedies"]["none"]["largest_norm"] or 0 for one in numbers["descents"].values())
    guessing = ", ".join(f"{one:.2f}" for one in numbers["remedies"][NONE]["accuracy"][str(plan.lag)])
    seen = none["diverged"] > 0
    return Finding(
        "Exploding gradients are the worse problem, but the easier seen",
        "S",
        "partly" if seen and clipped["diverged"] < none["diverged"] else _verdict(seen, denied=not seen),
        f"Easier seen: {none['diverged']} of {none['runs']} unclipped runs of tanh and ReLU RNNs from exploding starts "
        "end without a number or above twice the loss of a guess, with gradients up to "
        f"{small(largest)}. Vanishing raises no alarm: at lag {plan.lag} plain RNNs go on with accuracies of "
        f"{guessing} where a guess has 0.125. Not the worse: clipping leaves {clipped['diverged']} divergences and "
        f"takes the solved runs from {none['solved']} to {clipped['solved']}, while vanishing wants another start "
        "or network.",
    )


def _against_exploding(numbers: dict[str, Any]) -> Finding:
    descents = numbers["descents"]
    said = {name: against_exploding(descents, remedies) for name, remedies in EXPLODING.items()}
    tanh = descents["RNN, tanh"]["remedies"]
    counts = {remedy: pooled(descents, remedy) for remedy in tanh}
    told = "; ".join(f"{name} {row['diverged']} and {row['solved']}" for name, row in counts.items())
    norms = ", ".join(f"{name} {row['largest_norm'] or 0:.3g}" for name, row in tanh.items())
    return Finding(
        "Clipping, penalties and truncated backpropagation are remedies for exploding gradients",
        "S",
        _verdict(all(one == "works" for one in said.values()), denied=all(one == "no" for one in said.values())),
        f"Of {counts['none']['runs']} runs of tanh and ReLU RNNs, diverged and solved: {told}. Largest gradient of "
        f"the tanh RNNs, before clipping: {norms}. So {', '.join(f'{name}: {one}' for name, one in said.items())}. "
        "Whatever lies beyond the cut of a truncation gets no gradient.",
    )


def _against_vanishing(numbers: dict[str, Any], plan: Plan) -> Finding:
    remedies = numbers["remedies"]
    names = (
        "orthogonal start",
        "spectral radius 1",
        "identity start, ReLU",
        "penalty Ω",
        *(f"LSTM, forget bias {bias}" for bias in (0, 1, 3)),
        "GRU",
        "echo state",
        "echo state, leak 0.2, orthogonal",
    )
    said = {name: against_vanishing(remedies, name, plan) for name in names}
    told = "; ".join(f"{name}: {remedies[name]['solved'][str(plan.lag)]}" for name in names)
    return Finding(
        "Weight initialization, echo state networks and LSTM are remedies for vanishing gradients",
        "S",
        _verdict(
            all(one == "works" for one in said.values()), denied=all(one in ("no", "worse") for one in said.values())
        ),
        f"Models of {len(plan.seeds)} that learn a fixed lag of {plan.lag}: without a remedy: "
        f"{remedies[NONE]['solved'][str(plan.lag)]}; {told}. What counts is that the "
        "gradient is nearly kept at the start, not the name of the network.",
    )
