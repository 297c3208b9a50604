"""Labels and statements from a filing's own linkbases and schema; standard taxonomies are never fetched."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from verticals.finance.facts.fact import Row, Statement
from verticals.finance.xbrl.names import LINK, XLINK, XML_LANG
from verticals.finance.xbrl.source import Tree

LABEL = "http://www.xbrl.org/2003/role/label"
TERSE = "http://www.xbrl.org/2003/role/terseLabel"
_DIMENSIONAL = re.compile(r"(?:Axis|Domain|Member|Table|LineItems)$")
_MARK = re.compile(r"\s*\[[^\]]*\]\s*$")  # [Abstract], [Line Items]
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
DEPTH_MAX = 20
ROWS_MAX = 400
LABEL_CHARS = 300
ROLE_CHARS = 60


@dataclass(slots=True)
class Arc:
    """A line of a presentation: the concept, its place among its siblings, and the label that it asks for."""

    concept: str
    order: float
    label_role: str


@dataclass(slots=True)
class Linkbases:
    """`labels`: concept -> role -> label; `definitions`: role -> words; `arcs`: role -> parent -> lines."""

    labels: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    definitions: dict[str, str] = field(default_factory=dict)
    arcs: dict[str, dict[str, list[Arc]]] = field(default_factory=dict)

    def label(self, concept: str, role: str = "") -> str:
        """The label in a role, else the standard one, else the concept's name in words."""
        known = self.labels.get(concept, {})
        found = known.get(role) or known.get(LABEL) or known.get(TERSE) or words(concept)
        return _MARK.sub("", found)[:LABEL_CHARS]


def words(concept: str) -> str:
    """us-gaap:OperatingIncomeLoss -> Operating Income Loss."""
    return _CAMEL.sub(" ", concept.rpartition(":")[2])


def linkbases_read(trees: Sequence[Tree]) -> Linkbases:
    """What linkbases and schemas say, a schema's embedded linkbases among them."""
    read = Linkbases()
    for tree in trees:
        for role in tree.root.iter(f"{LINK}roleType"):
            definition = role.findtext(f"{LINK}definition") or ""
            read.definitions[role.get("roleURI", "")] = " ".join(definition.split())
        for link in tree.root.iter(f"{LINK}labelLink"):
            _labels(link, read)
        for link in tree.root.iter(f"{LINK}presentationLink"):
            _arcs(link, read)
    return read


def _places(link: Any) -> dict[str, str]:
    """Locator label -> concept: the fragment us-gaap_Revenues names us-gaap:Revenues."""
    places = {}
    for part in link.iterfind(f"{LINK}loc"):
        fragment = part.get(f"{XLINK}href", "").rpartition("#")[2]
        places[part.get(f"{XLINK}label", "")] = fragment.replace("_", ":", 1)
    return places


def _labels(link: Any, read: Linkbases) -> None:
    places = _places(link)
    texts: dict[str, list[Any]] = defaultdict(list)
    for part in link.iterfind(f"{LINK}label"):
        texts[part.get(f"{XLINK}label", "")].append(part)
    for arc in link.iterfind(f"{LINK}labelArc"):
        concept = places.get(arc.get(f"{XLINK}from", ""))
        if concept is None:
            continue
        for text in texts.get(arc.get(f"{XLINK}to", ""), []):
            role = text.get(f"{XLINK}role") or LABEL
            if role.endswith("/documentation"):
                continue
            said = " ".join("".join(text.itertext()).split())
            # Where there are several languages, English comes first and others do not replace it.
            if (text.get(XML_LANG) or "en").startswith("en") or role not in read.labels[concept]:
                read.labels[concept][role] = said


def _arcs(link: Any, read: Linkbases) -> None:
    places = _places(link)
    arcs = read.arcs.setdefault(link.get(f"{XLINK}role", ""), defaultdict(list))
    for arc in link.iterfind(f"{LINK}presentationArc"):
        above, below = (places.get(arc.get(f"{XLINK}{end}", "")) for end in ("from", "to"))
        if above and below and arc.get("use") != "prohibited":
            arcs[above].append(Arc(below, _order(arc.get("order")), arc.get("preferredLabel", "")))


def _order(text: str | None) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 1.0


def statements_of(read: Linkbases) -> tuple[Statement, ...]:
    """The primary statements, in the order of their numbers; what is shown in parentheses is left out."""
    numbered = []
    for role, arcs in read.arcs.items():
        number, kind, title = _definition(read.definitions.get(role, ""), role)
        if kind == "statement" and "parenthetical" not in title.lower():
            rows = tuple(_rows(arcs, read))[:ROWS_MAX]
            if any(row.concept for row in rows):
                numbered.append((number, Statement(title=title[:LABEL_CHARS], rows=rows)))
    return tuple(statement for _number, statement in sorted(numbered, key=lambda pair: pair[0]))


def _definition(definition: str, role: str) -> tuple[str, str, str]:
    """Number, kind and title, as EDGAR writes them: `0000002 - Statement - CONSOLIDATED BALANCE SHEETS`."""
    parts = [part.strip() for part in definition.split(" - ", 2)]
    if len(parts) == 3:
        return parts[0], parts[1].lower(), parts[2]
    name = role.rpartition("/")[2]
    kind = "statement" if re.search(r"statement|balancesheet|cashflow", name, re.I) else "disclosure"
    return "~", kind, words(name)


def _rows(arcs: dict[str, list[Arc]], read: Linkbases) -> Iterator[Row]:
    """The lines of one presentation, depth first; axes and members of its table are no lines."""
    below = {arc.concept for lines in arcs.values() for arc in lines}
    stack: list[tuple[Arc, int, frozenset[str]]] = [
        (Arc(root, 0.0, ""), 0, frozenset()) for root in reversed(list(arcs)) if root not in below
    ]
    while stack:
        arc, depth, above = stack.pop()
        if arc.concept in above or depth > DEPTH_MAX:
            continue  # a circle
        inner = depth
        if arc.concept.endswith("Abstract"):
            yield Row(label=read.label(arc.concept, arc.label_role), depth=depth)
            inner = depth + 1
        elif not _DIMENSIONAL.search(arc.concept):
            yield Row(
                label=read.label(arc.concept, arc.label_role),
                concept=arc.concept,
                depth=depth,
                role=arc.label_role.rpartition("/")[2][:ROLE_CHARS],
            )
            inner = depth + 1
        lines = sorted(arcs.get(arc.concept, ()), key=lambda one: one.order)
        stack += [(line, inner, above | {arc.concept}) for line in reversed(lines)]
