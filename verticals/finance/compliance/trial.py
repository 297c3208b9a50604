"""A rule held against its own examples: only one that passes may be used."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from verticals.finance.compliance.matcher import rule_match
from verticals.finance.compliance.patterns import PatternSlow
from verticals.finance.compliance.problem import RuleProblem
from verticals.finance.compliance.rule import Rule

SENTENCE_BUDGET_S = 0.25  # of processor time: a rule that needs more for a sentence is too slow for answers
TRIAL_BUDGET_S = 10.0  # for all examples; those that it leaves no time for count as slow


_FAILS = {
    "bad": _("%(code)s: it does not find its own bad example “%(sentence)s”."),
    "good": _("%(code)s: it finds “%(found)s” in its own good example “%(sentence)s”."),
    "text": _("%(code)s: it finds “%(found)s” in its own text “%(sentence)s”."),
}


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one example. `kind` is good, bad or text (what the rule itself puts into an answer)."""

    language: str
    kind: str
    sentence: str
    found: str  # the words that broke the rule
    slow: bool = False

    @property
    def passed(self) -> bool:
        return not self.slow and bool(self.found) == (self.kind == "bad")


def rule_try(rule: Rule) -> list[Tried]:
    """Every example of the rule with what the rule found in it."""
    return list(_tried(rule))


def _tried(rule: Rule) -> Iterator[Tried]:
    begun = time.thread_time()
    for language, examples in rule.examples.items():
        sentences = [("bad", one) for one in examples.bad] + [("good", one) for one in examples.good]
        if text := rule.text.get(language):
            sentences.append(("text", text))
        for kind, sentence in sentences:
            start = time.thread_time()
            if start - begun > TRIAL_BUDGET_S:
                yield Tried(language, kind, sentence, "", slow=True)
                continue
            try:
                found = rule_match(rule, sentence, language)
            except PatternSlow:
                yield Tried(language, kind, sentence, "", slow=True)
                continue
            slow = time.thread_time() - start > SENTENCE_BUDGET_S
            yield Tried(language, kind, sentence, found, slow=slow)


def rule_check(rule: Rule) -> None:
    """RuleProblem names the first example on which the rule fails."""
    for tried in rule_try(rule):
        if tried.passed:
            continue
        if tried.slow:
            told, sentence = _("%(code)s: a pattern takes too long on “%(sentence)s”."), tried.sentence[:80]
        else:
            told, sentence = _FAILS[tried.kind], tried.sentence
        raise RuleProblem(told, code=rule.code, found=tried.found, sentence=sentence)
