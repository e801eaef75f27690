"""Words are put together as English is printed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatewise.text.joining import Joiner, join_words
from gatewise.text.tokenizer import WordTokenizer

TOKENIZER = WordTokenizer(["<unk>"])


@pytest.mark.parametrize(
    "text",
    [
        "a good film.",
        "it isn't good, is it? no!",
        "i'd say we'll see; they've seen what's there, and i'm done.",
        "the end (8/10).",
        'he said "no" and then "yes, but not now" and left.',
        '"why?" she asked.',
        "she called it 'a mess' and went on.",
        "the boys' film and the girls' one",
        "a well-made film, good and/or bad",
        "well... perhaps",
        "it cost $5, or 50% of £10 (or #1)",
        "l'avventura and d'artagnan",
        "a film :-) and ;d another :( one",
        "one -- two",
        "u.s.a. in the 1980s at 10:30",
        "<3 it & you",
        "- hello",
        "我爱你。",
    ],
)
def test_what_is_cut_into_words_is_put_together_again(text: str) -> None:
    assert join_words(TOKENIZER.words(text)) == text


def test_a_quotation_begun_in_the_prompt_is_closed() -> None:
    joiner = Joiner()
    for word in ["he", "said", '"', "no"]:
        joiner.push(word)
    assert joiner.push('"') == '"'
    assert joiner.push("and") == " and"


def test_no_word_stands_behind_a_blank_at_the_beginning() -> None:
    assert [Joiner().push(word) for word in ("film", ".", '"', "(", "-", "n't")] == ["film", ".", '"', "(", "-", "n't"]


@given(st.text())
def test_joining_any_words_keeps_every_character(text: str) -> None:
    words = TOKENIZER.words(text)
    assert join_words(words).replace(" ", "") == "".join(words).replace(" ", "")
