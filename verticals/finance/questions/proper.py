"""The question proper of a text that also says how to answer: in which unit, or from which statement.

"We need a metric. Please answer: what is the FY2018 capex of Tarnbeck? Answer in USD millions. If capex
is not useful, then state that." asks for the capex; the rest would be read as further metrics and periods.
"""

import re

from verticals.finance.questions.normalise import is_chinese

_LEAD = re.compile(
    r"^.*?\b(?:answer|question|calculate|compute|questions?|following|is|this)\b[^:?]{0,60}:\s+(?=\S.{12})",
    re.IGNORECASE | re.DOTALL,
)
_FRAME = re.compile(
    r"^\s*(?:using|considering|based (?:only |primarily )?on|by using|from|looking at|according to|given)\b"
    r"[^,?]{0,40}\b(?:balance sheet|statements?|data|information|report|filing|p&l|10-?[kq])\b"
    r"[^,?]{0,40},\s+",
    re.IGNORECASE,
)


def question_proper(text: str) -> str:
    """The part of an English text that asks; the whole text where it is one sentence or none asks."""
    if is_chinese(text):
        return text
    asking = [part for part in _sentences(text) if part.endswith("?")]
    if not asking:
        return text
    kept = []
    for part in asking:
        part = _FRAME.sub("", _LEAD.sub("", part), count=1).strip()
        if len(part.split()) > 2:
            kept.append(part)
    return " ".join(kept) or text


def _sentences(text: str) -> list[str]:
    """Sentences; a point inside a number, a name or an abbreviation ends none."""
    parts = re.split(r"(?<=[?!])\s+|(?<=[a-z)0-9%]{2}\.)\s+(?=[A-Z])", " ".join(text.split()))
    return [part.strip() for part in parts if part.strip()]
