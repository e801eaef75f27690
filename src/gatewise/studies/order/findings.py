"""Verdicts on the course documents' claims about order and length. Each rule is in its docstring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatewise.studies.order.drawing import Runs, mean_and_spread
from gatewise.studies.order.nets import BAG, LSTM, LSTM_LAST, MLP, NGRAMS, RNN, RNN_LAST
from gatewise.studies.report import Finding, Verdict

Packaged = Mapping[str, Any] | None

# Points of accuracy, in shares of 1, that shuffling must cost for order to matter.
_MATTERS = 0.05
_READ_ORDER = (NGRAMS, RNN, LSTM)
_DEAF = (BAG, MLP)


def findings(
    phone: Sequence[Mapping[str, Any]], negation: Runs, reviews: Runs | None, packaged: Packaged
) -> tuple[Finding, ...]:
    """All verdicts; arguments as for `gatewise.studies.order.reporting.make_report`."""
    return (
        _order_matters(negation, reviews, packaged),
        _mlps(phone, negation, reviews),
        _long(negation, reviews, packaged),
    )


def values(runs: Runs, name: str, key: str) -> list[float]:
    """One figure of a classifier, a value for each seed."""
    return [run[name][key] for run in runs]


def part_values(runs: Runs, name: str) -> dict[str, list[float]]:
    """Accuracy of a classifier on each part of the texts, a value for each seed that has it."""
    found = [run[name]["parts"] for run in runs]
    return {part: [parts[part] for parts in found if part in parts] for part in _parts(runs, name)}


def percent(seeds: Sequence[float]) -> str:
    """Mean and standard deviation over the seeds.

    Example:
        >>> percent([0.5, 0.51])
        '50.5 ± 0.7 %'
    """
    mean, spread = mean_and_spread(seeds)
    return f"{100 * mean:.1f} ± {100 * spread:.1f} %"


def lengths_of(parts: Mapping[str, list[float]]) -> dict[str, list[float]]:
    """The parts that are lengths, the shortest first."""
    return {part: seeds for part, seeds in parts.items() if " " in part}


def _parts(runs: Runs, name: str) -> list[str]:
    return list(dict.fromkeys(part for run in runs for part in run[name]["parts"]))


def _cost(runs: Runs, name: str) -> float:
    pairs = zip(values(runs, name, "as_it_is"), values(runs, name, "shuffled"), strict=True)
    return mean_and_spread([before - after for before, after in pairs])[0]


def _order_matters(negation: Runs, reviews: Runs | None, packaged: Packaged) -> Finding:
    """True if shuffling costs every classifier that sees order 5 points in made sentences and in reviews.

    Partly if it costs each of them so much in the made sentences alone, or if there were no reviews.
    """
    in_sentences = all(_cost(negation, name) >= _MATTERS for name in _READ_ORDER)
    in_reviews = reviews is not None and all(_cost(reviews, name) >= _MATTERS for name in _READ_ORDER)
    verdict: Verdict = "true" if in_sentences and in_reviews else "partly" if in_sentences else "false"
    told = [
        f"Sentences made so that nothing but order decides: lstm {percent(values(negation, LSTM, 'as_it_is'))}, rnn "
        f"{percent(values(negation, RNN, 'as_it_is'))}, bag of words {percent(values(negation, BAG, 'as_it_is'))}; "
        f"shuffled, lstm {percent(values(negation, LSTM, 'shuffled'))}."
    ]
    if reviews is None:
        told.append("IMDB is not in the cache or was left out, so that nothing is known of reviews.")
    else:
        costs = ", ".join(f"{name} {100 * _cost(reviews, name):+.1f}" for name in _READ_ORDER)
        told.append(f"In small sets of IMDB reviews shuffling the words of the test costs, in points: {costs}.")
    if packaged:
        costs = ", ".join(
            f"{name} {100 * one['as_it_is']:.1f} to {100 * one['shuffled']:.1f} %" for name, one in packaged.items()
        )
        told.append(f"Trained on nine in ten of IMDB's training reviews, shuffling the others takes {costs}.")
    return Finding("Word order matters.", "K", verdict, " ".join(told))


def _mlps(phone: Sequence[Mapping[str, Any]], negation: Runs, reviews: Runs | None) -> Finding:
    """True if mlp and bag of words cannot tell R1 from R2 and answer every shuffled text as they answer it "
    "unshuffled."""
    cannot = not any(one["can_tell"] for one in phone if one["name"] in _DEAF)
    runs = [*negation, *(reviews or ())]
    same = min(run[name]["same_answer"] for run in runs for name in _DEAF)
    apart = {one["name"]: abs(one["r1"] - one["r2"]) for one in phone}
    return Finding(
        'Multi-layer perceptrons do not keep the order of words: R1 "This phone is very fast", R2 "This very is phone '
        'fast".',
        "K",
        # In a mean of a hundred float32 vectors the last bits depend on the order, and so may an answer at the border.
        "true" if cannot and same >= 0.999 else "false",
        f"Logits of R1 and R2 differ by {apart[MLP]:.0e} in an mlp over averaged word vectors, whatever its weights, "
        f"and by {apart[BAG]:.0e} in a bag of words; by {apart[RNN]:.2f} and {apart[LSTM]:.2f} in an rnn and an lstm "
        f"with random weights. Shuffled, {same:.2%} of texts at least get the same answer from mlp and bag of words. "
        f"On pairs with the same words they are right in {percent(values(negation, MLP, 'as_it_is'))}, as they must "
        "be. An mlp over all positions side by side would keep the order; one over an average cannot.",
    )


def _long(negation: Runs, reviews: Runs | None, packaged: Packaged) -> Finding:
    """True if an lstm's lead over an rnn, both by their last state, grows from the shortest to the longest texts.

    In the made sentences and in the reviews; partly if in one of the two; unclear if there were no reviews.
    """
    grows, told = [], []
    for what, runs in (("made sentences", negation), ("reviews cut to 200 tokens", reviews)):
        if runs is None:
            continue
        lstm, rnn = (lengths_of(part_values(runs, name)) for name in (LSTM_LAST, RNN_LAST))
        (shortest, *_, longest) = lstm
        leads = [mean_and_spread(lstm[part])[0] - mean_and_spread(rnn[part])[0] for part in (shortest, longest)]
        grows.append(leads[1] > max(leads[0], 0))
        told.append(
            f"{what}, {shortest} words: lstm {percent(lstm[shortest])}, rnn {percent(rnn[shortest])}; {longest} words: "
            f"lstm {percent(lstm[longest])}, rnn {percent(rnn[longest])}."
        )
    verdict: Verdict = "unclear" if len(grows) < 2 else "true" if all(grows) else "partly" if any(grows) else "false"
    text = "Read to the last state. " + " ".join(one[0].upper() + one[1:] for one in told)
    if packaged:
        lstm, rival = packaged["lstm"]["parts"], packaged[NGRAMS]["parts"]
        leads_said = ", ".join(f"{part} {100 * (lstm[part] - rival[part]):+.1f}" for part in lstm)
        text += f" The packaged lstm's lead over its n-gram rival, in points by length: {leads_said}."
    return Finding("LSTM is better on long sentences.", "S", verdict, text)
