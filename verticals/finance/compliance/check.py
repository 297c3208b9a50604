"""The pre-screen of the vertical: its own rules and those that the asker's workspace has enabled."""

from collegium.sdk.answering import Question
from collegium.sdk.vertical import Finding
from verticals.finance.compliance.book import shipped_rules
from verticals.finance.compliance.screen import findings_of
from verticals.finance.compliance.selectors import enabled_rules


def compliance_check(text: str, question: Question) -> list[Finding]:
    """What the rules find in a piece of generated text."""
    enabled = enabled_rules(question.asker)
    missing = [one.finding(question.language) for one in enabled.unreadable]
    withheld = any(one.withholds for one in enabled.unreadable)
    found = findings_of(text, (*shipped_rules(), *enabled.rules), question.language, withheld=withheld)
    return [*missing, *found]
