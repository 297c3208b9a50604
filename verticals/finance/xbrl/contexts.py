"""Contexts and units: of whom, over which period, in which dimensions and measures facts are stated.

XBRL 2.1, sections 4.7 and 4.8; XBRL Dimensions 1.0 for members in segment and scenario.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from verticals.finance.facts.fact import Dims, Period
from verticals.finance.xbrl.names import XBRLDI, XBRLI, Names

CIK_SCHEME = "sec.gov/cik"
CIK_DIGITS = 10
MEMBER_CHARS = 300


@dataclass(frozen=True, slots=True)
class Context:
    """The entity's identifier, the period (None for `forever` and what is no date), and the dimensions."""

    entity: str
    period: Period | None
    dims: Dims


def contexts_read(root: Any, names: Names) -> dict[str, Context]:
    """Context id -> context, of one file."""
    return {one.get("id", ""): _context(one, names) for one in root.iter(f"{XBRLI}context")}


def _context(element: Any, names: Names) -> Context:
    identifier, period, dims = "", None, []
    for part in element:
        if part.tag == f"{XBRLI}entity":
            for inner in part:
                if inner.tag == f"{XBRLI}identifier":
                    identifier = _identifier(inner)
                else:
                    dims += _dims(inner, names)
        elif part.tag == f"{XBRLI}period":
            period = _period(part)
        elif part.tag == f"{XBRLI}scenario":
            dims += _dims(part, names)
    return Context(identifier, period, tuple(sorted(dims)))


def _identifier(element: Any) -> str:
    text = (element.text or "").strip()
    if text.isdigit() and CIK_SCHEME in (element.get("scheme") or "").lower():
        return text.zfill(CIK_DIGITS)
    return text[:MEMBER_CHARS]


def _period(element: Any) -> Period | None:
    dates = {part.tag: (part.text or "").strip() for part in element}
    instant, start, end = (dates.get(f"{XBRLI}{name}") for name in ("instant", "startDate", "endDate"))
    if instant is not None:
        at = day_read(instant, ends=True)
        return Period(end=at) if at else None
    first, last = day_read(start or ""), day_read(end or "", ends=True)
    return Period(start=first, end=last) if first and last and first <= last else None


def day_read(text: str, *, ends: bool = False) -> date | None:
    """A date, or the date of a moment; `ends`: midnight at its beginning is the end of the day before."""
    try:
        day = date.fromisoformat(text[:10])
    except ValueError:
        return None
    time = text[11:19] if text[10:11] == "T" else ""
    if ends and time.startswith("00:00:00") and day > date.min:
        return day - timedelta(days=1)
    return day


def _dims(container: Any, names: Names) -> Iterable[tuple[str, str]]:
    """The members of a segment or scenario; what is none also tells facts apart, so it counts as one."""
    for element in container:
        if element.tag == f"{XBRLDI}explicitMember":
            axis = names.written(element.get("dimension", ""), element)
            yield axis, names.written(element.text or "", element)
        elif element.tag == f"{XBRLDI}typedMember":
            value = " ".join("".join(element.itertext()).split())
            yield names.written(element.get("dimension", ""), element), value[:MEMBER_CHARS]
        elif isinstance(element.tag, str):
            value = " ".join("".join(element.itertext()).split())
            yield names.of(element), value[:MEMBER_CHARS]


def units_read(root: Any, names: Names) -> dict[str, str]:
    """Unit id -> unit such as USD, USD/shares or shares, of one file."""
    return {one.get("id", ""): _unit(one, names) for one in root.iter(f"{XBRLI}unit")}


def _unit(element: Any, names: Names) -> str:
    divide = element.find(f"{XBRLI}divide")
    if divide is None:
        return _measures(element, names)
    over = divide.find(f"{XBRLI}unitNumerator")
    under = divide.find(f"{XBRLI}unitDenominator")
    parts = [_measures(part, names) for part in (over, under) if part is not None]
    return "/".join(part or "pure" for part in parts)


def _measures(element: Any, names: Names) -> str:
    measures = (names.written((one.text or "").strip(), one) for one in element.iterfind(f"{XBRLI}measure"))
    return "*".join(sorted(unit_name(measure) for measure in measures))


def unit_name(measure: str) -> str:
    """A measure without the prefixes that say nothing: iso4217:USD is USD, xbrli:shares is shares."""
    prefix, colon, local = measure.partition(":")
    return local if colon and prefix in {"iso4217", "xbrli"} else measure
