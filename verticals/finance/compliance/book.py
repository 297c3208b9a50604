"""The rules that come with the vertical, each held against its own examples when it is loaded."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from verticals.finance.compliance.problem import RuleProblem
from verticals.finance.compliance.reading import rule_load
from verticals.finance.compliance.rule import Rule
from verticals.finance.compliance.trial import rule_check

RULES = Path(__file__).with_name("rules")


def rules_load(folder: Path) -> tuple[Rule, ...]:
    """The rules of a folder by code. RuleProblem where one cannot be read, fails or comes twice."""
    rules = [_checked(path) for path in sorted(folder.glob("*.yaml"))]
    codes = [rule.code for rule in rules]
    if twice := {code for code in codes if codes.count(code) > 1}:
        raise RuleProblem(_("There are two rules '%(code)s'."), code=sorted(twice)[0])
    return tuple(rules)


def _checked(path: Path) -> Rule:
    rule = rule_load(path)
    rule_check(rule)
    return rule


@cache
def shipped_rules() -> Sequence[Rule]:
    return rules_load(RULES)
