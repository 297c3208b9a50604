"""The least that yields the facts of an XBRL file: one pass with lxml, without limits, checks or messages.

What verticals/finance/xbrl costs beyond this is what its safety, its notices and its locators cost.
"""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

from lxml import etree

from verticals.finance.xbrl.word_numbers import words_number

IX = "{http://www.xbrl.org/2013/inlineXBRL}"
XI = "{http://www.xbrl.org/2003/instance}"
XD = "{http://xbrl.org/2006/xbrldi}"
NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
SEPARATORS = re.compile(r"[,\s\xa0]")


def facts(path: Path) -> list[tuple]:
    """(concept, entity, start, end, dims, unit, decimals, value or text) of each fact but marked-up text."""
    root = etree.fromstring(path.read_bytes().lstrip())
    contexts, units = _contexts(root), _units(root)
    return list(
        _instance(root, contexts, units) if root.tag == f"{XI}xbrl" else _inline(root, contexts, units)
    )


def _contexts(root) -> dict[str, tuple]:
    found = {}
    for one in root.iter(f"{XI}context"):
        period = one.find(f"{XI}period")
        instant = period.find(f"{XI}instant")
        if instant is not None:
            start, end = None, date.fromisoformat(instant.text.strip())
        else:
            start = date.fromisoformat(period.find(f"{XI}startDate").text.strip())
            end = date.fromisoformat(period.find(f"{XI}endDate").text.strip())
        dims = [(part.get("dimension"), part.text.strip()) for part in one.iter(f"{XD}explicitMember")]
        dims += [
            (part.get("dimension"), " ".join("".join(part.itertext()).split()))
            for part in one.iter(f"{XD}typedMember")
        ]
        entity = one.find(f"{XI}entity/{XI}identifier").text.strip()
        found[one.get("id")] = (entity, start, end, tuple(sorted(dims)))
    return found


def _units(root) -> dict[str, str]:
    found = {}
    for one in root.iter(f"{XI}unit"):
        measures = [
            part.text.strip().removeprefix("iso4217:").removeprefix("xbrli:")
            for part in one.iter(f"{XI}measure")
        ]
        found[one.get("id")] = "/".join(measures)
    return found


def _inline(root, contexts, units):
    for element in root.iter(f"{IX}nonFraction", f"{IX}nonNumeric"):
        get = element.get
        nil = get(NIL) in ("true", "1")
        context = contexts[get("contextRef")]
        if element.tag == f"{IX}nonNumeric":
            if get("escape") not in ("true", "1"):
                yield (
                    get("name"),
                    *context,
                    None,
                    None,
                    None if nil else "".join(element.itertext()).strip(),
                )
            continue
        value = None
        if not nil:
            text = "".join(element.itertext()).strip()
            form = (get("format") or "").rpartition(":")[2]
            if form in ("fixed-zero", "zerodash"):
                plain = "0"
            elif form == "numwordsen":
                plain = str(words_number(text))
            else:
                plain = SEPARATORS.sub("", text)
            value = Decimal(plain).scaleb(int(get("scale") or 0))
            if get("sign") == "-":
                value = -value
        yield (get("name"), *context, units[get("unitRef")], get("decimals"), value)


def _instance(root, contexts, units):
    prefixes = {uri: prefix for prefix, uri in root.nsmap.items()}
    for element in root:
        get = element.get
        context = contexts.get(get("contextRef"))
        if context is None:
            continue
        name = etree.QName(element)
        concept = f"{prefixes[name.namespace]}:{name.localname}"
        nil = get(NIL) in ("true", "1")
        text = (element.text or "").strip()
        unit = get("unitRef")
        if unit is not None:
            yield (concept, *context, units[unit], get("decimals"), None if nil else Decimal(text))
        elif "</" not in text:
            yield (concept, *context, None, None, None if nil else text)
