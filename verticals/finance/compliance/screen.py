"""Generated text held against the rules: what was found, and what is to be done about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from collegium.sdk.language import language_of
from collegium.sdk.sentences import sentence_spans
from collegium.sdk.vertical import Finding
from verticals.finance.compliance.likeness import likeness_model
from verticals.finance.compliance.matcher import rule_match
from verticals.finance.compliance.patterns import PatternSlow
from verticals.finance.compliance.rule import LANGUAGES, Action, Rule

CHECK = "compliance"
_DONE = {
    Action.BLOCK: "blocked",
    Action.REWRITE: "rewritten",
    Action.DISCLOSE: "disclosed",
    Action.LOG: "noted",
}
_SLOW = {
    "en": "The rule “{title}” could not be checked in time, so the sentence is left out. "
    "An administrator should simplify its patterns.",
    "zh": "规则“{title}”未能及时完成检查，故略去该句。请管理员简化其匹配式。",
}


_ALIKE = {
    "en": "It reads like a breach of “{title}”: {forbids}",
    "zh": "该句读来近似违反“{title}”：{forbids}",
}


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that a sentence breaks by the words `found`; `slow`: it could not be told; `alike`: no rule
    finds it, but it reads like what this one forbids.
    """

    rule: Rule
    sentence: str
    found: str
    slow: bool = False
    alike: bool = False

    @property
    def action(self) -> Action:
        """Without words to go by, the rule's text might not fit: the sentence is left out."""
        return Action.BLOCK if self.slow or self.alike else self.rule.action


def breaches_find(text: str, rules: Sequence[Rule]) -> Iterator[Breach]:
    """The breaches of each sentence of a text, in the order of the rules."""
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        language = language_of(sentence)
        for rule in rules:
            try:
                found = rule_match(rule, sentence, language if language in LANGUAGES else "en")
            except PatternSlow:
                yield Breach(rule, sentence, "", slow=True)
                continue
            if found:
                yield Breach(rule, sentence, found)


def alike_find(text: str, rules: Sequence[Rule]) -> Iterator[Breach]:
    """The sentences of a text that read like breaches, each with the rule that it comes nearest to."""
    by_code = {rule.code: rule for rule in rules}
    for start, end in sentence_spans(text):
        language = language_of(text[start:end])
        likeness = likeness_model(language if language in LANGUAGES else "en").likeness(text[start:end])
        if likeness is not None and likeness.rule in by_code:
            yield Breach(by_code[likeness.rule], text[start:end], "", alike=True)


def findings_of(text: str, rules: Sequence[Rule], language: str, *, withheld: bool = False) -> list[Finding]:
    """A finding for each rule that the text breaks, told in `language`.

    Where a rule blocks the text, or it is withheld anyway, what others would have done to it is only noted.
    """
    breaches = list(breaches_find(text, rules))
    known = {one.sentence for one in breaches}
    breaches += [one for one in alike_find(text, rules) if one.sentence not in known]
    blocked = withheld or any(one.action is Action.BLOCK for one in breaches)
    return [_finding(one, language, blocked=blocked) for one in breaches]


def _finding(breach: Breach, language: str, *, blocked: bool) -> Finding:
    rule = breach.rule
    done = _DONE[breach.action] if not blocked or breach.action is Action.BLOCK else "noted"
    title = rule.said(rule.title, language)
    if breach.slow:
        message = _SLOW["zh" if language == "zh" else "en"].format(title=title)
    elif breach.alike:
        told = _ALIKE["zh" if language == "zh" else "en"]
        message = told.format(title=title, forbids=rule.said(rule.forbids, language))
    elif language == "zh":
        message = f"{title}：{rule.said(rule.forbids, language)}"
    else:
        message = f"{title}: {rule.said(rule.forbids, language)}"
    return Finding(
        check=CHECK,
        action=done,
        message=message,
        excerpt=breach.sentence,
        rule=rule.code,
        citation=rule.citation,
        text=rule.said(rule.text, language) if done in {"rewritten", "disclosed"} else "",
    )
