"""How fluid the page is: frames a second in Chromium while a review of 2,000 words is computed, played and scrubbed.

The page is the file that ``gatewise export imdb --to html`` writes, opened without a server. Frames are those of
``requestAnimationFrame``, so that 60 a second is all there can be. Needs Playwright and a Chromium.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from gatewise.export.html import html_page
from gatewise.runtime.predictor import Predictor
from record import write

SENTENCE = "The first half hour is slow, the jokes are tired and the hero is hard to like; I was ready to leave."
TEXT = " ".join((SENTENCE.split() * 100)[:2_000])

# Milliseconds between frames, for so long or for so many places of the slider.
FRAMES = """(ms) => new Promise((done) => {
    const times = [], begin = performance.now();
    function frame(now) {
        times.push(now);
        if (now - begin < ms) requestAnimationFrame(frame);
        else done(times.slice(1).map((time, k) => time - times[k]));
    }
    requestAnimationFrame(frame);
})"""
SCRUB = """async (places) => {
    const slider = document.getElementById("scrub"), times = [];
    for (let k = 0; k < places; k++) {
        slider.value = String(Math.floor((k * slider.max) / places));
        slider.dispatchEvent(new Event("input"));
        times.push(await new Promise(requestAnimationFrame));
    }
    return times.slice(1).map((time, k) => time - times[k]);
}"""


def figures(between: list[float]) -> dict[str, float]:
    """Frames a second, and the usual, the 95th of a hundred and the longest time between two, in milliseconds."""
    ordered = sorted(between)
    return {
        "frames_per_second": 1_000 * len(ordered) / sum(ordered),
        "median_ms": ordered[len(ordered) // 2],
        "p95_ms": ordered[int(0.95 * len(ordered))],
        "longest_ms": ordered[-1],
    }


def measure(page: Any) -> dict[str, Any]:
    """The three ways of reading, one after the other."""
    page.evaluate("(text) => gatewise.app.typed(text)", TEXT)
    found = {"computed": figures(page.evaluate(FRAMES, 1_000))}
    page.wait_for_function("() => Number(document.getElementById('scrub').max) > 2000")
    page.select_option("#speed", "100")
    if page.inner_text("#play") != "Pause":
        page.click("#play")
    found["played"] = figures(page.evaluate(FRAMES, 3_000))
    page.click("#play")
    found["scrubbed"] = figures(page.evaluate(SCRUB, 120))
    return {**found, "words": int(page.evaluate("() => Number(document.getElementById('scrub').max)"))}


def main() -> None:
    """Measure and record."""
    from playwright.sync_api import sync_playwright

    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        print("no Chromium here: frames are not measured")
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as library:
        file = Path(folder) / "imdb.html"
        file.write_bytes(html_page(Predictor.load("imdb"), "imdb"))
        arguments = ["--no-sandbox", "--disable-background-networking"]
        browser = library.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(file.as_uri())
        page.wait_for_function("() => Number(document.getElementById('scrub').max) > 0")
        found = {"command": "python benchmarks/page_frames.py", "chromium": browser.version, **measure(page)}
        browser.close()
    write("page_frames", found)


if __name__ == "__main__":
    main()
