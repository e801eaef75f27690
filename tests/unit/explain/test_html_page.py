"""The page of an explanation: the text exact, harmless whatever it holds, complete, and asking for nothing else."""

from __future__ import annotations

import html
import re

import numpy as np
import pytest
from handmade import TEXTS, handmade
from hypothesis import given, settings
from hypothesis import strategies as st
from page_reader import Page

from gatewise.explain.html import explanation_page, framed_page
from gatewise.explain.wording import visible

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(2)>",
    '" onfocus=alert(3) autofocus x="\'><svg/onload=alert(4)>',
    "</mark></div></style></title><iframe src=//example.org>",
    "&lt;b&gt; &amp;amp; &#60;script&#62;",
    "<!-- ]]> --> <a href=javascript:alert(5)>",
]
# What the page is made of; nothing of it loads, runs or sends anything.
TAGS = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "small", "div", "i", "p", "span", "mark"}
TAGS |= {"section", "table", "thead", "tbody", "tr", "th", "td", "bdi", "details", "summary", "footer"}
TAGS |= {"svg", "path", "line", "text", "circle"}


@pytest.mark.parametrize("name", TEXTS)
def test_the_marked_pieces_put_together_are_the_text(name):
    explanation = handmade(TEXTS[name])
    page = Page(explanation_page(explanation))
    assert page.text == TEXTS[name]
    assert len(page.marks) <= len(explanation.words)


@given(st.text(max_size=40))
@settings(max_examples=60)
def test_any_text_is_on_the_page_with_pictures_for_its_control_characters(text):
    explanation = handmade(text)
    assert Page(explanation_page(explanation)).text == visible(explanation.words.text)


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize("place", ["text", "label", "model"])
def test_nothing_that_is_given_becomes_part_of_the_page(attack, place):
    if place == "text":
        page = explanation_page(handmade(attack))
    elif place == "label":
        page = explanation_page(handmade("so good", labels=(attack, "pos"), label=attack))
    else:
        page = explanation_page(handmade("so good"), model=attack, metrics={})
    parsed = Page(page)
    assert parsed.tags <= TAGS
    assert not [
        name for _, name, _ in parsed.attributes if name.startswith("on") or name in ("src", "href", "autofocus")
    ]
    if place == "text":
        assert parsed.text == attack


def test_the_page_asks_for_nothing_from_outside():
    page = explanation_page(handmade("good and bad"), model="imdb", metrics={})
    assert "default-src 'none'" in page
    assert not re.search(r"https?:|//|url\(|@import|<script|<link", page.replace("<!DOCTYPE", ""))


def test_every_word_tells_its_numbers_to_pointer_keyboard_and_screen_reader():
    page = explanation_page(handmade("good but Zendaya", [1.5, 0.0, -0.75], baseline=0.0))
    marks = Page(page).marks
    assert [mark["class"] for mark in marks] == ["for", "against", "against"]
    assert [mark["style"] for mark in marks] == ["--share:1.000", "--share:0.000", "--share:0.500"]
    assert all(mark["tabindex"] == "0" for mark in marks)
    assert marks[2]["title"] == "−0.750 for pos\nbag of words −0.375\nscore after it +0.750\nnot in the vocabulary"
    assert '<span class="unseen"> (+1.500) </span>' in page


def test_a_word_that_is_cut_away_is_shown_and_told():
    explanation = handmade("good film")
    explanation.words.is_read[1] = False
    page = explanation_page(explanation)
    assert [mark["class"].split()[-1] for mark in Page(page).marks] == ["against", "cut"]
    assert "1 word cut away" in page


def test_the_plot_goes_through_the_probabilities():
    explanation = handmade("a b c", [1.0, -3.0, 4.0], baseline=0.0)
    path = re.search(r'<path d="M([^"]+)"', explanation_page(explanation)).group(1)
    points = [tuple(map(float, point.split())) for point in path.split("L")]
    assert [x for x, _ in points] == [0, 50, 100]
    # The picture is 100 high, its zero at the top; two decimals are written.
    np.testing.assert_allclose([1 - y / 100 for _, y in points], 1 / (1 + np.exp(-explanation.running)), atol=6e-5)


def test_a_model_that_reads_from_both_ends_has_no_plot():
    page = explanation_page(handmade("good film", method="integrated"))
    assert "<svg" not in page
    assert "score after it" not in page


@pytest.mark.parametrize("text", ["good", "good film"])
def test_short_texts_have_a_plot(text):
    assert "<path" in explanation_page(handmade(text))


def test_the_table_has_every_word_beside_the_rival():
    page = explanation_page(handmade("so good", [-0.5, 2.0]))
    row = '<th scope="row" class="word"><bdi>good</bdi></th><td>+2.000</td>'
    assert page.count(row) == 2  # among those that moved most, and among all
    assert re.search(re.escape(row) + r'<td class="bar">.*?</td><td>\+1\.000</td>', page)


def test_without_a_rival_there_is_no_column_for_it():
    assert "bag of words" not in explanation_page(handmade("so good", rival=False)).lower()


def test_the_honest_figures_of_the_model_stand_below():
    metrics = {"test": {"accuracy": 0.9, "examples": 1000, "baseline_accuracy": 0.88}}
    page = html.unescape(explanation_page(handmade("so good"), model="mine", metrics=metrics)).replace("\xa0", " ")
    assert "Model mine." in page
    assert "Test accuracy 90.0 % (95 % interval 88.0 to 91.7 %) on 1,000 texts" in page


def test_an_empty_text_has_a_page():
    page = explanation_page(handmade(""))
    assert Page(page).text == ""
    assert "+0.250" in page


def test_a_notebook_gets_the_page_in_a_frame_of_its_own():
    explanation = handmade('so "good" <b>')
    frame = framed_page(explanation)
    assert html.unescape(re.search(r'srcdoc="([^"]*)"', frame).group(1)) == explanation_page(explanation)
    assert "sandbox" in frame


def test_the_plot_names_the_words_that_changed_most_and_no_small_change():
    shares = [0.0, 0.01, 3.0, 0.01, 0.01, 0.01, -4.0, 0.01]
    page = explanation_page(handmade("a b rise d e f fall h", shares, baseline=0.0))
    named = re.findall(r'<text class="strong[^>]*>([^<]*)</text>', page)
    assert sorted(named) == ["fall", "rise"]
