"""Verdicts on the course documents' claims about gates, from what was measured. Each rule is in its docstring."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gatewise.studies.report import Finding, Verdict

Numbers = dict[str, Any]

_RIGHT = 0.95


def findings(reader: Numbers, untrained: Numbers, guessers: Sequence[Numbers]) -> tuple[Finding, ...]:
    """All verdicts.

    Args:
        reader: Of the stored model, see `gatewise.studies.gates.examples`.
        untrained: Of the same network before it had learnt.
        guessers: Of the small language models, one a seed.
    """
    return (
        _clouds(guessers),
        _france(reader, guessers),
        _queen(reader, guessers),
        _full_stop(reader, untrained, guessers),
        _input(reader, guessers),
        _output(reader, guessers),
        _only_0_and_1(reader, untrained, guessers),
        _few_words(reader, untrained),
    )


def _span(guessers: Sequence[Numbers], value: Callable[[Numbers], float], written: str = "{:.2f}") -> str:
    """Least and largest of the seeds."""
    low, high = (written.format(pick(map(value, guessers))) for pick in (min, max))
    return low if low == high else f"{low} to {high}"


def _clouds(guessers: Sequence[Numbers]) -> Finding:
    """True if every seed guesses the word of 95 % of such sentences."""
    is_right = all(one["accuracy"]["clouds"] >= _RIGHT for one in guessers)
    return Finding(
        'The last word of "the clouds are in the sky" follows from words just before it, which a recurrent net can '
        "use.",
        "G",
        "true" if is_right else "false",
        f"Language models of {len(guessers)} seeds, trained here, guess it in "
        f"{_span(guessers, _clouds_right, '{:.0%}')} of sentences of this kind (there are only four, all met in "
        "training). A sentiment model predicts no word and can say nothing about it.",
    )


def _clouds_right(one: Numbers) -> float:
    return float(one["accuracy"]["clouds"])


def _france(reader: Numbers, guessers: Sequence[Numbers]) -> Finding:
    """True if every seed guesses 95 % of the languages behind the longest gap tested, longer than any in training."""
    longest = max(guessers[0]["accuracy_by_fillers"], key=int)
    accuracy = [one["accuracy_by_fillers"][longest] for one in guessers]
    verdict: Verdict = "true" if min(accuracy) >= _RIGHT else "partly" if max(accuracy) >= _RIGHT else "false"
    right = _span(guessers, lambda one: one["accuracy_by_fillers"][longest], "{:.0%}")
    left = _span(guessers, lambda one: one["france"]["left"], "{:.0%}")
    others = _span(guessers, lambda one: one["france"]["left_of_neighbours"], "{:.0%}")
    grown = _span(guessers, lambda one: one["france"]["trace_now"] / one["france"]["trace_then"], "{:.1f}")
    uncle = _span(guessers, lambda one: one["france"]["uncle_trace_now"] / one["france"]["uncle_trace_then"])
    own = reader["france"]
    told = (
        f"The forget gates of {reader['name']}, which was never asked to remember it, leave {own['left']:.1%} of what "
        f"it wrote there at French ({own['left_of_neighbours']:.1%} of the words beside), and still "
        f"{own['trace_left']:.0%} of the trace is there."
        if own
        else f"{reader['name']} does not know the word."
    )
    return Finding(
        'An LSTM carries "France" over a long text to "I speak fluent French".',
        "G",
        verdict,
        f"The language models guess {right} of the languages behind {longest} sentences that say nothing (at most 5 in "
        f"training). Not by keeping alone: the product of the forget gates leaves {left} of what was written at the "
        f"country ({others} of the words beside it), but its trace in the cell has grown {grown} times at the guess, "
        f"because the recurrence writes it again word by word; of an uncle's country {uncle} of the trace is left. "
        f"{told}",
    )


def _queen(reader: Numbers, guessers: Sequence[Numbers]) -> Finding:
    """True if f is above 0.5 in 80 % of units after similar words and in at most 20 % after others.

    Partly if only the direction is right: the gate is surely higher after similar words and the correlation above 0.3.
    """
    pairs = reader["pairs"]
    similar, different = pairs["share_open"]
    is_surely_higher = pairs["difference"] - pairs["difference_half_width"] > 0
    verdict: Verdict = "partly" if is_surely_higher and pairs["correlation"] > 0.3 else "false"
    if similar >= 0.8 and different <= 0.2:
        verdict = "true"
    king = reader["king"]
    told = ""
    if king:
        told = (
            f"KING after QUEEN (cosine {king['cosine']:.2f}) in {reader['name']}: mean f {king['mean_forget']:.3f}, "
            f"{king['share_open']:.0%} of units above 0.5. "
        )
    trained = _span(guessers, lambda one: one["pairs"]["share_open"][0], "{:.0%}")
    by_chance = _span(guessers, lambda one: one["pairs"]["share_open"][1], "{:.0%}")
    return Finding(
        "With h = QUEEN and x = KING, similar words, the forget gate's vector is mostly ones; with different words "
        "mostly zeros.",
        "G",
        verdict,
        f"{told}Over {pairs['pairs']} pairs of frequent words {similar:.1%} of units are above 0.5 after the nearest "
        f"neighbour (cosine {pairs['cosine'][0]:.2f}) and {different:.1%} after a random word "
        f"({pairs['cosine'][1]:.2f}); mean f differs by {pairs['difference']:+.4f} ± "
        f"{pairs['difference_half_width']:.4f}, correlation of cosine and mean f {pairs['correlation']:+.2f}. In the "
        f"language models {trained} after similar and {by_chance} after random words. The gate is a learnt function of "
        "both words, not a comparison of them.",
    )


def _full_stop(reader: Numbers, untrained: Numbers, guessers: Sequence[Numbers]) -> Finding:
    """True if f is surely lower at full stops in the stored model and every seed; partly if in some of them."""
    everyone = [reader["full_stops"], *(one["full_stops"] for one in guessers)]
    lower = [one["difference"] + one["difference_half_width"] < 0 for one in everyone]
    verdict: Verdict = "true" if all(lower) else "partly" if any(lower) else "false"
    own, before = reader["full_stops"], untrained["full_stops"]
    trained = _span(guessers, lambda one: one["full_stops"]["difference"], "{:+.3f}")
    passed = _span(guessers, lambda one: one["full_stops"]["bob_through_the_stop"], "{:.0%}")
    bob = _span(guessers, lambda one: one["full_stops"]["bob_at_the_guess"], "{:.1f}")
    dan = _span(guessers, lambda one: one["full_stops"]["dan_at_the_guess"], "{:.1f}")
    return Finding(
        '"Bob is a nice person. Dan on the other hand is evil.": at the full stop the forget gate lets Bob go.',
        "W",
        verdict,
        f"Mean f at full stops against other words: {own['difference']:+.4f} ± {own['difference_half_width']:.4f} in "
        f"{reader['name']} ({own['texts']} texts; untrained {before['difference']:+.4f}), {trained} in the language "
        f"models. The dip there is small, and Bob is not what goes: {passed} of his trace passes the full stop. What "
        f"decides is that the network goes on writing what is asked for: at the guess Dan's trace is {dan}, Bob's "
        f"{bob}.",
    )


def _input(reader: Numbers, guessers: Sequence[Numbers]) -> Finding:
    """True if in every seed the gate lets in more than half of what is particular to navy, and less of phone's.

    Partly if in every seed it only lets in more of navy's.
    """
    doors = [(one["input_gate"]["let_in_navy"], one["input_gate"]["let_in_phone"]) for one in guessers]
    verdict: Verdict = "partly" if all(navy > phone for navy, phone in doors) else "false"
    if all(navy > 0.5 > phone for navy, phone in doors):
        verdict = "true"

    def span(key: str, written: str = "{:.2f}") -> str:
        return _span(guessers, lambda one: one["input_gate"][key], written)

    own = reader["navy"]
    told = (
        f" In {reader['name']}, which is asked for neither, mean i is {own['input_at_navy']:.2f} at navy and "
        f"{own['input_at_phone']:.2f} at phone."
        if own
        else ""
    )
    return Finding(
        '"He told me over the phone that he had served the navy": the input gate lets the navy in and the phone not.',
        "W",
        verdict,
        f"The language models, which are later asked for the service and never for the phone, do tell them apart: the "
        f"trace of navy is {span('navy_then', '{:.1f}')} when read and {span('navy_at_the_guess', '{:.1f}')} at the "
        f"guess, that of phone {span('phone_then', '{:.1f}')} and {span('phone_at_the_guess', '{:.1f}')}. But the "
        f"input gate does little of it: weighted by what is particular to the word it is {span('let_in_navy')} for "
        f"navy and {span('let_in_phone')} for phone, never shut. The candidates differ: "
        f"{span('candidate_navy', '{:.1f}')} between services and {span('candidate_phone', '{:.1f}')} between means. "
        f"Mean i over many such sentences is {span('input_at_service')} at the service and {span('input_at_means')} at "
        f"the means.{told}",
    )


def _output(reader: Numbers, guessers: Sequence[Numbers]) -> Finding:
    """True if in every seed the gate shows more than half of the name at "brave" and less between.

    Partly if in every seed it only shows more of it there.
    """
    doors = [(one["output_gate"]["shown_at_brave"], one["output_gate"]["shown_between"]) for one in guessers]
    verdict: Verdict = "partly" if all(now > before for now, before in doors) else "false"
    if all(now > 0.5 > before for now, before in doors):
        verdict = "true"

    def span(key: str, written: str = "{:.1f}") -> str:
        return _span(guessers, lambda one: one["output_gate"][key], written)

    return Finding(
        '"For his contributions, brave ...": the output gate lets Bob out where a name must follow.',
        "W",
        verdict,
        f"In the language models the output gate, weighted by what each unit holds of the name, is "
        f"{span('shown_at_brave', '{:.2f}')} at brave and {span('shown_between', '{:.2f}')} on average of the words "
        f"between: wider, and never shut. The trace of the name in the hidden state is {span('hidden_at_the_stop')} at "
        f"the full stop and {span('hidden_at_brave')} at brave, in the cell {span('cell_at_the_stop')} and "
        f"{span('cell_at_brave')}. {reader['name']} has no next word to say.",
    )


def _only_0_and_1(reader: Numbers, untrained: Numbers, guessers: Sequence[Numbers]) -> Finding:
    """True if 95 % of the values of every gate lie within 0.05 of 0 or 1, in the stored model and every seed."""
    everyone = [reader["near_the_ends"], *(one["near_the_ends"] for one in guessers)]
    lowest = min(one[gate]["near_0"] + one[gate]["near_1"] for one in everyone for gate in one)

    def shares(gate: str) -> str:
        return _span(
            guessers, lambda one: one["near_the_ends"][gate]["near_0"] + one["near_the_ends"][gate]["near_1"], "{:.0%}"
        )

    own = max(one["near_0"] + one["near_1"] for one in reader["near_the_ends"].values())
    before = max(one["near_0"] + one["near_1"] for one in untrained["near_the_ends"].values())
    return Finding(
        "Gates give only 0 and 1.",
        "A",
        "true" if lowest >= _RIGHT else "false",
        f"A sigmoid reaches neither. Within 0.05 of 0 or 1 lie at most {own:.2%} of the values of any gate of "
        f"{reader['name']} ({before:.2%} untrained); in the language models, which must remember, {shares('input')} of "
        f"the input gate's, {shares('forget')} of the forget gate's and {shares('output')} of the output gate's.",
    )


def _few_words(reader: Numbers, untrained: Numbers) -> Finding:
    """True if the heaviest fifth alone gives the answer of 90 % of texts, and of 10 points more than a random fifth."""
    few, before = reader["few"], untrained["few"]
    by_few, by_chance = few["same_answer_by_heaviest"], few["same_answer_by_chance"]
    is_true = by_few >= 0.9 and by_few - by_chance >= 0.1
    return Finding(
        "A review is judged by few words.",
        "S, W",
        "true" if is_true else "partly" if by_few > by_chance else "false",
        f"Over {few['texts']} reviews the fifth of the words that move the running score most makes "
        f"{few['share_of_the_way']:.0%} of its way (untrained {before['share_of_the_way']:.0%}). Read alone, that "
        f"fifth gives the same answer for {by_few:.1%} of reviews, a random fifth for {by_chance:.1%}. In the cereal "
        f"review the words that move it most are {', '.join(reader['cereal'])}.",
    )
