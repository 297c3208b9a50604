"""Bytes to an element tree: no entity is expanded, nothing is fetched, what is not well-formed is refused.

Numbers are never read from a tree that was guessed: what is repaired before parsing (blank lines before the
XML declaration, a DOCTYPE without entities, the named characters of HTML, control characters, a wrongly
declared encoding) changes no figure.
"""

import html.entities
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from collegium.sdk.parsing import ParseLimits, text_read
from verticals.finance.xbrl.problems import dtd_refused, not_well_formed

_NAMED = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_XML_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ROOT = re.compile(rb"<([^\s/>]+)")
_OF_HTML = re.compile(rb"<!DOCTYPE\s+html\b", re.IGNORECASE)
_BINDING = re.compile(rb"""xmlns:([^\s=]+)\s*=\s*["']([^"']*)["']""")
_BLANK = b" \t\r\n"
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Tree:
    """A file's root element; `nested`: elements below it bind prefixes in ways of their own."""

    name: str
    root: Any
    nested: bool = False


def tree_read(path: Path, name: str, limits: ParseLimits) -> Tree:
    """The element tree of an XML or XHTML file.

    Raises XbrlProblem: `dtd_refused`, `truncated`, `not_well_formed`; ParseProblem where it is no text.
    """
    raw = path.read_bytes()
    if _is_plain(raw):
        try:
            return _parse(prolog_cut(raw, name), name)
        except etree.XMLSyntaxError:
            pass  # repaired below, or refused there
    text = text_read(path, limits, declared=True)
    body = prolog_cut(_entities_written(text).encode("utf-8", "replace"), name)
    try:
        return _parse(body, name)
    except etree.XMLSyntaxError as error:
        reason = str(error.msg or error).split(", line", 1)[0]
        where = f"{reason}, line {error.lineno}" if error.lineno else reason
        raise not_well_formed(name, where, truncated=_ends_early(body)) from error


def _ends_early(body: bytes) -> bool:
    """Whether the root element begins and is not closed at the end."""
    root = _ROOT.match(body)
    return root is not None and not body.rstrip().endswith(b"</" + root[1] + b">")


def _is_plain(raw: bytes) -> bool:
    """Whether the bytes are UTF-8 without NUL, which is what nearly all filings are."""
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\x00" not in raw


def _parse(body: bytes, name: str) -> Tree:
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        collect_ids=False,
    )
    root = etree.fromstring(body, parser)
    return Tree(name, root, nested=_binds_below(body, root.nsmap))


def _binds_below(body: bytes, declared: Mapping[str | None, str]) -> bool:
    """Whether a prefix is bound otherwise than at the root, as the bytes have it; rather yes than no."""
    if body.count(b"xmlns") == len(declared):
        return False
    bound = {prefix or "": uri for prefix, uri in declared.items()}
    return any(
        bound.get(prefix.decode("utf-8", "replace")) != uri.decode("utf-8", "replace")
        for prefix, uri in _BINDING.findall(body)
        if prefix  # names that facts are called by have a prefix
    )


def prolog_cut(raw: bytes, name: str) -> bytes:
    """The bytes from the root element on. Raises XbrlProblem where the prolog declares entities."""
    at = len(_MARK) if raw.startswith(_MARK) else 0
    while at < len(raw):
        if raw[at] in _BLANK:
            at += 1
        elif raw.startswith(b"<?", at):
            at = _after(raw, b"?>", at)
        elif raw.startswith(b"<!--", at):
            at = _after(raw, b"-->", at)
        elif raw[at : at + 9].upper() == b"<!DOCTYPE":
            end = _after(raw, b">", at)
            if b"[" in raw[at:end] or not _OF_HTML.match(raw[at:end]):
                raise dtd_refused(name)
            at = end
        else:
            return raw[at:]
    return b""


def _after(raw: bytes, mark: bytes, at: int) -> int:
    found = raw.find(mark, at)
    return len(raw) if found < 0 else found + len(mark)


def _entities_written(text: str) -> str:
    """Named characters of HTML, such as &nbsp;, as numbers: XML knows only five names."""

    def number(match: re.Match[str]) -> str:
        name = match[1]
        if name in _XML_OWN or name not in html.entities.name2codepoint:
            return match[0]
        return f"&#{html.entities.name2codepoint[name]};"

    return _NAMED.sub(number, text)
