"""What a question asks of a table: an operation, the words of what it is applied to, and years."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from verticals.finance.grids.grid_read import years_in


class GridOp(StrEnum):
    CHANGE = "change"
    PERCENT_CHANGE = "percent_change"
    AVERAGE = "average"
    AVERAGE_CHANGE = "average_change"
    SUM = "sum"
    RATIO = "ratio"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class GridQuestion:
    """`parts` are the words of the operands: one, or several that are put together; `splits` are the ways in
    which the words can be split into two operands.
    """

    text: str
    op: GridOp
    parts: tuple[str, ...]
    years: tuple[int, ...]
    splits: tuple[tuple[str, str], ...] = ()
    percent: bool = False  # the answer is wanted in per cent
    unsigned: bool = False  # a difference, which people give as the larger less the smaller
    mean_of_years: bool = False  # "the 2019 average": the mean of that year and the one before


_PERCENT = re.compile(r"\bpercent(?:age)?s?\b|%|\bpct\b")
_PERCENT_CHANGE = re.compile(
    r"(?:\bpercent(?:age)?|%|\bpct)(?: \w+)? ?(?:point )?(?:change|increase|decrease|difference"
    r"|growth|decline|rise|drop|"
    r"reduction|variation|movement|/)"
    r"|\bgrowth rate\b|\brate of (?:change|growth|increase)\b|\b(?:change|increase|decrease"
    r"|decline|growth)s?,? (?:in percentage|in percent)(?! of| point)"
    r"|\b(?:how many|what) percent(?:age)?\b.*\b(?:chang|increas|decreas|grow|grew|declin|rise"
    r"|rose|fall|fell|drop)"
    r"|\bpercentual\b|\bby (?:what|how many) percent"
)
_CHANGE = re.compile(
    r"\b(?:chang(?:e|es|ed)|increas(?:e|ed)|decreas(?:e|ed)|difference|declin(?:e|ed)|growth|grew"
    r"|grow|variation|movement|rise|"
    r"fluctuat\w+|differ)\b|\bhow much (?:more|less|higher|lower)\b|\b(?:higher|lower|more|less"
    r"|greater) than\b"
)
_AVERAGE = re.compile(
    r"(?<!weighted )(?<!weighted-)\baverages?\b(?! (?:remaining|exercise|grant|fair|life|term))|\bmean\b"
)
_SUM = re.compile(
    r"\bsum\b|\baltogether\b|\bcombined\b|\bin total\b|\bcumulative\b|\btotal\b.*\b(?:(?:19"
    r"|20)\d\d,? (?:and|to|through|-|&)|both|years?\b)"
    r"|\btotal (?:of |value of |amount of )?.+ and .+"
)
_RANGE = re.compile(
    r"(?:\bfrom |\bbetween |\bover |\bfor |\bduring |^|\s)(?:\w+ )?((?:19|20)\d\d) ?(?:to|through"
    r"|until|-|–|—) ?((?:19|20)\d\d)\b"
    r"|\b(?:years?|period) (?:\w+ )?(?:between|from) ((?:19|20)\d\d) (?:to|and|through) ((?:19|20)\d\d)"
)
_YEAR_MEAN = re.compile(
    r"\b(?:(?:19|20)\d\d)(?:'s)? average\b|\baverage (?:of |for )?(?:(?:19|20)\d\d)\b(?!\s*(?:,|and|to|-))"
)
_WITHIN = (
    r"out of|over(?! the .{0,12}(?:year|period|month|quarter|past|last))|to|against|among|within"
    r"|in|of|as a part of"
    r"|as a percentage of|compared to|relative to|divided by|and|between|from"
)
_SHARE_OF = re.compile(
    r"\b(?:ratio|proportion|percent(?:age)?)(?: constitution| composition| share"
    r"| portion)?s? (?:of|between)\b "
)
_TWO = (
    # the share first, the whole second
    re.compile(
        r"(?P<a>.+?)\b(?:expressed |represented )?as an? (?:percentage|percent|proportion|fraction"
        r"|portion|share|%) of (?P<b>.+)"
    ),
    re.compile(
        r"\b(?:how many|what) (?:percent(?:age)?|%|portion|proportion|fraction|share) of (?P<b>.+?)"
        r" (?:is|are|was|were|did|does|do|came from|come from|comes from|consists? of|consisted of"
        r"|relates? to|related to|represents?|constitutes?|has|had|that|which|belongs? to"
        r"|attributable to|attributed to|made up of|due to|from) (?P<a>.+)"
    ),
    re.compile(
        r"\b(?:percent(?:age)?|proportion|portion|share) of (?P<b>.+?) (?:that )?(?:(?:is|was|are|were)"
        r" (?:made (?:up )?of|from|for) |(?:(?:is|was|are|were) )?(?:attributable|allocated|due"
        r"|related) to )(?P<a>.+)"
    ),
    re.compile(
        r"\bpercent(?:age)? (?:that |did |does |of )?(?P<a>.+?) (?:constitute|make up|made up"
        r"|represent|comprise|account for|take up|contribute)s?d? (?:of |to |in )?(?P<b>.+)"
    ),
    re.compile(r"(?P<a>.+?) (?:divided by) (?P<b>.+)"),
    re.compile(r"(?P<a>.+?) to (?P<b>.+?) ratio\b"),
)  # fmt: skip
_DIFFERENCE = (
    re.compile(
        r"\b(?:difference|change|variance)s?(?: in (?P<c>[^?]*?))? between (?:the )?(?P<a>.+?) and"
        r" (?:the )?(?P<b>.+)"
    ),
    re.compile(
        r"\bhow much (?:more|higher|greater|larger)\b(?: (?:is|are|was|were))? (?P<c>)(?P<a>.+?)"
        r" (?:than|compared to|over) (?P<b>.+)"
    ),
    re.compile(r"(?P<c>)(?P<a>.+?) (?:exceed|exceeded|exceeds) (?P<b>.+)"),
)  # fmt: skip
_LEAD = re.compile(
    r"^(?:for|in|during|as of|as at|at|of|by|considering|between)\b[^,]*,\s*|^(?:what|how much"
    r"|how many|which|calculate|find|determine|compute)\b(?:'s)?"
    r"\s*(?:is|was|are|were|did|does|do|has|had|will|would)?\s*(?:be\s)?(?:the\s)?"
)


def grid_question(text: str) -> GridQuestion:
    """The operation of a question, with the words of its operands."""
    low = " ".join(text.lower().replace("’", "'").split()).rstrip(" ?.")
    years = tuple(dict.fromkeys(years_in(low)))
    percent = _PERCENT.search(low) is not None
    averaged = len(_AVERAGE.findall(low))
    if averaged and re.search(r"\b(?:change|increase|decrease|decline) in (?:the )?average\b", low):
        averaged = 0  # the average is what the table states
    if averaged and re.search(r"\b(?:sum|total|difference) of (?:the )?average\b", low):
        averaged = 0
    if not averaged and (splits := tuple(_shares(low))):
        return GridQuestion(text, GridOp.RATIO, (low,), years, splits, percent)
    moved = re.search(
        r"\babsolute percent|\b(?:change|increase|decrease)s?(?: ?/ ?\(decrease\))? in (?:the )?percent", low
    )
    if _PERCENT_CHANGE.search(low) and not moved:
        return GridQuestion(text, GridOp.PERCENT_CHANGE, (low,), tuple(sorted(years)), _two(low, years), True)
    changed = _CHANGE.search(low) is not None
    of_averages = re.search(r"(?:change|difference|increase|decrease)\b.*\baverages?\b", low)
    if averaged and changed and of_averages and (_YEAR_MEAN.search(low) or " between " in low):
        return GridQuestion(
            text, GridOp.AVERAGE_CHANGE, (low,), years, _two(low, years), percent, mean_of_years=True
        )
    if averaged:
        one_year = len(years) == 1 and _YEAR_MEAN.search(low) is not None
        return GridQuestion(
            text, GridOp.AVERAGE, _listed(low), _filled(low, years), (), percent, mean_of_years=one_year
        )
    if changed:
        unsigned = re.search(r"(?<!net )\bdifference\b(?!.*\bfrom (?:19|20)\d\d)", low) is not None
        return GridQuestion(
            text, GridOp.CHANGE, (low,), tuple(sorted(years)), _two(low, years), percent, unsigned
        )
    if _SUM.search(low):
        return GridQuestion(text, GridOp.SUM, _listed(low), _filled(low, years), (), percent)
    return GridQuestion(text, GridOp.VALUE, (low,), years, (), percent)


def _shares(text: str) -> Iterator[tuple[str, str]]:
    """The ways to read a text as a part and a whole, or as two sides of a ratio."""
    if _PERCENT_CHANGE.search(text) and not re.search(r"\bratio\b|\bproportion of\b|\bas a percent", text):
        return
    if re.search(
        r"\b(?:change|difference)s? in (?:the )?(?:percent|proportion|ratio)|\btotal percentage of\b", text
    ):
        return
    for pattern in _TWO:
        if match := pattern.search(text):
            yield match["a"], match["b"]
    if start := _SHARE_OF.search(text):
        rest = text[start.end() :]
        for middle in re.finditer(rf" (?:{_WITHIN}) (?:the |its )?", rest):
            yield rest[: middle.start()], rest[middle.end() :]


def _two(text: str, years: tuple[int, ...]) -> tuple[tuple[str, str], ...]:
    """The two sides of a difference that is not one of years."""
    found = []
    for pattern in _DIFFERENCE:
        match = pattern.search(text)
        if match and not (years_in(match["a"][:24]) and years_in(match["b"][:14]) and len(years) > 1):
            shared = match["c"] or ""
            sides = (f"{shared} {match['a']}".strip(), f"{shared} {match['b']}".strip())
            # a change goes from the first to the second, a difference is the first less the second
            found.append(sides[::-1] if "change" in match.group()[:7] else sides)
    return tuple(found)


def _filled(text: str, years: tuple[int, ...]) -> tuple[int, ...]:
    """Every year of a range, where years are the ends of one."""
    match = _RANGE.search(text)
    if match:
        first, last = (int(one) for one in match.groups() if one)
        if first < last <= first + 15:
            return tuple(range(first, last + 1))
    return tuple(sorted(years))


def _listed(text: str) -> tuple[str, ...]:
    """The items of a list: "A, B and C"; a text that is none is one item."""
    body = _LEAD.sub("", text)
    body = re.sub(r"\b(?:19|20)\d\d(?:\s*(?:,|and|to|-|&)\s*(?:19|20)\d\d)*\b", " ", body)
    parts = [
        part.strip()
        for part in re.split(r",\s*(?:and\s)?|\s+and\s+|\s*&\s*|\s+plus\s+", body)
        if part.strip()
    ]
    return tuple(parts) if 1 < len(parts) <= 5 else (text,)
