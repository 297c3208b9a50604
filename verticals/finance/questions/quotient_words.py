"""Whether two metrics of a question are named as a quotient, and which of them is divided by."""

import re

_RATIO_BETWEEN = (
    re.compile(r"^\s*(?:占|与|和|对|/|÷|除以)\s*$"),
    re.compile(
        r"^\s*(?:to|as an? (?:percentage|percent|share|proportion|fraction|%) of|as % of|% of|divided by"
        r"|over|per|/)(?: the)?\s*$"
    ),
)  # fmt: skip
_RATIO_BEFORE = re.compile(r"\b(?:ratio of|share of|proportion of|percentage of)(?: the)?\s*$")
# "what percentage of revenue was R&D", 营业收入中销售费用占比: the whole is named first
_WHOLE_BEFORE = re.compile(
    r"\b(?:percent(?:age)?|share|proportion|portion|fraction) of(?: (?:the|its|total|[\w.&'’-]+['’]s?))*\s*$"
)
_PART_NEXT = re.compile(r"^\s*(?:was|were|is|are|did|does|do|went|goes|came|comes|made|represents?)\b")
_WHOLE_ZH = re.compile(r"^\s*(?:中|里|当中)的?\s*$")
_WHOLE_AFTER_ZH = re.compile(r"^(?:所)?(?:的)?(?:占比|占的?比[例重]|比例|比重|百分比)")
_RATIO_AFTER = re.compile(r"^\s*(?:的)?(?:之比|比值|比率|比例|比重|百分比|占比|ratio\b)")
_OR = re.compile(r"^\s*(?:和|与|、|,|及|以及|and)\s*$")


def is_quotient(before: str, between: str, after: str) -> bool:
    """Whether the text around two metrics makes a quotient of them: "X占Y的比例", "X as a share of Y"."""
    if whole_first(before, between, after):
        return True
    if any(pattern.match(between) for pattern in _RATIO_BETWEEN):
        joined = _OR.match(between) is not None  # "X和Y" is a list, unless a ratio is named
        return not joined or _RATIO_AFTER.match(after) is not None
    return _RATIO_BEFORE.search(before) is not None or (
        _OR.match(between) is not None and _RATIO_AFTER.match(after) is not None
    )


def whole_first(before: str, between: str, after: str) -> bool:
    """Whether the metric that is divided by is named first."""
    if _WHOLE_ZH.match(between):
        return _WHOLE_AFTER_ZH.match(after) is not None
    return _WHOLE_BEFORE.search(before) is not None and _PART_NEXT.match(between) is not None
