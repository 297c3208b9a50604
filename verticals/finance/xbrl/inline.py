"""Facts of inline XBRL documents (Inline XBRL 1.0 and 1.1).

The documents of one set share contexts, units, continuations and footnotes, so they are read together. Facts
of the default target are read; where there is none, those of the only other target.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from lxml import etree

from verticals.finance.facts.figures import decimals_read, figure_scaled
from verticals.finance.xbrl.contexts import Context, contexts_read, units_read
from verticals.finance.xbrl.footnotes import inline_footnotes
from verticals.finance.xbrl.names import INLINE, XML_LANG, XSI_NIL, Names
from verticals.finance.xbrl.notices import Notices
from verticals.finance.xbrl.number_formats import NUMBER_FORMATS, number_plain
from verticals.finance.xbrl.problems import no_contexts
from verticals.finance.xbrl.raw_fact import RawFact, ReadFacts
from verticals.finance.xbrl.source import Tree
from verticals.finance.xbrl.text_formats import TEXT_FORMATS

_NUMERIC = frozenset(f"{namespace}nonFraction" for namespace in INLINE)
_TEXT = frozenset(f"{namespace}nonNumeric" for namespace in INLINE)
_FRACTION = frozenset(f"{namespace}fraction" for namespace in INLINE)
_CONTINUATION = [f"{namespace}continuation" for namespace in INLINE]
_EXCLUDE = frozenset(f"{namespace}exclude" for namespace in INLINE)
_HIDDEN = [f"{namespace}hidden" for namespace in INLINE]
_FACTS = [*_NUMERIC, *_TEXT, *_FRACTION]
_REGISTRIES = (
    "http://www.xbrl.org/inlineXBRL/transformation/",
    "http://www.xbrl.org/2008/inlineXBRL/transformation",
    "http://www.sec.gov/inlineXBRL/transformation/",
)
CONTINUATIONS_MAX = 2000
TEXT_MAX_CHARS = 4000
Formats = dict[str, Callable[[str], str | None]]


def document_sets(trees: Sequence[Tree]) -> list[list[Tree]]:
    """The documents in sets that share their contexts: all in one, unless one id means different contexts.

    Then they are reports of their own that were put together, and those without contexts go with the first.
    """
    if len(trees) < 2:
        return [list(trees)]
    own = [contexts_read(tree.root, Names(tree.root, nested=tree.nested)) for tree in trees]
    known: dict[str, Context] = {}
    if all(known.setdefault(key, one) == one for contexts in own for key, one in contexts.items()):
        return [list(trees)]
    sets = [[tree] for tree, contexts in zip(trees, own, strict=True) if contexts]
    sets[0] += [tree for tree, contexts in zip(trees, own, strict=True) if not contexts]
    return sets


def inline_read(trees: Sequence[Tree]) -> ReadFacts:
    """The facts of a document set. Raises XbrlProblem `no_contexts`."""
    files = [_File(tree) for tree in trees]
    contexts = {key: one for file in files for key, one in contexts_read(file.root, file.names).items()}
    if not contexts:
        raise no_contexts(trees[0].name)
    notices = Notices()
    units = _units(files, notices)
    continuations = {
        one.get("id"): one for file in files for one in file.root.iter(*_CONTINUATION) if one.get("id")
    }
    found: list[tuple[str, RawFact]] = []
    for file in files:
        reading = _Reading(file, contexts, units, continuations, notices)
        found += reading.facts()
    facts = _of_one_target(found, notices)
    inline_footnotes([file.root for file in files], facts)
    language = next(
        (lang for file in files if (lang := file.root.get(XML_LANG) or file.root.get("lang"))), ""
    )
    return ReadFacts(facts, notices.told(), language)


def _units(files: Sequence["_File"], notices: Notices) -> dict[str, str]:
    """Unit id -> unit, of all documents; an id that means two units means none."""
    units: dict[str, str] = {}
    differ: dict[str, str] = {}
    for file in files:
        for key, unit in units_read(file.root, file.names).items():
            if units.setdefault(key, unit) != unit:
                differ[key] = f"{key} ({units[key]}, {unit})"
    for key, example in differ.items():
        notices.add("units", example)
        del units[key]
    return units


class _File:
    """One document of the set, with its names."""

    def __init__(self, tree: Tree) -> None:
        self.name = tree.name
        self.root = tree.root
        self.names = Names(tree.root, nested=tree.nested)
        self._transforms: dict[tuple[bool, str], Callable[[str], str | None] | None] = {}

    def transform(self, stated: str, element: Any, formats: Formats) -> Callable[[str], str | None] | None:
        """The transformation that a `format` names, or None where it is not known."""
        key = (formats is NUMBER_FORMATS, stated)
        if key not in self._transforms:
            prefix, _, local = stated.strip().rpartition(":")
            known = element.nsmap.get(prefix or None, "").startswith(_REGISTRIES)
            self._transforms[key] = formats.get(local) if known else None
        return self._transforms[key]


class _Reading:
    """Reads the facts of one document."""

    def __init__(
        self,
        file: _File,
        contexts: dict[str, Context],
        units: dict[str, str],
        continuations: dict[str, Any],
        notices: Notices,
    ) -> None:
        self._file = file
        self._contexts = contexts
        self._units = units
        self._continuations = continuations
        self._notices = notices

    def facts(self) -> Iterator[tuple[str, RawFact]]:
        """(target, fact) in document order."""
        hidden = {fact for section in self._file.root.iter(*_HIDDEN) for fact in section.iter(*_FACTS)}
        written = self._file.names.written
        for ordinal, element in enumerate(self._file.root.iter(*_FACTS), 1):
            get = element.get
            concept = written(get("name", ""), element)
            context = self._contexts.get(get("contextRef", ""))
            if context is None:
                self._notices.add("context", f"{concept} ({get('contextRef', '')})")
                continue
            nil = get(XSI_NIL) in ("true", "1")
            numeric = element.tag in _NUMERIC
            unit, value, decimals, text = None, None, None, ""
            if numeric:
                unit = self._units.get(get("unitRef", ""))
                if unit is None:
                    self._notices.add("unit", f"{concept} ({get('unitRef', '')})")
                    continue
                if not nil:
                    value = self._value(element)
                    if value is None:
                        self._notices.add("figure", f"{concept} '{_shown(element)}'")
                        continue
                    decimals = decimals_read(get("decimals"), get("precision"), value)
            elif element.tag in _FRACTION:
                self._notices.add("fraction", concept)
                continue
            elif not nil:
                text = self._text(element)
            yield get("target", ""), RawFact(
                concept, context, unit, value, decimals, nil, text, self._file.name, get("id", ""), ordinal,
                element in hidden,
            )  # fmt: skip

    def _value(self, element: Any) -> Decimal | None:
        stated = element.get("format")
        transform = self._file.transform(stated, element, NUMBER_FORMATS) if stated else number_plain
        text = "".join(element.itertext()) if len(element) else element.text or ""
        plain = transform(text.strip()) if transform and len(text) < TEXT_MAX_CHARS else None
        if plain is None:
            return None
        return figure_scaled(plain, element.get("scale"), negative=element.get("sign") == "-")

    def _text(self, element: Any) -> str:
        """What a fact says, over its continuations; nothing for whole sections of text with their markup."""
        if element.get("escape") in ("true", "1"):
            return ""
        shown = "".join(self._parts(element)).strip()[:TEXT_MAX_CHARS]
        stated = element.get("format")
        transform = self._file.transform(stated, element, TEXT_FORMATS) if stated else None
        made = transform(shown) if transform else None
        return shown if made is None else made

    def _parts(self, element: Any) -> Iterator[str]:
        seen = 0
        while element is not None and seen < CONTINUATIONS_MAX:
            yield from _shown_parts(element)
            element = self._continuations.get(element.get("continuedAt"))
            seen += 1


def _shown_parts(element: Any) -> Iterator[str]:
    """The text of an element without what lies in ix:exclude."""
    if not len(element):
        yield element.text or ""
        return
    away = {inner for part in element.iter(*_EXCLUDE) for inner in part.iter()}
    if not away:
        yield from element.itertext()
        return
    for event, part in etree.iterwalk(element, events=("start", "end")):
        if event == "start" and part not in away:
            yield part.text or ""
        elif event == "end" and part is not element and part.getparent() not in away:
            yield part.tail or ""


def _shown(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())[:40]


def _of_one_target(found: Sequence[tuple[str, RawFact]], notices: Notices) -> list[RawFact]:
    """The facts of the default target, or of the one target that there is."""
    targets = Counter(target for target, _fact in found)
    chosen = "" if "" in targets or not targets else targets.most_common(1)[0][0]
    for target, count in targets.items():
        if target != chosen:
            notices.add("target", target, count)
    return [fact for target, fact in found if target == chosen]
