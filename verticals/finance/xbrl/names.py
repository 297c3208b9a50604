"""Qualified names: namespaces to the prefixes by which concepts and members are known everywhere."""

import re
from collections.abc import Mapping
from typing import Any

XBRLI = "{http://www.xbrl.org/2003/instance}"
LINK = "{http://www.xbrl.org/2003/linkbase}"
XLINK = "{http://www.w3.org/1999/xlink}"
XBRLDI = "{http://xbrl.org/2006/xbrldi}"
XSI_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
INLINE = ("{http://www.xbrl.org/2013/inlineXBRL}", "{http://www.xbrl.org/2008/inlineXBRL}")
INLINE_URIS = tuple(namespace.strip("{}").encode() for namespace in INLINE)

# Taxonomies whose namespace changes every year while their concepts stay: the name in the URI is the prefix.
_OFFICIAL = (
    re.compile(r"^https?://fasb\.org/(us-gaap|srt)/"),
    re.compile(r"^https?://xbrl\.us/(us-gaap|dei)/"),
    re.compile(r"^https?://xbrl\.sec\.gov/([a-z]+)/"),
    re.compile(r"^https?://xbrl\.ifrs\.org/taxonomy/[^/]+/(ifrs-full)$"),
    re.compile(r"^https?://xbrl\.mof\.gov\.cn/taxonomy/[^/]+/(cas)(?:$|[_/-])"),
    re.compile(r"^https?://www\.xbrl\.org/2003/(iso4217)$"),
)
_IFRS_OLD = re.compile(r"^https?://xbrl\.i(?:asb|frs)\.org/taxonomy/[^/]+/ifrs(?:-[a-z]+)?$")
_RESERVED = frozenset({"us-gaap", "srt", "dei", "ifrs-full", "cas", "iso4217", "xbrli"})


def prefix_of(uri: str, stated: str) -> str:
    """The prefix by which a namespace is known; `stated`, the file's own, is kept for extensions."""
    if uri == "http://www.xbrl.org/2003/instance":
        return "xbrli"
    for pattern in _OFFICIAL:
        if found := pattern.match(uri):
            return found[1]
    if _IFRS_OLD.match(uri):
        return "ifrs-full"
    return f"x-{stated}" if stated in _RESERVED else stated or "ext"


class Names:
    """Turns the names that a file writes into names with known prefixes.

    Prefixes are those that the root element declares. Where a file declares any further down (`nested`), each
    element is asked for its own.
    """

    def __init__(self, root: Any, *, nested: bool = False) -> None:
        self.nested = nested
        self._root = root.nsmap
        self._uris: dict[tuple[str, str], str] = {}
        self._known: dict[str, str] = {}
        self._elements: dict[str, str] = {}

    def written(self, name: str, element: Any) -> str:
        """The name of an attribute value or text such as `us-gaap:Revenues`, as it counts at an element."""
        if not self.nested:
            known = self._known.get(name)
            if known is None:
                known = self._known[name] = self._resolved(name.strip(), self._root)
            return known
        return self._resolved(name.strip(), element.nsmap)

    def of(self, element: Any) -> str:
        """The name of an element; its prefix is the one that its namespace was first met with."""
        known = self._elements.get(element.tag)
        if known is None:
            uri, _, local = element.tag[1:].rpartition("}")
            known = self._elements[element.tag] = f"{self._prefix(uri, element.prefix or '')}:{local}"
        return known

    def _resolved(self, name: str, declared: Mapping[str | None, str]) -> str:
        prefix, colon, local = name.partition(":")
        if not colon:
            prefix, local = "", name
        uri = declared.get(prefix or None, "")
        return f"{self._prefix(uri, prefix)}:{local}" if uri else name

    def _prefix(self, uri: str, stated: str) -> str:
        key = (uri, stated)
        if key not in self._uris:
            self._uris[key] = prefix_of(uri, stated or self._stated(uri))
        return self._uris[key]

    def _stated(self, uri: str) -> str:
        return next((prefix for prefix, bound in self._root.items() if bound == uri and prefix), "")
