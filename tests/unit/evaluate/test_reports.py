"""The drawn reports: harmless whatever the texts hold, complete, and fit for 80 columns."""

from __future__ import annotations

import copy
import functools
import io
import re
import xml.etree.ElementTree as Xml
from html.parser import HTMLParser

import numpy as np
import pytest
from evaluate_fakes import FakePredictor, history, invented, noisy_logits
from rich.console import Console

from gatewise.evaluate.evaluation import evaluate
from gatewise.evaluate.html import html_report
from gatewise.evaluate.svg import ticks
from gatewise.evaluate.terminal import show

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp; ]]> \x1b[31m [bold]loud[/bold]"
VOID = {"meta", "br"}


def result_of(**options):
    return copy.deepcopy(_result_of(**options))


@functools.cache
def _result_of(count=200, classes=2, *, names=None, rival=True, with_history=True, text=None):
    examples, truth = invented(count, classes)
    if text:
        examples.texts = [f"{text} {index}" for index in range(count)]
    names = (
        list(names) if names else (["neg", "pos"] if classes == 2 else [f"class {index}" for index in range(classes)])
    )
    examples.labels = [names[index] for index in truth]
    predictor = FakePredictor(
        noisy_logits(truth, classes, 1.0, 1),
        noisy_logits(truth, classes, 1.2, 2) if rival else None,
        names,
        temperature=1.3,
        metrics={"history": history(6), "development": {"accuracy": 0.9, "baseline_accuracy": 0.912}}
        if with_history
        else {},
        training_rows=np.zeros(0, dtype=np.uint64),
    )
    return evaluate(predictor, examples, name="imdb:test")


class Balance(HTMLParser):
    """Collects tags, and fails on one that is closed out of order."""

    def __init__(self):
        super().__init__()
        self.open, self.seen, self.attributes = [], set(), []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes += attrs

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(page):
    found = Balance()
    found.feed(page)
    found.close()
    assert found.open == []
    return found


def printed(result, width=80):
    out = io.StringIO()
    show(result, Console(file=out, width=width, highlight=False, markup=False, emoji=False))
    return out.getvalue()


CASES = {
    "two classes": {},
    "three classes": {"classes": 3},
    "many classes": {"classes": 30, "count": 400},
    "no rival": {"rival": False},
    "no history": {"with_history": False},
    "one example": {"count": 1},
}


@pytest.mark.parametrize("case", CASES)
def test_the_page_is_well_formed_and_needs_nothing_from_elsewhere(case):
    page = html_report(result_of(**CASES[case]))
    found = parsed(page)
    assert not found.seen & {"script", "link", "img", "iframe", "object", "embed", "form", "a", "base", "image", "use"}
    names = {name for name, _ in found.attributes}
    assert not names & {"src", "href", "xlink:href", "action", "srcset"}
    assert not any(name.startswith("on") for name in names)
    assert not re.search(r"https?:|url\(|@import", page)
    for svg in re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL):
        root = Xml.fromstring(svg)
        assert root.get("aria-label") == root.findtext("title")
        assert "nan" not in svg
        assert "inf" not in svg.replace("info", "")


def test_hostile_texts_and_labels_are_shown_and_not_obeyed():
    result = result_of(text=HOSTILE, names=("<b>neg</b>", "pos\"'>"))
    result["name"] = "<script>name</script>"
    page = html_report(result)
    assert parsed(page).seen.isdisjoint({"script", "img"})
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;b&gt;neg&lt;/b&gt;" in page
    assert "\x1b" not in page
    shown = printed(result)
    assert "\x1b" not in shown
    assert "[bold]loud[/bold]" in shown


def test_the_page_draws_curves_reliability_histogram_and_slices():
    page = html_report(result_of())
    titles = re.findall(r'aria-label="([^"]*)"', page)
    assert titles == [
        "Loss by epoch",
        "Development accuracy by epoch",
        "Reliability",
        "Scores by true class",
        "Error by coverage",
        "Accuracy by length",
        "Accuracy by negation",
        "Accuracy by stars",
    ]
    assert html_report(result_of(with_history=False)).count("no record of its training") == 1


def test_a_page_of_one_epoch_can_be_drawn():
    result = result_of()
    result["training"]["history"] = result["training"]["history"][:1]
    parsed(html_report(result))


def test_the_curve_stands_where_its_numbers_say():
    result = result_of()
    page = html_report(result)
    svg = Xml.fromstring(next(part for part in re.findall(r"<svg.*?</svg>", page) if "Loss by epoch" in part))
    heights = [float(dot.get("cy")) for dot in svg.iter("circle") if dot.get("class") == "dot model"]
    losses = [epoch["dev_loss"] for epoch in result["training"]["history"]]
    slope = (heights[0] - heights[1]) / (losses[0] - losses[1])
    assert slope < 0
    # Places are written with one decimal.
    assert heights == pytest.approx([heights[0] + slope * (loss - losses[0]) for loss in losses], abs=0.5)


