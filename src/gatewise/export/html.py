"""The page and a model in one HTML file, which works without a server and without a network."""

from __future__ import annotations

import base64
import hashlib
import re

from gatewise.page.files import ICON, PAGE, SCRIPTS, SCRIPTS_HERE, STYLE, asset
from gatewise.page.payload import payload
from gatewise.runtime.predictor import Predictor

_ICON_LINK = '<link rel="icon" href="page/icon.svg">'
_STYLE_LINK = '<link rel="stylesheet" href="page/style.css">'
_CHARSET = '<meta charset="utf-8">'
_LINE = 96  # so that editors and mail programs can open the file


def html_page(predictor: Predictor, name: str) -> bytes:
    """The page of a model as one file.

    Args:
        predictor: The model.
        name: What the page calls it.

    Returns:
        An HTML document in UTF-8: the scripts that a server would give, one after the other, and the same model files,
        in base64. Its own policy forbids it to load or run anything else.

    Raises:
        ModelError: The page cannot show such a model.

    Notes:
        The same model gives the same bytes. Base64 makes the weights a third larger: 9.6 MB for the packaged model.

    Example:
        >>> page = html_page(Predictor.load("imdb"), "imdb").decode()
        >>> page.startswith("<!DOCTYPE html>"), 'src="' in page, page.count("<script>")
        (True, False, 1)
    """
    script, style = "".join(map(asset, SCRIPTS)), asset(STYLE)
    icon = base64.b64encode(asset(ICON).encode()).decode()
    data = "".join(_data(file, content) for file, content in payload(predictor, name).items())
    page = asset(PAGE)
    for old, new in (
        (_CHARSET, f'{_CHARSET}\n<meta http-equiv="Content-Security-Policy" content="{_policy(script, style)}">'),
        (_ICON_LINK, f'<link rel="icon" href="data:image/svg+xml;base64,{icon}">'),
        (_STYLE_LINK, f"<style>{style}</style>"),
        (f"{SCRIPTS_HERE}\n", ""),
        ("</body>", f"{data}<script>{script}</script>\n</body>"),
    ):
        if page.count(old) != 1:
            raise AssertionError(f"{old!r} is not once in {PAGE}")
        page = page.replace(old, new)
    return page.encode()


def _policy(script: str, style: str) -> str:
    return f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data:"


def _hash(content: str) -> str:
    """How a policy names the one script or style that may run; a browser hashes what it finds between the tags."""
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _data(name: str, content: bytes) -> str:
    """A file of the model as an element that is neither run nor shown."""
    lines = re.sub(f"(.{{{_LINE}}})", r"\1\n", base64.b64encode(content).decode())
    return f'<script type="text/plain" id="file-{name}">\n{lines}\n</script>\n'
