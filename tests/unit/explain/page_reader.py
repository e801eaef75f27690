"""Reads the page of an explanation as a browser would: what is text, what is markup."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta"}


class Page(HTMLParser):
    """The text within the block of the text, leaving out what only screen readers see; tags and attributes of all."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, str]] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []
        self.text, self.marks = "", []
        self.feed(source)
        self.close()
        assert not self.stack

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]
        if tag not in VOID:
            self.stack.append((tag, given.get("class", "")))
        if tag == "mark":
            self.marks.append(given)

    def handle_startendtag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]

    def handle_endtag(self, tag):
        assert self.stack.pop()[0] == tag

    def handle_data(self, data):
        kinds = [kind for _, kind in self.stack]
        if "text" in kinds and "unseen" not in kinds:
            self.text += data
