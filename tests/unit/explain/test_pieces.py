"""A text cut at its words is still that text."""

from __future__ import annotations

import pytest
from handmade import TEXTS, handmade
from hypothesis import given
from hypothesis import strategies as st

from gatewise.explain.pieces import pieces


@given(st.text(max_size=60))
def test_pieces_put_together_are_the_text_and_hold_every_word_once(text):
    words = handmade(text).words
    found = pieces(words)
    assert "".join(piece.text for piece in found) == words.text
    with_characters = [place for place, (start, end) in enumerate(words.offsets.tolist()) if start < end]
    assert [place for piece in found for place in piece.places] == with_characters


@pytest.mark.parametrize("name", TEXTS)
def test_a_piece_of_one_word_is_the_characters_that_its_offsets_name(name):
    words = handmade(TEXTS[name]).words
    for piece in pieces(words):
        if len(piece.places) == 1:
            start, end = words.offsets[piece.places[0]].tolist()
            assert piece.text == words.text[start:end]


def test_words_that_share_a_character_are_one_piece():
    explanation = handmade("one two three")
    explanation.words.offsets[:] = [[0, 4], [3, 7], [8, 13]]
    assert [(piece.text, piece.places) for piece in pieces(explanation.words)] == [
        ("one two", (0, 1)),
        (" ", ()),
        ("three", (2,)),
    ]
