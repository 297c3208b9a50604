"""Reads HTML, inline XBRL among it: headings, paragraphs, lists and tables, each with its nearest anchor.

The tree is walked without recursion, nothing is fetched, and entities are not expanded.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from collegium.knowledge.parsers.decoding import text_read
from collegium.knowledge.parsers.headings import may_be_heading, numbered_level
from collegium.knowledge.parsers.html_tables import table_is_data, table_read
from collegium.knowledge.parsers.slugs import Slugs
from collegium.sdk.parsing import (
    Block,
    Mark,
    ParsedDocument,
    ParseLimits,
    ParseProblem,
    SourceFile,
    progress_report,
)

_NOT_SHOWN = """
script style template noscript iframe object embed svg math canvas audio video button select input textarea
nav head ix:header
"""
_DROPPED = frozenset(_NOT_SHOWN.split())
_PARTING = """
p div section article header footer main aside li ul ol dl dt dd blockquote pre h1 h2 h3 h4 h5 h6 table
caption thead tbody tfoot tr td th hr form fieldset figure figcaption details summary address center body html
"""
_BLOCKS = frozenset(_PARTING.split())
_BOLD_TAGS = frozenset({"b", "strong", "th"})
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_WEIGHT = re.compile(r"font-weight\s*:\s*(bold|bolder|[1-9]00|normal|lighter)", re.I)
_XML_HEAD = re.compile(r"^\s*<\?xml[^>]*\?>")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>", re.I | re.S)
BOLD_LEVEL = 4  # of a bold line that is no heading by its tag or number
REPORT_EVERY = 2000


class HtmlParser:
    name = "html/1"
    media_types: tuple[str, ...] = ("text/html",)

    def accepts(self, files: Sequence[SourceFile]) -> bool:
        return len(files) == 1 and files[0].media_type in self.media_types

    def parse(self, files: Sequence[SourceFile], limits: ParseLimits) -> ParsedDocument:
        root = html_tree(text_read(files[0].path, limits, declared=True))
        found = root.find(".//title")
        title = " ".join((found.text or "").split()) if found is not None else ""
        _prune(root)
        reading = _Reading()
        reading.walk(root)
        if not reading.blocks:
            raise ParseProblem(
                "no_text", "The page has no text of its own. Save it from the browser after it has loaded."
            )
        return ParsedDocument(parser=self.name, blocks=tuple(reading.blocks), title=title)


def html_tree(text: str) -> Any:
    """The tree of a page. The doctype goes first, so that nothing it declares is looked at."""
    text = _DOCTYPE.sub("", _XML_HEAD.sub("", text), count=1)
    parser = lxml_html.HTMLParser(
        encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True
    )
    try:
        root = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.LxmlError as error:
        raise ParseProblem(
            "damaged", "The page cannot be read as HTML: %(error)s.", error=str(error)
        ) from error
    return root


def _prune(root: Any) -> None:
    """Remove what is not shown, keeping the text that follows it."""
    for element in list(root.iter()):
        if element is root or element.getparent() is None:
            continue
        if element.tag in _DROPPED or _is_hidden(element):
            element.drop_tree()


def _is_hidden(element: Any) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _is_bold(element: Any, inherited: bool) -> bool:
    stated = _WEIGHT.search(element.get("style") or "")
    if stated:
        weight = stated.group(1).lower()
        return weight in {"bold", "bolder"} or (weight.isdigit() and int(weight) >= 600)
    return inherited or element.tag in _BOLD_TAGS


class _Reading:
    """Collects blocks while the tree is walked."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._parts: list[str] = []
        self._open: list[tuple[str, int]] = []  # named elements in the paragraph: name, first part
        self._named: list[tuple[str, int, int]] = []  # those that have ended: name, first part, part after
        self._plain = False  # whether the paragraph holds text that is not bold
        self._level = 0
        self._anchor = ""
        self._anchor_fresh = False
        self._slugs = Slugs()

    def walk(self, root: Any) -> None:
        """Visit every element in document order, with a stack of our own: pages may be nested at will."""
        total = sum(1 for _ in root.iter())
        seen = 0
        stack: list[tuple[Any, Iterator[Any], bool]] = [(root, iter(root), False)]
        self._text(root.text, False)
        while stack:
            element, children, bold = stack[-1]
            child = next(children, None)
            if child is None:
                stack.pop()
                self._end(element)
                self._text(element.tail if stack else None, stack[-1][2] if stack else False)
                continue
            seen += 1
            if seen % REPORT_EVERY == 0:
                progress_report(seen, total)
            if self._start(child):
                child_bold = _is_bold(child, bold)
                stack.append((child, iter(child), child_bold))
                self._text(child.text, child_bold)
            else:
                self._text(child.tail, bold)
        self._flush()

    def _start(self, element: Any) -> bool:
        """Take an element's beginning; returns whether its children are to be visited."""
        tag = element.tag
        if tag in _BLOCKS:
            self._flush()
        name = element.get("id") or (element.get("name") if tag == "a" else None)
        if name and ":" not in tag:  # the ids of inline XBRL's facts are not places in the page
            self._anchor, self._anchor_fresh = name, True
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self._level = int(tag[1])
        if name and ":" in tag:
            self._open.append((name, len(self._parts)))
        if tag == "br":
            self._parts.append("\n" if self._in_pre(element) else " ")
        if tag == "table" and table_is_data(element):
            text, marks = table_read(element)
            self._add("table", text, marks=marks)
            return False
        return True

    def _in_pre(self, element: Any) -> bool:
        return any(ancestor.tag == "pre" for ancestor in element.iterancestors("pre"))

    def _end(self, element: Any) -> None:
        if self._open and ":" in element.tag and self._open[-1][0] == element.get("id"):
            name, first = self._open.pop()
            self._named.append((name, first, len(self._parts)))
        if element.tag in _BLOCKS:
            self._flush()

    def _text(self, text: str | None, bold: bool) -> None:
        if text:
            self._parts.append(text)
            self._plain = self._plain or (not bold and not text.isspace())

    def _flush(self) -> None:
        text = _closed_up(self._parts)
        level, plain, marks = self._level, self._plain, self._marks()
        self._parts, self._plain, self._level = [], False, 0
        if not text:
            self._level = level  # a heading's text may lie in an element of its own
            return
        if not level and not plain and may_be_heading(text):
            level = numbered_level(text) or BOLD_LEVEL
        if level:
            if not self._anchor_fresh:
                self._anchor = self._slugs.make(text)
            self._anchor_fresh = False
        self._add("heading" if level else "text", text, level, marks)

    def _marks(self) -> tuple[Mark, ...]:
        """The named elements that lie in the paragraph whole, at their places in its closed-up text."""
        marks = []
        ends = _closed_ends(self._parts) if self._named else []
        for name, first, after in self._named:
            own = len(_closed_up(self._parts[first:after]))
            if own:
                marks.append(Mark(name, ends[after - 1] - own, ends[after - 1]))
        self._open, self._named = [], []
        return tuple(marks)

    def _add(self, kind: str, text: str, level: int = 0, marks: tuple[Mark, ...] = ()) -> None:
        if text.strip():
            self.blocks.append(Block(kind, text, level=level, anchor=self._anchor[:200], marks=marks))


def _closed_up(parts: Sequence[str]) -> str:
    return " ".join("".join(parts).split())


def _closed_ends(parts: Sequence[str]) -> list[int]:
    """How long the text with its white space closed up is after each part."""
    ends, length, gap = [], 0, False
    for part in parts:
        if part.isspace():
            gap = True
        elif part:
            gap = gap or part[0].isspace()
            length += len(" ".join(part.split())) + (1 if gap and length else 0)
            gap = part[-1].isspace()
        ends.append(length)
    return ends
