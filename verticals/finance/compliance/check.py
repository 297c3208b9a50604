"""The pre-screen of the vertical: its own rules and those that the asker's workspace has enabled."""

from collegium.sdk.answering import Question
from collegium.sdk.vertical import Finding
from verticals.finance.compliance.book import shipped_rules
from verticals.finance.compliance.screen import findings_of
from verticals.finance.compliance.selectors import enabled_rules


def compliance_check(text: str, question: Question) -> list[Finding]:
    """What the rules find in a piece of generated text."""
    rules = (*shipped_rules(), *enabled_rules(question.asker))
    return findings_of(text, rules, question.language)
