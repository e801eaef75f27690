"""What is said of an explanation: sums that add up as printed, characters that do no harm, honest figures."""

from __future__ import annotations

import math
import unicodedata
from decimal import Decimal

import pytest
from handmade import handmade
from hypothesis import example, given
from hypothesis import strategies as st

from gatewise.explain.ranking import moved_most
from gatewise.explain.sums import account, adding_up
from gatewise.explain.wording import label, model_line, notes, visible

shares = st.lists(st.floats(-9, 9), min_size=0, max_size=12)


def as_number(printed: str) -> Decimal:
    return Decimal(printed.replace("−", "-"))


def text_of(count: int) -> str:
    return "word " * count


@given(shares, st.floats(-3, 3), st.floats(-0.5, 0.5))
@example([], 0.0, 0.0005)
def test_the_printed_numbers_of_the_sum_add_up_to_the_printed_score(values, baseline, gap):
    explanation = handmade(text_of(len(values)), values, baseline=baseline, gap=gap, method="integrated")
    found = account(explanation)
    assert sum(as_number(number) for number, _ in found.lines) == as_number(found.score)
    # Half of the last of the three decimals.
    assert float(as_number(found.score)) == pytest.approx(explanation.score, abs=0.0005 + 1e-9)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8))
@example([0.0005])
def test_rounded_parts_add_up_and_none_is_moved_by_more_than_its_rounding(parts):
    found = adding_up(parts, sum(parts), 3)
    assert round(sum(found), 3) == round(sum(parts), 3)
    # Rounding moves by half a unit, the correction by one.
    assert all(abs(a - b) <= 0.0015 + 1e-9 for a, b in zip(found, parts, strict=True))


@pytest.mark.parametrize("score", [-8.25, -0.4, 0.0, 0.3, 7.5])
def test_the_equation_is_true_of_the_numbers_in_it(score):
    equation = account(handmade("", baseline=score)).equation
    said = equation.replace("−", "-")
    inner, result = said.removeprefix("1 / (1 + exp(").split(")) = ")
    assert 1 / (1 + math.exp(float(inner))) == pytest.approx(float(result), abs=0.0005)
    assert float(result) == pytest.approx(1 / (1 + math.exp(-score)), abs=0.0005)


@given(shares)
def test_rows_of_the_table_hold_every_contribution_once(values):
    explanation = handmade(text_of(len(values)), values)
    rows = moved_most(explanation, 2)
    assert sum(row.contribution for row in rows) == pytest.approx(sum(values), abs=1e-9)
    assert sum(row.rival for row in rows) == pytest.approx(sum(values) / 2, abs=1e-9)
    named = [row.contribution for row in rows if row.number is not None]
    assert named == sorted(named, reverse=True)
    assert sum(share > 0 for share in named) <= 2
    assert sum(share < 0 for share in named) <= 2


@given(st.text())
def test_what_is_shown_holds_no_control_and_no_direction_character(text):
    left = {unicodedata.category(c) for c in visible(text) if c not in "\n\t\u200c\u200d" and not is_tag(c)}
    assert not left & {"Cc", "Cf", "Zl", "Zp"}


def is_tag(character: str) -> bool:
    return 0xE0020 <= ord(character) <= 0xE007F


def test_a_label_is_one_short_line():
    assert label("two\nlines\tof \x1b[31mred") == "two␊lines␉of ␛[31mred"
    assert len(label("x" * 500)) <= 40


def test_words_cut_away_and_unknown_words_are_told():
    explanation = handmade("good Zendaya bad film film")
    explanation.words.is_read[3:] = False
    assert notes(explanation) == [
        "2 words cut away: the network reads the rest of the text only.",
        "Not in the vocabulary, read as <unk>: zendaya, film.",
    ]


def test_the_record_of_a_test_split_comes_before_that_of_the_development_split():
    test = {"accuracy": 0.9, "examples": 1000, "baseline_accuracy": 0.88}
    said = model_line({"development": {"accuracy": 0.95, "examples": 100}, "test": test})
    # Wilson: (0.9 + z^2/2n -+ z sqrt(0.9 * 0.1 / n + z^2/4n^2)) / (1 + z^2/n) with z = 1.96, n = 1000.
    assert said == (
        "Test accuracy 90.0 % (95 % interval 88.0 to 91.7 %) on 1,000 texts; its bag-of-words rival 88.0 %."
    )


@pytest.mark.parametrize("metrics", [{}, {"test": None}, {"test": {"accuracy": "high"}}, {"development": {}}])
def test_a_model_without_a_usable_record_says_so(metrics):
    assert model_line(metrics) == "The model keeps no record of how good it is."
