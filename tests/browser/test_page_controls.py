"""Every control of the page does what it says, by mouse and by keyboard."""

from __future__ import annotations

import re
from typing import Any

import pytest

from page_models import KINDS, make_predictor

from .conftest import served

TEXT = "a good film . the film is not bad , it is wonderful"
WORDS = 13


def position(page: Any) -> int:
    return int(page.page.locator("#scrub").input_value())


def test_steps_scrubbing_and_playing_move_through_the_text(visit: Any, small: str) -> None:
    page = visit(small)
    page.type(TEXT)
    assert position(page) == WORDS
    assert page.say("now").startswith(f"{WORDS} of {WORDS} · pos ")
    page.click("#back")
    assert position(page) == WORDS - 1
    page.click("#next")
    page.page.locator("#scrub").fill("0")
    assert page.say("now").startswith(f"0 of {WORDS} ·")  # which waits until it is drawn
    assert page.page.locator(".word.is-ahead").count() == WORDS
    page.page.locator("#speed").select_option("100")
    page.page.locator("#play").click()
    page.page.locator(".word.is-ahead").first.wait_for(state="detached")
    assert position(page) == WORDS
    assert page.say("play") == "Read"
    page.page.locator("#speed").select_option("2")
    page.page.locator("#play").click()  # from the beginning, since it was at the end
    assert page.say("play") == "Pause"
    page.page.locator("#play").click()
    assert position(page) < WORDS
    box = page.page.locator("#curve").bounding_box()
    page.page.mouse.click(box["x"] + box["width"] - 20, box["y"] + 50)
    assert position(page) == WORDS


@pytest.mark.slow
def test_contributions_add_up_to_the_log_odds(visit: Any, small: str) -> None:
    page = visit(small)
    page.type(TEXT)
    start, words, odds = (float(found.replace("−", "-")) for found in re.findall(r"[+−]\d+\.\d+", page.say("sum")))
    assert start + words == pytest.approx(odds, abs=0.011)  # each is rounded to two digits
    shown = [float(label.rsplit(", ", 1)[1].replace("−", "-")) for label in labels(page)]
    assert sum(shown) == pytest.approx(words, abs=0.005 * (WORDS + 1))


def labels(page: Any) -> list[str]:
    return [
        re.sub(", (not in|cut away).*", "", label)
        for label in page.run(
            "() => Array.from(document.querySelectorAll('.word'), (word) => word.getAttribute('aria-label'))"
        )
    ]


def test_a_word_can_be_negated_deleted_replaced_and_all_of_it_undone(visit: Any, small: str) -> None:
    page = visit(small)
    page.type("a good film")
    page.page.locator(".word").nth(1).click()
    page.done()
    page.click("#negate")
    assert page.page.locator("#text").input_value() == "a not good film"
    assert page.page.locator("#ghost-legend").is_visible()
    assert "“good”" in page.say("edit-said")
    assert page.say("negate") == "Take “not” away"
    page.click("#negate")
    assert page.page.locator("#text").input_value() == "a good film"
    page.page.locator(".word").nth(1).click()
    page.done()
    page.click("#delete")
    assert page.page.locator("#text").input_value() == "a film"
    page.page.locator("#other").fill("slow")
    page.click("#replace")
    assert page.page.locator("#text").input_value() == "slow film"
    for before in ("a film", "a good film", "a not good film", "a good film"):
        page.click("#undo")
        assert page.page.locator("#text").input_value() == before
    page.page.locator("#undo:disabled").wait_for()
    page.click("#forget-ghost")
    assert not page.page.locator("#ghost-legend").is_visible()


@pytest.mark.slow
def test_typing_keeps_the_curve_of_before_as_a_ghost(visit: Any, small: str) -> None:
    page = visit(small)
    page.type("a good film")
    before = page.say("now").split(" ")[5]
    page.page.locator("#text").blur()
    page.type("a bad film")
    assert page.say("ghost-said") == f"before the change: {before} % at its end"


