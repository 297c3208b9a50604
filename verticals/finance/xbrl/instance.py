"""Facts of an XBRL 2.1 instance, such as the one that the SEC extracts from inline documents."""

from collections.abc import Iterator
from typing import Any

from verticals.finance.facts.figures import decimals_read, figure
from verticals.finance.xbrl.contexts import contexts_read, units_read
from verticals.finance.xbrl.footnotes import instance_footnotes
from verticals.finance.xbrl.names import LINK, XBRLI, XML_LANG, XSI_NIL, Names
from verticals.finance.xbrl.notices import Notices
from verticals.finance.xbrl.problems import no_contexts
from verticals.finance.xbrl.raw_fact import RawFact, ReadFacts
from verticals.finance.xbrl.source import Tree

ROOT = f"{XBRLI}xbrl"
_NO_FACTS = (XBRLI, LINK)
NUMBER_CHARS = 400


def instance_read(tree: Tree, *, texts: bool = False) -> ReadFacts:
    """The facts of an instance; `texts`: with whole sections of text. Raises XbrlProblem `no_contexts`."""
    root = tree.root
    names = Names(root, nested=tree.nested)
    contexts = contexts_read(root, names)
    if not contexts:
        raise no_contexts(tree.name)
    units = units_read(root, names)
    notices = Notices()
    facts: list[RawFact] = []
    for ordinal, element in enumerate(_items(root), 1):
        get = element.get
        context = contexts.get(get("contextRef", ""))
        if context is None:
            notices.add("context", f"{names.of(element)} ({get('contextRef', '')})")
            continue
        nil = get(XSI_NIL) in ("true", "1")
        unit, value, decimals, text = None, None, None, ""
        shown = (element.text or "").strip()
        if (unit_id := get("unitRef")) is not None:
            unit = units.get(unit_id)
            if unit is None:
                notices.add("unit", f"{names.of(element)} ({unit_id})")
                continue
            if not nil:
                value = figure(shown) if len(shown) < NUMBER_CHARS else None
                if value is None:
                    notices.add("figure", f"{names.of(element)} '{shown[:40]}'")
                    continue
                decimals = decimals_read(get("decimals"), get("precision"), value)
        elif texts or not _is_markup(shown):
            text = shown
        facts.append(
            RawFact(
                names.of(element),
                context,
                unit,
                value,
                decimals,
                nil,
                text,
                tree.name,
                get("id", ""),
                ordinal,
            )
        )
    instance_footnotes(root, facts)
    return ReadFacts(facts, notices.told(), root.get(XML_LANG) or "")


def _items(root: Any) -> Iterator[Any]:
    """Elements that state something of a context, those inside tuples among them."""
    for element in root:
        tag = element.tag
        if not isinstance(tag, str) or tag.startswith(_NO_FACTS):
            continue
        if element.get("contextRef") is not None:
            yield element
        else:
            yield from (inner for inner in element.iterdescendants() if inner.get("contextRef") is not None)


def _is_markup(text: str) -> bool:
    return len(text) > NUMBER_CHARS and "<" in text and "</" in text
