"""A definition that a question gives of its metric: which of the readings of the metric it is."""

import re
from dataclasses import replace

from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.formula import formula_names
from verticals.finance.questions.metric_words import MetricWords
from verticals.finance.questions.normalise import is_chinese, spaced
from verticals.finance.questions.query import TypedQuery

_DEFINED = re.compile(
    r"\b(?:(?:is|are|be) (?:here )?(?:defined|calculated|computed) as|\bdefine[sd]? [^.?]{3,80}? as"
    r"|\bcalculate [^.?]{3,80}? (?:using|as))\b:?\s*(?P<terms>[^?]{5,300}?)(?:\.(?=\s+[A-Z]|\s*$)|\?|$)",
    re.IGNORECASE,
)
# "operating income and D&A (from the cash flow statement)": where to look is no part of the definition
_SOURCE = re.compile(
    r"\b(?:from|in|on|of|per) (?:the |its )?[\w ]{0,24}?(?:statements?|sheets?|p&l)(?: of [a-z ]{4,20})?",
    re.IGNORECASE,
)
NAMED_LEAST = 2  # metrics that a definition has to name before it counts as one


def definition_terms(text: str, words: MetricWords) -> frozenset[str]:
    """The metrics of which a text says that the one asked for is made; empty where it does not say."""
    match = None if is_chinese(text) else _DEFINED.search(" ".join(text.split()))
    if not match:
        return frozenset()
    terms = _SOURCE.sub(lambda source: " " * len(source.group()), match["terms"])
    found = frozenset(words.find(terms, spaced(terms)).codes)
    return found if len(found) >= NAMED_LEAST else frozenset()


def definition_taken(query: TypedQuery, text: str, known: Catalogue, words: MetricWords) -> TypedQuery | None:
    """The query with the reading that the text defines; None where it defines another than there is."""
    terms = definition_terms(text, words)
    if not terms or not query.metrics:
        return query
    for code in query.metrics:
        for reading in (code, *known.get(code).readings):
            if _made_of(reading, terms, known):
                taken = tuple(reading if one == code else one for one in query.metrics)
                readings = tuple(one for one in query.readings if one.taken != code or reading == code)
                return replace(query, metrics=taken, readings=readings)
    return None


def _made_of(code: str, terms: frozenset[str], known: Catalogue) -> bool:
    """Whether a metric, or one that it is made of, is defined by just these."""
    waiting, seen = [code], set()
    while waiting:
        one = waiting.pop()
        for formula in known.get(one).formulas:
            names = set(formula_names(formula))
            if names == terms:
                return True
            waiting += [name for name in names if name not in seen]
            seen |= names
    return False
