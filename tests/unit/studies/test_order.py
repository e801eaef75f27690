"""Shuffled texts keep their words, invented pairs differ in order alone, and a bag of words cannot tell them apart."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from gatewise.cli.main import build
from gatewise.data.examples import Examples
from gatewise.studies.order import findings, order, reviews
from gatewise.studies.order.negation import ADVERBS, BAD, GOOD, draw_pairs, vocabulary
from gatewise.studies.order.nets import BAG, LSTM, LSTM_LAST, MLP, NETWORKS, NGRAMS, RNN, RNN_LAST, Kind, train
from gatewise.studies.order.phone import measure_phone
from gatewise.studies.order.reporting import make_report
from gatewise.studies.order.tasks import by_length, run_task, shuffled
from gatewise.text.ragged import Ragged


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.integers(0, 9), max_size=12), max_size=6), st.integers(0, 99))
def test_shuffled_texts_have_the_same_bag_of_words(texts, seed):
    before = Ragged.from_lists([np.array(text, np.int32) for text in texts])
    after = shuffled(before, seed)
    assert [Counter(after[row].tolist()) for row in range(len(after))] == [Counter(text) for text in texts]


def test_shuffling_changes_the_order_and_depends_on_the_seed_alone():
    texts = Ragged.from_lists([list(range(50))])
    one, same, other = (shuffled(texts, seed)[0].tolist() for seed in (0, 0, 1))
    assert one == same
    assert one != other
    assert one != list(range(50))


def test_a_pair_has_the_same_words_and_opposite_meanings():
    texts = draw_pairs(50, np.random.default_rng(0))
    for one, other in zip(texts[::2], texts[1::2], strict=True):
        assert Counter(one.words) == Counter(other.words)
        assert one.words != other.words
        assert one.is_good != other.is_good
        assert {*one.words} <= {*vocabulary()}


def test_the_meaning_is_that_of_the_word_that_counts():
    for text in draw_pairs(100, np.random.default_rng(1)):
        judged = [word for word in text.words if word in (*GOOD, *BAD)]
        assert len(judged) == 2
        # Near: the first is meant, the other denied. Far: the last is meant.
        counts = judged[0] if text.kind == "near" else judged[1]
        assert (counts in GOOD) == text.is_good


def test_no_three_words_in_a_row_tell_far_texts_apart():
    """Each trigram with the judging word is as likely in either text of a pair: it never holds a word of its place."""
    marks = {"first", "later"}
    for text in draw_pairs(200, np.random.default_rng(2)):
        if text.kind != "far":
            continue
        for place, word in enumerate(text.words):
            if word in (*GOOD, *BAD):
                assert {*text.words[place - 2 : place]} <= {*ADVERBS}
                assert text.words[place + 1 : place + 3] == ("and", "we")
                assert not marks & {*text.words[place - 2 : place + 3]}


def test_on_pairs_a_bag_of_words_is_exactly_at_chance_and_the_same_seed_gives_the_same_numbers(small):
    report = small
    assert report.to_json() == order(pairs=40, reviews=0, seeds=1, seed=3).to_json()
    (run,) = report.numbers["negation"]
    # Both texts of a pair get the same answer, and one of the two is right.
    assert run[BAG]["as_it_is"] == run[MLP]["as_it_is"] == 0.5


@pytest.fixture(scope="module")
def small():
    return order(pairs=40, reviews=0, seeds=1, seed=3)


def test_without_reviews_the_report_says_so_and_gives_no_verdict_on_them(small):
    assert small.numbers["reviews"] is None
    assert "left out" in small.method[-1]
    assert [finding.source for finding in small.findings] == ["K", "K", "S"]
    assert small.findings[0].verdict != "true"
    assert small.findings[1].verdict == "true"
    assert small.findings[2].verdict == "unclear"
    assert all("<image" not in plot.svg for plot in small.plots)


def test_sentences_of_the_courses_are_told_apart_by_who_reads_in_order_only():
    can = {one["name"]: one["can_tell"] for one in measure_phone(0)}
    assert can == {
        BAG: False,
        MLP: False,
        RNN: True,
        LSTM: True,
        f"{NGRAMS}, packaged": True,
        "lstm, packaged": True,
    }


def test_a_bag_of_words_counts_each_word_once():
    make = NETWORKS[BAG]
    assert make is not None
    network = make(3, torch.Generator())
    with torch.no_grad():
        network.weight[:] = torch.tensor([1.0, 10.0, 100.0])
    logits = network(torch.tensor([0, 1, 1, 0, 2]), torch.tensor([0, 4, 4, 5]))
    assert logits.tolist() == [11, 0, 100]


@pytest.mark.parametrize("name", [RNN, LSTM, RNN_LAST, LSTM_LAST])
def test_a_reader_learns_which_of_two_words_comes_first(name):
    texts = Ragged.from_lists([[0, 1], [1, 0]] * 16)
    targets = np.array([0, 1] * 16)
    rival = train(Kind(NETWORKS[name], 60, 1e-2), texts, targets, ("a", "b"), seed=0)
    assert ((rival(texts) > 0) == targets).all()


def test_lengths_fall_into_one_part_each():
    parts = by_length(np.arange(1, 301), (40, 80, 120))
    assert sum(mask.astype(int) for mask in parts.values()).tolist() == [1] * 300
    assert [int(mask.sum()) for mask in parts.values()] == [40, 40, 40, 180]


def films(count: int) -> Examples:
    """Two reviews a film, one of each kind."""
    texts = [
        f"film{number // 2} {'good fine' if number % 2 else 'bad poor'} story word{number}" for number in range(count)
    ]
    labels = ["pos" if number % 2 else "neg" for number in range(count)]
    return Examples(texts, labels, groups=np.arange(count) // 2)


def test_reviews_are_tested_on_other_films_and_the_vocabulary_is_that_of_training():
    task = reviews.make_reviews(films(40), 12, seed=0)
    assert len(task.train) == len(task.test) == 12
    named = {word for word in task.vocabulary if word.startswith("film")}
    held = {task.vocabulary[id] for id in task.test.ids.tolist()}
    assert named
    assert not named & held
    assert task.test.lengths.max() <= reviews.MOST_TOKENS


def test_a_bag_trained_on_shuffled_texts_is_as_good_as_before():
    task = reviews.make_reviews(films(80), 30, seed=0)
    kinds = {name: Kind(NETWORKS[name], 20, 1e-2) for name in (BAG, NGRAMS)}
    found = run_task(task, kinds, seed=0, also_shuffled=True)
    assert found[BAG]["as_it_is"] == found[BAG]["shuffled"] == found[BAG]["trained_shuffled_as_it_is"] == 1
    assert found[BAG]["same_answer"] == 1


def run(lstm: float, rnn: float, cost: float = 0.2):
    """One seed: accuracies at the long end, and what shuffling costs who reads in order."""
    reading = {"as_it_is": 0.8, "shuffled": 0.8 - cost, "same_answer": 0.7, "parts": {}}
    deaf = {"as_it_is": 0.5, "shuffled": 0.5, "same_answer": 1.0, "parts": {}}
    found = {NGRAMS: reading, RNN: reading, LSTM: reading, BAG: deaf, MLP: deaf}
    parts = {"to 40": 0.6, "over 120": 0.6}
    return {
        **found,
        LSTM_LAST: {**reading, "parts": {**parts, "over 120": lstm}},
        RNN_LAST: {**reading, "parts": {**parts, "over 120": rnn}},
    }


@pytest.mark.parametrize(
    ("sentences", "texts", "verdicts"),
    [
        (run(0.9, 0.5), run(0.9, 0.5), ("true", "true")),
        (run(0.9, 0.5), run(0.5, 0.9, cost=0.01), ("partly", "partly")),
        (run(0.5, 0.9, cost=0.01), run(0.5, 0.9), ("false", "false")),
    ],
)
def test_verdicts_follow_their_rules(sentences, texts, verdicts):
    phone = [{"name": name, "r1": 0.0, "r2": 0.0, "can_tell": False} for name in (BAG, MLP, RNN, LSTM)]
    matters, mlps, long = findings.findings(phone, [sentences], [texts], None)
    assert (matters.verdict, long.verdict) == verdicts
    assert mlps.verdict == "true"


def test_command_writes_the_page(tmp_path, monkeypatch, small):
    monkeypatch.setattr("gatewise.studies.order.order", lambda **asked: small)
    out = tmp_path / "out"
    done = CliRunner().invoke(build("study"), ["study", "order", "--reviews", "0", "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["name"] == "order"
    assert {"index.html", "result.json", "sentences.svg", "lengths.svg"} == {file.name for file in out.iterdir()}


def test_a_report_with_reviews_has_their_table_and_plot(small):
    (sentences,) = small.numbers["negation"]
    keys = ("as_it_is", "shuffled")
    with_shuffled = {
        name: {**one, **{f"trained_shuffled_{key}": one[key] for key in keys}} for name, one in sentences.items()
    }
    part = {"as_it_is": 0.9, "shuffled": 0.8, "same_answer": 0.9, "reviews": 10, "parts": {"to 150": 0.9}}
    packaged = {name: {**part, "sizes": {"to 150": 10}} for name in ("lstm", NGRAMS)}
    report = make_report(small.settings, measure_phone(0), [sentences], [with_shuffled], packaged)
    assert [plot.name for plot in report.plots] == ["sentences", "reviews", "lengths"]
    assert len(report.tables) == 4
