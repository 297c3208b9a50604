"""Does a sentence break a rule, and where?"""

from verticals.finance.compliance.contexts import REACH_CHARS, contexts
from verticals.finance.compliance.patterns import TEXT_CHARS_MAX, text_normalised
from verticals.finance.compliance.rule import Condition, Rule


def rule_match(rule: Rule, sentence: str, language: str) -> str:
    """The words of the sentence that break the rule, empty where none do.

    Raises PatternSlow where that could not be found out in time.
    """
    text = text_normalised(sentence)
    for at in range(0, max(len(text), 1), TEXT_CHARS_MAX):
        part = text[at : at + TEXT_CHARS_MAX]
        for condition in rule.conditions.get(language, ()):
            if found := _condition_match(condition, part, language):
                return found
    return ""


def _condition_match(condition: Condition, text: str, language: str) -> str:
    hits = [span for pattern in condition.find for span in pattern.spans(text)]
    if not hits:
        return ""
    if not all(pattern.search(text) for pattern in condition.needs):
        return ""
    if any(pattern.search(text) for pattern in condition.unless):
        return ""
    known = contexts(language)
    for span in sorted(hits):
        if not any(known[name].holds(text, span, REACH_CHARS[language]) for name in condition.contexts):
            return text[span[0] : span[1]]
    return ""
