"""Footnotes, put to the facts that they explain."""

from collections.abc import Iterable, Sequence
from typing import Any

from verticals.finance.xbrl.names import INLINE, LINK, XLINK
from verticals.finance.xbrl.raw_fact import RawFact

FOOTNOTE_MAX_CHARS = 2000
FOOTNOTES_MAX = 20
_FOOTNOTES = [f"{namespace}footnote" for namespace in INLINE]
_RELATIONSHIP = f"{INLINE[0]}relationship"


def inline_footnotes(roots: Sequence[Any], facts: Iterable[RawFact]) -> None:
    """Footnotes of inline documents: by ix:relationship (1.1), or by footnoteRefs at the fact (1.0)."""
    texts = {
        one.get("id") or one.get("footnoteID"): _text(one) for root in roots for one in root.iter(*_FOOTNOTES)
    }
    if not texts:
        return
    named: dict[str, list[str]] = {}
    for root in roots:
        for one in root.iter(_RELATIONSHIP):
            notes = [texts[ref] for ref in (one.get("toRefs") or "").split() if ref in texts]
            for ref in (one.get("fromRefs") or "").split():
                named.setdefault(ref, []).extend(notes)
        for one in root.iterfind(f".//{INLINE[1]}*[@footnoteRefs]"):
            notes = [texts[ref] for ref in one.get("footnoteRefs").split() if ref in texts]
            named.setdefault(one.get("id") or "", []).extend(notes)
    _give(named, facts)


def instance_footnotes(root: Any, facts: Iterable[RawFact]) -> None:
    """Footnotes of an instance: locators to facts, footnotes, and arcs from the one to the other."""
    named: dict[str, list[str]] = {}
    for link in root.iterfind(f"{LINK}footnoteLink"):
        places: dict[str, list[str]] = {}
        notes: dict[str, list[str]] = {}
        for part in link:
            label = part.get(f"{XLINK}label", "")
            if part.tag == f"{LINK}loc":
                places.setdefault(label, []).append(part.get(f"{XLINK}href", "").rpartition("#")[2])
            elif part.tag == f"{LINK}footnote":
                notes.setdefault(label, []).append(_text(part))
        for arc in link.iterfind(f"{LINK}footnoteArc"):
            for element in places.get(arc.get(f"{XLINK}from", ""), []):
                named.setdefault(element, []).extend(notes.get(arc.get(f"{XLINK}to", ""), []))
    _give(named, facts)


def _give(named: dict[str, list[str]], facts: Iterable[RawFact]) -> None:
    for fact in facts:
        if fact.element and fact.element in named:
            fact.footnotes = list(dict.fromkeys(note for note in named[fact.element] if note))[:FOOTNOTES_MAX]


def _text(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())[:FOOTNOTE_MAX_CHARS]
