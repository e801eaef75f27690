"""The report of the study of order: tables, plots, verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gatewise.studies.order.drawing import Runs, draw_bars, draw_lengths
from gatewise.studies.order.findings import findings, lengths_of, part_values, percent, values
from gatewise.studies.order.nets import BAG, LSTM, LSTM_LAST, MLP, NGRAMS, RNN, RNN_LAST
from gatewise.studies.report import Plot, Report, Table

_READERS = (BAG, MLP, NGRAMS, RNN, LSTM, RNN_LAST, LSTM_LAST)
_SHOWN = (
    ("as they are", "as_it_is"),
    ("shuffled", "shuffled"),
    ("trained on shuffled, shuffled", "trained_shuffled_shuffled"),
)


def make_report(
    settings: dict[str, Any],
    phone: Sequence[dict[str, Any]],
    negation: Runs,
    reviews: Runs | None,
    packaged: Mapping[str, Any] | None,
) -> Report:
    """Put together what was measured.

    Args:
        settings: Every value that decides the numbers.
        phone: Of `gatewise.studies.order.phone.measure_phone`.
        negation: Of `gatewise.studies.order.tasks.run_task`, one a seed.
        reviews: The same on IMDB, or None where it was left out.
        packaged: Of `gatewise.studies.order.reviews.measure_packaged`, or None.
    """
    return Report(
        name="order",
        title="Does the order of words matter?",
        question=(
            'Who can tell "This phone is very fast" from "This very is phone fast", and what does it cost a '
            "classifier of reviews when their words are shuffled?"
        ),
        method=_method(reviews is not None),
        settings=settings,
        numbers={"phone": list(phone), "negation": list(negation), "reviews": reviews, "packaged": packaged},
        findings=findings(phone, negation, reviews, packaged),
        tables=_tables(phone, negation, reviews, packaged),
        plots=_plots(negation, reviews),
        advice=_advice(reviews, packaged, settings["reviews"]),
    )


def _method(has_reviews: bool) -> tuple[str, ...]:
    networks = (
        "Bag of words: logistic regression on which words occur. 1- to 3-grams: NBSVM, which sees three words in a "
        "row. Mlp: 32 hidden ReLU units over the mean of word vectors of 32 numbers. Rnn and lstm: 32 units; the head "
        "reads the mean of all states, or the last state alone. Adam with a rate of its own for each, gradients cut at "
        "1, batches of at most 32 texts, a fixed number of epochs and the last one taken."
    )
    sentences = (
        "Made sentences come in pairs of the same words with opposite meanings, so that a bag of words is right in "
        'exactly half. Near: "the book was good, not bad." Far: what was said last counts, and no three words in a row '
        "tell. Up to 20 sentences that say nothing follow."
    )
    reviews = (
        "Reviews are of IMDB's training split; its test split is not read. Small sets: trained on some films, tested "
        "on others, cut to 200 tokens, vocabularies of their own; shuffling keeps the tokens that are left after the "
        "cut. The packaged models are tested on the development split of their training, whole: it chose their epoch "
        "and temperature."
    )
    return (networks, sentences, reviews if has_reviews else "IMDB was left out: not in the cache, or not asked for.")


def _tables(
    phone: Sequence[dict[str, Any]], negation: Runs, reviews: Runs | None, packaged: Mapping[str, Any] | None
) -> tuple[Table, ...]:
    tables = [
        Table(
            'Logits of R1 "This phone is very fast" and R2 "This very is phone fast". Random weights show what the '
            "form of a classifier can tell apart, trained ones what these say.",
            ("classifier", "weights", "R1", "R2", "tells them apart"),
            tuple(
                (one["name"], one["weights"], one["r1"], one["r2"], "yes" if one["can_tell"] else "no") for one in phone
            ),
        ),
        Table(
            "Made sentences, accuracy, mean ± standard deviation over the seeds.",
            ("classifier", "near", "far", "as they are", "shuffled"),
            tuple(_negation_row(negation, name) for name in _READERS),
        ),
    ]
    if reviews:
        keys = ("as_it_is", "shuffled", "trained_shuffled_as_it_is", "trained_shuffled_shuffled", "same_answer")
        tables.append(
            Table(
                "Small sets of IMDB reviews, accuracy, mean ± standard deviation over the seeds; same answer: share of "
                "test texts that are answered alike as they are and shuffled.",
                (
                    "trained, tested",
                    "as is, as is",
                    "as is, shuffled",
                    "shuffled, as is",
                    "shuffled, both",
                    "same answer",
                ),
                tuple((name, *(percent(values(reviews, name, key)) for key in keys)) for name in _READERS),
            )
        )
    if packaged:
        one = packaged["lstm"]
        tables.append(
            Table(
                f"The packaged lstm and its n-gram rival on {one['reviews']:,} reviews they were not fitted on: all, "
                "shuffled, same answer, and by words in the text.",
                ("model", "as is", "shuffled", "same", *(f"{part} ({one['sizes'][part]})" for part in one["parts"])),
                tuple(
                    (
                        name,
                        *(f"{100 * row[key]:.1f} %" for key in ("as_it_is", "shuffled", "same_answer")),
                        *(f"{100 * share:.1f} %" for share in row["parts"].values()),
                    )
                    for name, row in packaged.items()
                ),
            )
        )
    return tuple(tables)


def _negation_row(negation: Runs, name: str) -> tuple[str, ...]:
    parts = part_values(negation, name)
    scores = (parts["near"], parts["far"], values(negation, name, "as_it_is"), values(negation, name, "shuffled"))
    return (name, *map(percent, scores))


def _bars(runs: Runs, shown: Sequence[tuple[str, str]]) -> dict[str, list[list[float]]]:
    return {label: [values(runs, name, key) for name in _READERS] for label, key in shown}


def _plots(negation: Runs, reviews: Runs | None) -> tuple[Plot, ...]:
    last = (RNN_LAST, LSTM_LAST)
    panels = [("made sentences", {name: lengths_of(part_values(negation, name)) for name in last})]
    if reviews:
        shown = (*last, RNN, LSTM, BAG)
        panels.append(("IMDB, cut to 200 tokens", {name: lengths_of(part_values(reviews, name)) for name in shown}))
    plots = [
        Plot(
            "sentences",
            "Accuracy on made sentences, of which only the order tells the meaning. Whiskers: standard deviation over "
            "the seeds. Dotted: chance.",
            draw_bars(_READERS, _bars(negation, _SHOWN[:2]), 40),
        )
    ]
    if reviews:
        plots.append(
            Plot(
                "reviews",
                "Accuracy on IMDB reviews of other films, as they are and with their words shuffled, after training on "
                "reviews as they are; and trained and tested on shuffled ones.",
                draw_bars(_READERS, _bars(reviews, _SHOWN), 40),
            )
        )
    caption = "Accuracy by length of text; whiskers: standard deviation over the seeds."
    return (*plots, Plot("lengths", caption, draw_lengths(panels)))


def _advice(reviews: Runs | None, packaged: Mapping[str, Any] | None, count: int) -> tuple[str, ...]:
    said = [
        "Where the same words can mean the opposite (negation, comparison, who did what), take a classifier that "
        "reads: no bag of words can be right, however much it is trained. Short patterns are enough for n-grams."
    ]
    if packaged:
        lstm, ngrams = packaged["lstm"], packaged[NGRAMS]
        said.append(
            "Whether a text of many sentences is for or against is mostly told by its words: shuffled, the packaged "
            f"lstm still answers {100 * lstm['same_answer']:.0f} % of reviews as before. Its n-gram rival loses "
            f"{100 * (ngrams['as_it_is'] - ngrams['shuffled']):.1f} points, the lstm "
            f"{100 * (lstm['as_it_is'] - lstm['shuffled']):.1f}: shuffle your own test set to see what your model uses."
        )
    if reviews:
        found = ", ".join(f"{name} {percent(values(reviews, name, 'as_it_is'))}" for name in (NGRAMS, BAG, MLP, LSTM))
        said.append(f"With {count:,} reviews to learn from and no pre-training, try the simple ones first: {found}.")
    return tuple(said)