def test_a_gate_held_shut_changes_the_answer_and_let_go_brings_it_back(visit: Any, small: str) -> None:
    page = visit(small)
    page.type(TEXT)
    free = page.say("now")
    page.page.locator("#force-value").scroll_into_view_if_needed()
    page.page.locator("#force-value").fill("0")
    page.page.locator(".gate.is-held").first.wait_for()
    page.done()
    page.page.get_by_text("For the whole text").wait_for()
    said = page.say("force-said")
    assert said.startswith("Forget gate of all units at 0.00: at every word all that a cell held is dropped.")
    before, after = (page.run(f"() => gatewise.likeliest(gatewise.app.{one})") for one in ("free", "reading"))
    assert said.endswith(f"stays {after}." if before == after else f"turns from {before} to {after}.")
    assert page.say("now") != free
    assert "held there by hand" in page.say("equations")
    page.page.locator("#force-gate").select_option("o")
    page.page.locator("#force-scope").select_option("one")
    page.page.get_by_text("Output gate of unit").wait_for()
    page.click("#release")
    page.done()
    assert page.say("now") == free
    assert page.page.locator(".gate.is-held").count() == 0


@pytest.mark.slow
def test_cell_shows_the_numbers_of_the_unit_chosen(visit: Any, small: str) -> None:
    page = visit(small)
    page.type(TEXT)
    page.page.locator("#cell").scroll_into_view_if_needed()
    page.page.locator("#unit").fill("4")
    page.page.locator("#unit").press("Enter")
    page.page.locator("#unit").blur()
    page.page.wait_for_timeout(50)
    found = page.run("() => gatewise.cellNumbers(gatewise.app.reading, 12, 0, 4)")
    assert found["c"] == pytest.approx(found["f"] * found["c0"] + found["i"] * found["g"], abs=1e-6)
    for name, place in (("c", "n-c1"), ("c0", "n-c0"), ("h", "n-h1")):
        assert page.say(place) == f"{found[name]:.2f}".replace("-", "−")
    before = page.page.locator("#unit").input_value()
    page.click("#unit-after")
    assert page.page.locator("#unit").input_value() != before
    page.page.locator("#unit").fill("99")
    page.page.locator("#unit").press("Enter")
    assert page.page.locator("#unit").input_value() == "5"
    page.click("#unit-most")
    page.page.locator("#scrub").fill("0")
    page.done()
    assert page.say("n-c1") == "–"


def test_map_tells_and_chooses_and_follows_the_quantity(visit: Any, small: str) -> None:
    page = visit(small)
    page.type(TEXT)
    plot = page.page.locator("#map")
    for quantity in ("h", "f", "i", "o", "g", "c"):
        page.page.locator(f"#quantity input[value={quantity}]").check(force=True)
    box = plot.bounding_box()
    plot.hover(position={"x": 5, "y": 5})
    first = page.run("() => gatewise.app.ranked[0]")
    assert page.say("map-said").startswith(f"unit {first} at “a”, word 1: cell")
    plot.click(position={"x": box["width"] / WORDS * 2.5, "y": 5})
    assert position(page) == 3
    plot.press("ArrowDown")
    plot.press("ArrowRight")
    second = page.run("() => gatewise.app.ranked[1]")
    assert page.page.locator("#unit").input_value() == str(second)
    assert page.say("map-said").startswith(f"unit {second} at “.”, word 4")


def test_keyboard_alone_reads_scrubs_and_edits(visit: Any, small: str) -> None:
    page = visit(small)
    keys = page.page.keyboard
    keys.press("Tab")
    assert page.run("() => document.activeElement.className") == "skip"
    keys.press("Enter")
    keys.press("Tab")
    page.page.locator("#text").focus()
    keys.press("Control+a")
    keys.type("a bad film")
    page.page.wait_for_timeout(250)
    page.done()
    page.page.locator("#curve").focus()
    keys.press("Home")
    assert position(page) == 0
    keys.press("ArrowRight")
    page.done()
    assert page.page.locator("#curve").get_attribute("aria-valuenow") == "1"
    page.page.locator(".word[tabindex='0']").focus()
    keys.press("ArrowRight")
    page.done()
    assert page.run("() => document.activeElement.textContent") == "bad"
    assert position(page) == 2
    page.page.locator("#negate").focus()
    keys.press("Enter")
    assert page.page.locator("#text").input_value() == "a not bad film"


