"""Phrases and units as they are shown."""

from __future__ import annotations

import io
import re
from decimal import Decimal

import numpy as np
import pytest
from handmade import handmade
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from gatewise.explain.decomposition import PhraseDecomposition
from gatewise.explain.gates import Mover, Trace
from gatewise.explain.html import explanation_page
from gatewise.explain.sums import phrase_sums
from gatewise.explain.terminal_network import show_phrase, show_units

TEXT = "This <b>film</b> is not good"
part = st.floats(-9, 9)


def phrase(alone=(-1.0, 0.5), own=-0.8, rest=2.0, bias=0.1, label="pos"):
    words = handmade(TEXT).words
    positions = np.array([words.words.index("not"), words.words.index("good")], np.int64)[: len(alone)]
    return PhraseDecomposition(words, positions, label, own, np.array(alone, np.float64), rest, bias)


def units(cell, place=0, label="pos"):
    words = handmade(TEXT).words
    states = np.array(cell, np.float64)[:, None]
    trace = Trace(words, np.arange(len(states)), label, 0, False, *[states] * 6, states, np.zeros(1))
    return trace, [Mover(0, 0.75, -0.5, place, words.words[place], 0.25)]


def printed(show, *arguments):
    file = io.StringIO()
    show(*arguments, Console(file=file, width=100, color_system=None, highlight=False, markup=False, emoji=False))
    return file.getvalue()


def as_number(said):
    return Decimal(said.replace("−", "-"))


@given(part, part, part, part, part)
def test_the_printed_parts_of_a_phrase_add_up_to_it_and_to_the_margin(one, other, own, rest, bias):
    (inner, total), (outer, margin) = phrase_sums(phrase((one, other), own, rest, bias))
    assert sum(as_number(number) for number, _ in inner) == as_number(total[0])
    assert as_number(total[0]) + sum(as_number(number) for number, _ in outer) == as_number(margin[0])
    # Half of the last of three decimals; and what doubles lose.
    assert float(as_number(margin[0])) == pytest.approx(own + rest + bias, abs=0.0005 + 1e-9)


def test_a_phrase_is_told_by_its_words_what_they_say_together_and_the_rest():
    assert printed(show_phrase, phrase()).split("\n")[3:] == [
        "  −1.000  “not” by itself",
        "  +0.500  “good” by itself",
        "  −0.300  what these words say together only",
        "  ──────",
        "  −0.800  the phrase",
        "  +2.000  all other words, and what they say together with it",
        "  +0.100  bias of the head",
        "  ──────",
        "  +1.300  the network's margin",
        "",
    ]


def test_one_word_says_nothing_together():
    assert "together only" not in printed(show_phrase, phrase((-0.8,)))


def test_a_unit_is_a_line_with_its_cell_and_the_word_that_moved_it_most():
    trace, movers = units([0.0, 0.1, 0.7, -0.3], place=4)
    line = printed(show_units, trace, movers).split("\n")[3]
    assert line.split() == ["0", "▃▄█▁", "0.750", "−0.500", "“good”", "(5)", "+0.250"]


def test_the_page_has_both_and_escapes_their_words():
    page = explanation_page(handmade(TEXT), phrase=phrase(label="<i>"), units=units([0.0, 1.0], place=1, label="<i>"))
    assert "what these words say together only" in page
    assert "<i>:" not in page
    assert "&lt;i&gt;" in page
    path = re.search(r'<td class="cell">.*?<path d="([^"]*)"', page).group(1)
    assert path == "M0.00 100.00L100.00 0.00"
    assert '<circle cx="100.00%" cy="0.00%" r="3"/>' in page


def test_a_cell_that_stays_at_zero_is_a_line_too():
    page = explanation_page(handmade(TEXT), units=units([0.0], place=0))
    assert '<td class="cell">' in page


def test_without_them_the_page_has_no_such_parts():
    page = explanation_page(handmade(TEXT))
    assert "The phrase" not in page
    assert "units" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