@pytest.mark.parametrize("case", CASES)
def test_the_terminal_report_fits_80_columns_without_cutting(case):
    shown = printed(result_of(**CASES[case]))
    assert max(map(len, shown.splitlines())) <= 80
    tables = shown.partition("Surest errors")[0]
    assert "…" not in tables
    if case == "no rival":
        assert "no bag-of-words rival" in shown


def test_the_ledger_line_is_told():
    result = {**result_of(), "ledger_line": 17}
    assert "line 17 of the test ledger" in printed(result)
    assert "line 17 of the test ledger" in html_report(result)
    assert "ledger" not in printed(result_of())


def test_the_error_by_coverage_ends_at_the_error_rate_and_stays_in_its_frame():
    result = result_of()
    page = html_report(result)
    svg = Xml.fromstring(next(part for part in re.findall(r"<svg.*?</svg>", page) if "Error by coverage" in part))
    lines = {path.get("class"): path.get("d") for path in svg.iter("path") if "line" in path.get("class")}
    ends = {style: [float(number) for number in path.split("L")[-1].split()] for style, path in lines.items()}
    zero, per_share = 218.0, (260 - 42 - 14) / (1.08 * highest_drawn(result))
    for who in ("model", "rival"):
        error = result["selective"]["curve"][who]["errors"][-1] / result["n"]
        # Full coverage lies at the right end of the frame; places are written with one decimal.
        assert ends[f"line {who}"] == pytest.approx([438, zero - per_share * error], abs=0.06)


def highest_drawn(result):
    curves = result["selective"]["curve"].values()
    pairs = [pair for curve in curves for pair in zip(curve["answered"], curve["errors"], strict=True)]
    return max(errors / answered for answered, errors in pairs if answered >= 20)


def test_a_model_that_is_never_wrong_has_a_flat_curve():
    examples, truth = invented(30)
    logits = 4.0 * (2 * truth[:, None] - 1) + np.linspace(0, 1, 30)[:, None]
    result = evaluate(FakePredictor(logits, None, ["neg", "pos"]), examples, name="file.csv", abstain=1.0)
    parsed(html_report(result))
    shown = printed(result)
    assert re.search(r"answered at 1 % error +100\.0 % +–", shown)
    assert "answers 0 of 30 texts" in shown


def test_the_band_is_told_where_one_was_asked_for():
    assert "Abstaining below" not in printed(result_of()) + html_report(result_of())
    examples, truth = invented(200)
    result = evaluate(
        FakePredictor(noisy_logits(truth, 2, 1.0, 1), noisy_logits(truth, 2, 1.2, 2), ["neg", "pos"]),
        examples,
        name="file.csv",
        abstain=0.8,
    )
    answered = result["selective"]["band"]["answered"]
    for shown in (" ".join(printed(result).split()), html_report(result)):
        assert f"Abstaining below a probability of 0.8, the model answers {answered} of 200" in shown


def test_published_figures_stand_beside_ours_with_their_warning():
    shown = printed(result_of())
    assert re.search(r"Pearson with label +[\d.−]+ +[\d.−]+ +0\.882", shown)
    assert re.search(r"sd of \|score − label\| +[\d.]+ +[\d.]+ +0\.147", shown)
    assert "not comparable" in " ".join(shown.split())


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0.83, 0.97), (1, 8), (-3, 2500), (0.5, 1), (1e-6, 3e-6)])
def test_ticks_are_few_even_and_inside(low, high):
    found = ticks(low, high)
    assert 3 <= len(found) <= 8
    assert low - 1e-9 <= found[0] < found[-1] <= high + 1e-9
    steps = np.diff(found)
    assert steps == pytest.approx(np.full(len(steps), steps[0]), rel=1e-6)


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ({}, "Loss on the rows trained on and on the development split."),
        ({"training": {"teachers": ["big 01ab"]}}, "That of training holds the teachers&#x27; answers too"),
        ({"training": {"further_terms": True}}, "That of training holds the further terms of its objective too"),
    ],
)
def test_a_training_loss_of_another_kind_is_not_drawn_beside_that_of_the_development_split(metrics, told):
    examples, truth = invented(50, 2)
    predictor = FakePredictor(noisy_logits(truth, 2, 1.0, 1), None, ["neg", "pos"], metrics={"history": history(6)})
    predictor.metrics.update(metrics)
    examples.labels = [["neg", "pos"][index] for index in truth]
    page = html_report(evaluate(predictor, examples, name="some.csv"))
    assert told in page
    figure = page[page.index("Loss by epoch") : page.index(told)]
    assert figure.count('<path class="line') == (1 if metrics else 2)
