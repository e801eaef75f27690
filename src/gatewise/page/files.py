"""The page as the files a server gives, by the paths it gives them at."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import PurePosixPath

from gatewise.errors import ModelError
from gatewise.page.payload import payload
from gatewise.runtime.predictor import Predictor

# In the order in which the browser loads them: each adds to one object, `gatewise`, and needs those before it.
SCRIPTS = (
    "tokenizer.js",
    "blake2b.js",
    "ngrams.js",
    "model.js",
    "lstm.js",
    "answer.js",
    "reader.js",
    "load.js",
    "colours.js",
    "curve.js",
    "words.js",
    "edit.js",
    "drawing.js",
    "cell.js",
    "force.js",
    "heatmap.js",
    "transport.js",
    "classes.js",
    "facts.js",
    "examples.js",
    "hard.js",
    "controls.js",
    "app.js",
    "main.js",
)
PAGE, STYLE, ICON = "index.html", "style.css", "icon.svg"
SCRIPTS_HERE = "<!-- scripts -->"

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
_BINARY = "application/octet-stream"


@dataclass(frozen=True)
class PageFile:
    """A file of the page.

    Attributes:
        content: Its bytes.
        media_type: For the header Content-Type.
    """

    content: bytes
    media_type: str


def asset(name: str) -> str:
    """The content of a file of the page that is the same for every model.

    Args:
        name: ``index.html``, ``style.css``, ``icon.svg`` or one of `SCRIPTS`.
    """
    return files("gatewise.page").joinpath("assets").joinpath(name).read_text(encoding="utf-8")


def page_files(predictor: Predictor, name: str) -> dict[str, PageFile]:
    """All files of the page of a model.

    Args:
        predictor: The model.
        name: What the page calls it.

    Returns:
        By path: ``/`` and what it loads, all below ``/page/``. For a model that the page cannot show, ``/`` says so in
        a sentence and names the API.

    Notes:
        The page runs under the policy ``default-src 'self'``: no inline script or style, nothing from elsewhere.

    Example:
        >>> found = page_files(Predictor.load("imdb"), "imdb")
        >>> found["/"].media_type, "/page/model.json" in found
        ('text/html; charset=utf-8', True)
    """
    common = {STYLE: asset(STYLE).encode(), ICON: asset(ICON).encode()}
    try:
        model = payload(predictor, name)
    except ModelError as problem:
        return _placed(_apology(name, problem.what), common)
    scripts = {script: asset(script).encode() for script in SCRIPTS}
    tags = "\n".join(f'<script src="page/{script}" defer></script>' for script in SCRIPTS)
    return _placed(asset(PAGE).replace(SCRIPTS_HERE, tags), {**common, **scripts, **model})


def _placed(page: str, others: dict[str, bytes]) -> dict[str, PageFile]:
    found = {"/": PageFile(page.encode(), _TYPES[".html"])}
    for name, content in others.items():
        found[f"/page/{name}"] = PageFile(content, _TYPES.get(PurePosixPath(name).suffix, _BINARY))
    return found


def _apology(name: str, why: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(name)}</title>\n"
        '<link rel="icon" href="page/icon.svg">\n<link rel="stylesheet" href="page/style.css">\n</head>\n<body>\n'
        f"<main>\n<h1>{escape(name)}</h1>\n<p>{escape(why[:1].upper() + why[1:])}.</p>\n"
        '<p>It answers by the API, which <a href="openapi.json">openapi.json</a> describes.</p>\n'
        "</main>\n</body>\n</html>\n"
    )
