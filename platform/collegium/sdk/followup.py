"""What a follow-up question leaves unsaid and takes from the turn before it."""

import re
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from collegium.sdk.answering import Question, Turn
from collegium.sdk.language import content_terms

EARLIER_CHARS = 400
SHORT_TERMS = {"en": 3, "zh": 4}
YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}(?!\d)")
_ANAPHORA = re.compile(
    r"^\s*(?:and|but|so|what about|how about|why\?|why is that|why was that|compared|same for|then)\b"
    r"|\b(?:it|its|that|this|those|these|they|them|their|the former|the latter"
    r"|year before|previous year|prior year"
    r"|same (?:period|question|for))\b",
    re.IGNORECASE,
)
_ANAPHORA_ZH = re.compile(
    r"^(?:那|那么|而|还有|为什么呢?[？?]?$|原因呢)|(?:它|其|该公司|这个|那个|上述|呢[？?]?$|去年|上年|前一年|上一年)"
)
_YEAR_BEFORE = re.compile(
    r"\b(?:the )?(?:year before|previous year|prior year|year earlier|last year)\b|去年|上年|前一年|上一年",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Carried:
    """A question with what the turn before adds: the text to search, that turn's filters, and the turn
    itself.
    """

    text: str
    filters: dict[str, Any]
    turn: Turn | None = None
    years: tuple[
        int, ...
    ] = ()  # the years asked about, where "the year before" moved those of the turn before


def is_follow_up(question: Question) -> bool:
    """Whether a question cannot stand alone: short, or pointing back."""
    if not question.history:
        return False
    limit = SHORT_TERMS.get(question.language, 3)
    pattern = _ANAPHORA_ZH if question.language == "zh" else _ANAPHORA
    return len(content_terms(question.text)) <= limit or bool(pattern.search(question.text))


def carry(question: Question) -> Carried:
    """Add the content of the earlier turn to a question that leans on it; years said now replace those of
    then.
    """
    if not is_follow_up(question):
        return Carried(question.text, {})
    turn = question.history[-1]
    earlier = str(turn.query.get("text") or turn.question)
    filters = dict(turn.query.get("filters") or {})
    years_then = tuple(dict.fromkeys(int(year) for year in YEAR.findall(earlier)))
    years: tuple[int, ...] = ()
    if _YEAR_BEFORE.search(question.text) and years_then:
        years = tuple(year - 1 for year in years_then)
        earlier = YEAR.sub(lambda match: str(int(match.group()) - 1), earlier)
    elif YEAR.search(question.text):
        earlier = " ".join(YEAR.sub(" ", earlier).split())
    room = settings.QUESTION_MAX_CHARS - len(question.text) - 1  # a longer search would be refused
    earlier = earlier[: max(0, min(EARLIER_CHARS, room))]
    return Carried(f"{earlier} {question.text}".strip(), filters, turn, years)
