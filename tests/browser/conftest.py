"""A Chromium that is installed already, and a server of the page's files; skips where either cannot be had."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from gatewise.page.files import PageFile, page_files
from gatewise.runtime.predictor import Predictor

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"]
POLICY = "default-src 'self'"


# Not for the session: while Playwright is there its event loop counts as running, and no test could have its own.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if CHROMIUM is None:
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as library:
        browser = library.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def served(predictor: Predictor, name: str = "model") -> Iterator[str]:
    """The page of a model on this machine, under the policy that the service gives it."""
    files = page_files(predictor, name)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = files.get(self.path)
            self.send_response(404 if found is None else 200)
            found = found or PageFile(b"", "text/plain")
            for header, value in (
                ("Content-Type", found.media_type),
                ("Content-Length", str(len(found.content))),
                ("Content-Security-Policy", POLICY),
                ("X-Content-Type-Options", "nosniff"),
            ):
                self.send_header(header, value)
            self.end_headers()
            self.wfile.write(found.content)

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Visit:
    """A page that is open, and what went wrong on it."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.wrong: list[str] = []
        self.requests: list[str] = []
        self.context = browser.new_context(
            **{"reduced_motion": "reduce", "viewport": {"width": 1280, "height": 900}, **options}
        )
        self.page = self.context.new_page()
        self.page.on("console", lambda message: self.wrong.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda problem: self.wrong.append(f"error: {problem}"))
        self.page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.context.route("**/*", lambda route: self._let(route, address))
        self.address = address
        self._open()

    def again(self) -> None:
        """Open the page anew, as if nobody had been there."""
        # By way of another page, since a browser brings back what was typed where a page is loaded once more.
        self.page.goto("about:blank")
        self.wrong, self.requests = [], []
        self._open()

    def _open(self) -> None:
        self.page.goto(self.address)
        self.done()

    def _let(self, route: Any, address: str) -> None:
        self.requests.append(route.request.url)
        if route.request.url.startswith((address, "data:")):
            route.continue_()
        else:
            self.wrong.append(f"asked for {route.request.url}")
            route.abort()

    def done(self) -> None:
        """Wait until all words have been read."""
        # What was just done is drawn in the next frame.
        self.page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
        self.page.locator("#transport[data-done=true]").wait_for(timeout=60_000)

    def type(self, text: str) -> None:
        """Put a text into the box and wait until it has been read."""
        self.page.locator("#text").fill(text)
        # The page waits a moment for the next key; the box of words then holds the text.
        self.page.wait_for_function("(text) => document.getElementById('words').textContent === text", arg=text)
        self.done()

    def typed(self, texts: Sequence[str]) -> list[str]:
        """What the box of words holds after each of some texts, by the door that typing uses, without its pause."""
        code = """async (texts) => {
            const shown = [];
            for (const text of texts) {
                gatewise.app.typed(text);
                await new Promise(requestAnimationFrame);
                shown.push(document.getElementById("words").textContent);
            }
            return shown;
        }"""
        found: list[str] = self.run(code, texts)
        self.done()
        return found

    def click(self, place: str) -> None:
        """Press something, and wait until what it did has been drawn."""
        self.page.locator(place).click()
        self.done()

    def say(self, name: str) -> str:
        """What an element says, once all has been drawn."""
        self.done()
        found: str = self.page.locator(f"#{name}").text_content()
        return found

    def run(self, code: str, given: Any = None) -> Any:
        """The value of a function of the page's script."""
        return self.page.evaluate(code, given)


@pytest.fixture(scope="package")
def tabs(chromium: Any) -> Iterator[dict[str, Visit]]:
    """Pages kept open, by their address: another tab costs seconds where the machine is busy."""
    kept: dict[str, Visit] = {}
    yield kept
    for one in kept.values():
        one.context.close()


@pytest.fixture
def visit(chromium: Any, tabs: dict[str, Visit]) -> Iterator[Callable[..., Visit]]:
    """Open a page; at the end nothing may have gone wrong on it."""
    visits: list[Visit] = []

    def open_page(address: str, **options: Any) -> Visit:
        visits.append(_opened(chromium, {} if options else tabs, visits, address, options))
        return visits[-1]

    yield open_page
    wrong = [entry for one in visits for entry in one.wrong]
    for one in visits:
        if one not in tabs.values():
            one.context.close()
    assert wrong == []


def _opened(browser: Any, tabs: dict[str, Visit], visits: list[Visit], address: str, options: dict[str, Any]) -> Visit:
    kept = tabs.get(address)
    if kept is not None and kept not in visits:
        kept.again()
        return kept
    opened = Visit(browser, address, **options)
    # Only the pages that many tests share have a fixture of their own, and so an address that comes again.
    tabs.setdefault(address, opened)
    return opened


@pytest.fixture(scope="session")
def small() -> Iterator[str]:
    """The page of a small blend."""
    from page_models import KINDS, make_predictor

    with served(make_predictor(**KINDS["blended"])) as address:
        yield address


@pytest.fixture(scope="session")
def packaged() -> Iterator[str]:
    """The page of the packaged model."""
    with served(Predictor.load("imdb"), "imdb") as address:
        yield address
