"""Enabled rules that can no longer be read, such as after an update with a stricter check.

An answer never passes them in silence. One that would keep sentences from the reader (block, rewrite), or of
which not even that can be told, holds back the whole of the model's text, as a sentence is held back that
could not be checked in time; any other is noted with the answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collegium.sdk.vertical import Finding
from verticals.finance.compliance.problem import RuleProblem
from verticals.finance.compliance.rule import LANGUAGES, Action

CHECK = "rule_not_in_force"
_WITHHELD = {
    "en": "The rule “{title}” was enabled but can no longer be read, so it is not in force. Since it may "
    "keep sentences from readers, all that the model wrote is left out. An administrator should open, "
    "correct, test and enable it.",
    "zh": "规则“{title}”曾启用，但现已无法读取，因而未生效。该规则可能要求略去内容，故模型所写文字全部略去。"
    "请管理员打开、更正、测试并重新启用该规则。",
}
_NOTED = {
    "en": "The rule “{title}” was enabled but can no longer be read, so it is not in force: this answer was "
    "not checked against it. An administrator should open, correct, test and enable it.",
    "zh": "规则“{title}”曾启用，但现已无法读取，因而未生效：本回答未经该规则检查。"
    "请管理员打开、更正、测试并重新启用该规则。",
}


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A rule; only its code is sure, `titles` may be empty. `withholds`: without it no text passes."""

    code: str
    titles: Mapping[str, str]
    withholds: bool
    problem: RuleProblem

    def title(self, language: str) -> str:
        return self.titles.get(language) or next(iter(self.titles.values()), self.code)

    def finding(self, language: str) -> Finding:
        """What is recorded with an answer, once."""
        said = (_WITHHELD if self.withholds else _NOTED)["zh" if language == "zh" else "en"]
        return Finding(
            check=CHECK,
            action="blocked" if self.withholds else "noted",
            message=said.format(title=self.title(language)),
            rule=self.code,
            whole=True,
        )


def unreadable_rule(code: str, definition: Any, problem: RuleProblem) -> Unreadable:
    """What can still be told of a declaration that is not read, whatever it holds."""
    declared = definition if isinstance(definition, Mapping) else {}
    given = declared.get("title")
    titles = {
        one: text.strip()
        for one, text in (given.items() if isinstance(given, Mapping) else ())
        if one in LANGUAGES and isinstance(text, str) and text.strip()
    }
    withholds = declared.get("action") not in (Action.DISCLOSE.value, Action.LOG.value)
    return Unreadable(code, titles, withholds, problem)
