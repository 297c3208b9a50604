"""Where sources differ: two quotations of different documents on one thing that advise for and against it, or
state other figures in the same unit.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from collegium.sdk.answering import Quote
from collegium.sdk.language import content_terms
from verticals.medical.answering.figures import FIGURE, figures_agree, figures_read
from verticals.medical.tagging.vocabulary import findings_vocabulary

SHARED_LEAST = 0.34  # of the terms of the shorter quotation, for advice for and against
SHARED_FIGURES = 0.5  # of the same, for figures: tables of doses share less
_AGAINST = re.compile(
    r"\b(?:not (?:(?!only)\w{1,12}ly )?(?:be )?(?:recommended|advised|given|used|offered|indicated"
    r"|effective|superior|associated|improve|reduce)"
    r"|should (?:not|never)|must not|do(?:es)? not|did not|avoid(?:ed)?|contraindicated"
    r"|no (?:benefit|role|place|advantage|effect|difference|evidence|improvement|significant)|ineffective"
    r"|against|never|failed to|unlikely to benefit)\b"
    r"|不(?:推荐|建议|宜|应|得|能|可)|禁用|禁忌|避免|无效|忌用|慎用|无(?:明显)?获益|未(?:见|能)",
    re.IGNORECASE,
)
_FOR = re.compile(
    r"\b(?:recommended|should(?! not| never)|is (?:advised|indicated|effective|preferred)"
    r"|first[- ](?:choice|line)|improves?d?"
    r"|reduces?d?|benefits?|effective|give|offer|start|preferred|beneficial|superior|can be used"
    r"|may be used)\b"
    r"|推荐|建议|首选|应(?!避免)|可(?:选用|使用|以|用(?!性))|有效|获益|宜",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two quotations that do not agree; `why` is `advice` or `figures`."""

    first: Quote
    second: Quote
    why: str


def differences_find(quotes: Sequence[Quote]) -> Iterator[Difference]:
    """The pairs of quotations of different documents that do not agree."""
    for first, second in combinations(quotes, 2):
        if first.hit.document != second.hit.document and (why := _why(first.text, second.text)):
            yield Difference(first, second, why)


def _why(first: str, second: str) -> str:
    shared = _shared(first, second)
    if shared < SHARED_LEAST:
        return ""
    against = [bool(_AGAINST.search(one)) for one in (first, second)]
    advises = [bool(_FOR.search(_AGAINST.sub(" ", one))) for one in (first, second)]
    if against[0] != against[1] and advises[against.index(False)]:
        return "advice"
    return "figures" if shared >= SHARED_FIGURES and _figures_differ(first, second) else ""


def _shared(first: str, second: str) -> float:
    """The share of the shorter text's terms that the other holds; synonyms count as one."""
    terms = [_terms(one) for one in (first, second)]
    least = min(len(one) for one in terms)
    return len(terms[0] & terms[1]) / least if least else 0.0


def _terms(text: str) -> set[str]:
    vocabulary = findings_vocabulary()
    found = vocabulary.find(text)
    rest = list(FIGURE.sub(lambda match: " " * len(match.group()), text))
    for one in found:
        rest[one.start : one.end] = " " * (one.end - one.start)
    words = {term for term in content_terms("".join(rest)) if not term[0].isdigit()}
    return words | {one.code for one in found}


def _figures_differ(first: str, second: str) -> bool:
    """Whether both state figures of a unit, and none of one is among those of the other."""
    sides = [figures_read(text) for text in (first, second)]
    both = sides[0].keys() & sides[1].keys()
    return any(not figures_agree(sides[0][unit], sides[1][unit]) for unit in both)
