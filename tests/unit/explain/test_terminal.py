"""What `gatewise explain` prints."""

from __future__ import annotations

import io
import re
import unicodedata

import pytest
from handmade import TEXTS, handmade
from rich.console import Console

from gatewise.explain.terminal import as_text, show

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
ATTACKS = [
    "\x1b]0;owned\x07 title",
    "\x1b[31mred\x1b[2J",
    "\x9b31m second set \x9d0;x\x9c",
    "back\b\b\bspace \r return \x7f",
    "turn \u202eback\u202c \u2066isolated\u2069",
    "\x1bPq#0;2;0;0;0#0~~@@vv@@~~\x1b\\",
    "null \x00 end",
]


def coloured(explanation, width=80):
    file = io.StringIO()
    show(explanation, Console(file=file, force_terminal=True, color_system="truecolor", width=width, _environ={}))
    return file.getvalue()


def test_a_text_without_words_says_so():
    for name in ("empty", "only spaces"):
        printed = COLOUR.sub("", coloured(handmade(TEXTS[name]), width=200))
        assert printed.split("\n")[3] == "The text has no words: this is the answer before anything is read."


@pytest.mark.parametrize("name", [name for name, text in TEXTS.items() if text.strip()])
def test_the_text_is_printed_as_it_is(name):
    printed = COLOUR.sub("", coloured(handmade(TEXTS[name]), width=200))
    # The third line is where the text begins; tabs are drawn as spaces, and at the end of a line spaces are dropped.
    wanted = [line.rstrip() for line in TEXTS[name].expandtabs().rstrip().split("\n")]
    assert [line.rstrip() for line in printed.split("\n")[3 : 3 + len(wanted)]] == wanted


@pytest.mark.parametrize("text", ATTACKS)
@pytest.mark.parametrize("place", ["text", "label"])
def test_no_text_and_no_label_commands_the_terminal(text, place):
    explanation = handmade(text) if place == "text" else handmade("so good", labels=("neg", text), label=text)
    printed = COLOUR.sub("", coloured(explanation))
    left = {c for c in printed if unicodedata.category(c) in ("Cc", "Cf")}
    assert left <= {"\n"}
    assert "owned" not in text or "owned" in printed


def test_colours_are_those_of_the_words():
    printed = coloured(handmade("fine but dull", [2.0, 0.0, -0.8]))
    assert "\x1b[1;38;2;255;255;255;48;2;21;104;184mfine\x1b[0m" in printed  # the strongest: a blue ground
    assert "\x1b[1;38;2;217;115;13mdull\x1b[0m" in printed  # two fifths of it, against: bold orange
    assert "\x1b[0m but \x1b[" in printed


def test_without_colour_signs_and_bars_tell_the_same():
    printed = as_text(handmade("fine but dull", [2.0, 0.0, -0.8]))
    assert "fine⁺⁺ but dull⁻\n" in printed
    rows = {line.split()[1]: line for line in printed.split("\n") if re.match(r"\d  ", line)}
    assert rows["fine"].count("█") > 2 * rows["dull"].count("█") > 0
    assert rows["fine"].index("│") < rows["fine"].index("█")
    assert rows["dull"].index("│") > rows["dull"].index("█")
    assert "\x1b" not in printed


def test_the_rival_stands_beside_each_word_and_nothing_where_there_is_none():
    with_rival, without = (as_text(handmade("fine", [2.0], rival=has)) for has in (True, False))
    assert re.search(r"fine +\+2\.000 .*\+1\.000\n", with_rival)
    assert "bag of words" in with_rival
    assert "bag of words" not in without


def test_a_long_text_is_printed_whole_within_the_width_and_its_tables_stay_short():
    text = " ".join(f"word{number}" for number in range(2000))
    printed = as_text(handmade(text))
    lines = printed.split("\n")
    assert max(map(len, lines)) <= 100
    shown = re.sub(r"[⁺⁻]", "", printed)
    assert all(f"word{number}" in shown for number in range(2000))
    assert sum(bool(re.match(r" *[\d,]+  word", line)) for line in lines) == 20
    assert "(1,980 more)" in printed


def test_the_running_score_is_one_line_with_its_ends():
    printed = as_text(handmade("a b c d", [1.0, -3.0, 0.5, 2.0], baseline=0.0))
    assert "+1.000 █▁▂▇ +0.500" in printed
    assert "lowest −2.000 after “b” (2)   highest +1.000 after “a” (1)" in printed


def test_another_class_than_the_predicted_one_is_told():
    printed = as_text(handmade("dull", [-2.0], baseline=0.0))
    assert printed.startswith("neg  88.1 %    explained: pos  11.9 %\n")


def test_many_classes_and_numbers_as_labels():
    printed = as_text(handmade("dull", [1.0], labels=(1, 2, 3, 4, 5), label=3, method="occlusion"))
    assert "for 3" in printed
    assert "after each word" not in printed


def test_an_empty_text_has_an_answer_and_a_sum():
    printed = as_text(handmade(""))
    assert "+0.250  baseline" in printed
    assert "moved most" not in printed