@pytest.mark.slow
def test_every_control_has_a_name(visit: Any, small: str) -> None:
    nameless = visit(small).run(
        """() => Array.from(document.querySelectorAll("button, input, select, textarea, [tabindex]"))
        .filter((one) => one.offsetParent && !one.textContent.trim() && !one.ariaLabel && !one.labels?.length
          && !one.placeholder && !one.getAttribute("aria-label")).map((one) => one.outerHTML)"""
    )
    assert nameless == []


@pytest.mark.slow
def test_examples_open_and_the_first_is_there_at_once(visit: Any, small: str) -> None:
    page = visit(small)
    examples = page.run("() => gatewise.EXAMPLES")
    assert page.page.locator("#text").input_value() == examples[0]["text"]
    for example in examples[1:]:
        page.page.get_by_role("button", name=example["name"], exact=True).click()
        page.done()
        assert page.page.locator("#words").text_content() == example["text"]


@pytest.mark.slow
def test_who_asks_for_less_motion_is_shown_the_end_and_others_see_it_read(visit: Any, small: str) -> None:
    calm = visit(small)
    assert calm.say("play") == "Read"
    assert calm.page.locator(".word.is-ahead").count() == 0
    lively = visit(small, reduced_motion="no-preference")
    assert lively.say("play") == "Pause"
    assert lively.page.locator(".word.is-ahead").count() > 10


def test_hard_sentences_tell_what_is_meant_and_what_the_model_says(visit: Any, small: str) -> None:
    page = visit(small)
    for place, hard in enumerate(page.run("() => gatewise.HARD")):
        page.click(f"#hard li:nth-child({place + 1}) button")
        share = page.run(
            "() => { const { reading } = gatewise.app; return reading.probability(reading.length, 1); }",
        )
        label, most = ("pos", share) if share >= 0.5 else ("neg", 1 - share)
        verdict = page.page.locator(f"#hard li:nth-child({place + 1}) .verdict").text_content()
        begin = "Right" if label == hard["meant"] else "Wrong"
        assert verdict == f"{begin}: meant {hard['meant']}, it says {label} {100 * most:.1f} %."
        assert page.page.locator("#text").input_value() == hard["text"]


@pytest.mark.slow
def test_hard_sentences_are_for_models_that_tell_praise_from_blame(visit: Any) -> None:
    with served(make_predictor(**KINDS["three classes"])) as address:
        assert not visit(address).page.locator("#hard").is_visible()


@pytest.mark.slow
def test_an_empty_text_and_one_that_is_too_long_are_said(visit: Any, small: str) -> None:
    page = visit(small)
    page.type("")
    assert page.say("now").startswith("0 of 0")
    page.page.locator("#play").click()
    page.page.locator("#text").fill("a " * 5_001)
    page.page.locator("#limit").wait_for(state="visible")
    assert page.say("limit").startswith("This text has 5,001 words.")
    page.done()
    assert page.page.locator("#scrub").get_attribute("max") == "5000"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["three classes", "ordinal", "two layers", "head+tail"])
def test_other_kinds_of_model_are_shown_too(visit: Any, kind: str) -> None:
    predictor = make_predictor(**KINDS[kind])
    with served(predictor) as address:
        page = visit(address)
        page.type(TEXT)
        want = predictor.predict_proba([TEXT])[0]
        shares = page.run("() => Array.from(document.querySelectorAll('#classes .share'), (one) => one.textContent)")
        assert [float(share.split()[0]) / 100 for share in shares] == pytest.approx(want.tolist(), abs=0.00051)
        page.page.locator("#classes input").last.check()
        assert page.page.locator(".followed").first.text_content() == str(predictor.classes_[-1])
        if kind == "two layers":
            page.page.locator("#layer").select_option("0")
            assert "lower layer" in page.say("unit-said")
        if kind == "head+tail":
            assert page.page.locator(".word.is-cut").count() == WORDS - 5
