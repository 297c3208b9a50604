"""Rules from their declaration, a YAML file or a stored mapping; what is amiss is said with its place."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from django.utils.translation import gettext_lazy as _

from verticals.finance.compliance.contexts import context_names, words_put_in
from verticals.finance.compliance.patterns import Pattern, pattern_compile
from verticals.finance.compliance.problem import PatternProblem, RuleProblem, Sentence
from verticals.finance.compliance.rule import (
    LANGUAGES,
    Action,
    Citation,
    Condition,
    Examples,
    Rule,
)

_CODE = re.compile(r"[a-z][a-z0-9-]{2,59}")
_KEYS = {"id", "title", "forbids", "citations", "action", "text", "except", "match", "examples"}
_CONDITION_KEYS = {"find", "needs", "unless", "except"}
PATTERNS_MAX = 60  # of a rule in one language
EXAMPLES_MAX = 200
TEXT_MAX = 1000


def rule_load(path: Path) -> Rule:
    """The rule of a YAML file. RuleProblem names the file."""
    try:
        declared = yaml.safe_load(path.read_text(encoding="utf-8"))
        return rule_read(declared)
    except (yaml.YAMLError, RuleProblem) as error:
        raise RuleProblem("%(file)s: %(why)s", file=path.name, why=error) from None


def rule_read(declared: Any) -> Rule:
    """The rule of a declaration; RuleProblem says what is missing, unknown or wrong in it."""
    if not isinstance(declared, Mapping):
        raise RuleProblem(
            _("A rule is a mapping with id, title, forbids, citations, action, match, examples.")
        )
    _keys_check(declared, _KEYS, _("the rule"))
    code = str(declared.get("id", ""))
    if not _CODE.fullmatch(code):
        raise RuleProblem(
            _("id '%(code)s': 3 to 60 lower-case letters, digits and hyphens, a letter first."), code=code
        )
    action = _action(declared.get("action"))
    match = declared.get("match")
    languages = [one for one in LANGUAGES if isinstance(match, Mapping) and match.get(one)]
    if not languages:
        raise RuleProblem(_("match: give at least one condition for en or zh."))
    text = _texts(declared, "text")
    missing = [one for one in languages if not text.get(one)]
    if missing and action in {Action.REWRITE, Action.DISCLOSE}:
        raise RuleProblem(
            _("text: the action '%(action)s' needs the text that is shown, in %(language)s."),
            action=action,
            language=missing[0],
        )
    title = _texts(declared, "title")
    forbids = _texts(declared, "forbids")
    if not title or not forbids:
        raise RuleProblem(_("title, forbids: give them in at least one language."))
    shared = _names(declared.get("except"), "except")
    return Rule(
        code=code,
        title=title,
        forbids=forbids,
        citations=_citations(declared.get("citations")),
        action=action,
        text=text,
        conditions={one: _conditions(match[one], one, shared) for one in languages},
        examples={one: _examples(declared.get("examples"), one) for one in languages},
    )


def _keys_check(given: Mapping[str, Any], known: set[str], where: Sentence) -> None:
    if unknown := set(given) - known:
        raise RuleProblem(
            _("%(where)s has an unknown key '%(key)s'."), where=where, key=sorted(map(str, unknown))[0]
        )


def _action(given: Any) -> Action:
    try:
        return Action(str(given))
    except ValueError:
        raise RuleProblem(
            _("action '%(given)s': choose %(actions)s."), given=given, actions=", ".join(Action)
        ) from None


def _texts(declared: Mapping[str, Any], key: str) -> dict[str, str]:
    given = declared.get(key) or {}
    if not isinstance(given, Mapping) or set(given) - set(LANGUAGES):
        raise RuleProblem(_("%(key)s: a text each under en and zh."), key=key)
    texts = {language: " ".join(str(text).split()) for language, text in given.items() if str(text).strip()}
    if any(len(text) > TEXT_MAX for text in texts.values()):
        raise RuleProblem(_("%(key)s: at most %(count)s characters."), key=key, count=TEXT_MAX)
    return texts


def _strings(given: Any, where: str) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise RuleProblem(_("%(where)s: a list is expected."), where=where)
    if not all(isinstance(one, str) and one.strip() for one in given):
        raise RuleProblem(
            _("%(where)s: each entry is a text; put those that read as something else in quotes."),
            where=where,
        )
    return tuple(given)


def _names(given: Any, where: str) -> tuple[str, ...]:
    names = _strings(given, where)
    for name in names:
        if name not in context_names():
            raise RuleProblem(
                _("%(where)s: there is no context '%(name)s'; there are %(names)s."),
                where=where,
                name=name,
                names=", ".join(context_names()),
            )
    return names


def _citations(given: Any) -> tuple[Citation, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise RuleProblem(_("citations: at least one, with regulation and clause."))
    read = []
    for one in given:
        if not isinstance(one, Mapping) or not str(one.get("regulation", "")).strip():
            raise RuleProblem(_("citations: each names a regulation, and its clause."))
        _keys_check(one, {"regulation", "clause", "jurisdiction"}, _("a citation"))
        read.append(Citation(*(str(one.get(key, "")) for key in ("regulation", "clause", "jurisdiction"))))
    return tuple(read)


def _conditions(given: Any, language: str, shared: tuple[str, ...]) -> tuple[Condition, ...]:
    where = f"match.{language}"
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise RuleProblem(_("%(where)s: a list of conditions is expected."), where=where)
    read = []
    for one in given:
        if not isinstance(one, Mapping):
            raise RuleProblem(
                _("%(where)s: a condition has find, and perhaps needs, unless, except."), where=where
            )
        _keys_check(one, _CONDITION_KEYS, where)
        parts = {
            key: _patterns(one.get(key), language, f"{where}.{key}") for key in ("find", "needs", "unless")
        }
        if not parts["find"]:
            raise RuleProblem(_("%(where)s: a condition has at least one pattern under find."), where=where)
        named = _names(one["except"], f"{where}.except") if "except" in one else shared
        read.append(Condition(**parts, contexts=named))
    if sum(len(one.find) + len(one.needs) + len(one.unless) for one in read) > PATTERNS_MAX:
        raise RuleProblem(_("%(where)s: at most %(count)s patterns."), where=where, count=PATTERNS_MAX)
    return tuple(read)


def _patterns(given: Any, language: str, where: str) -> tuple[Pattern, ...]:
    read = []
    for written in _strings(given, where):
        try:
            read.append(pattern_compile(words_put_in(written, language)))
        except KeyError as error:
            raise RuleProblem(
                _("%(where)s: there is no word list %(name)s."), where=where, name=f"{{{error.args[0]}}}"
            ) from None
        except PatternProblem as error:
            raise RuleProblem("%(where)s: %(why)s", where=where, why=error) from None
    return tuple(read)


def _examples(given: Any, language: str) -> Examples:
    declared = (given or {}).get(language) if isinstance(given, Mapping | None) else None
    if not isinstance(declared, Mapping):
        raise RuleProblem(_("examples.%(language)s: give good and bad examples."), language=language)
    _keys_check(declared, {"good", "bad"}, f"examples.{language}")
    good = _strings(declared.get("good"), f"examples.{language}.good")
    bad = _strings(declared.get("bad"), f"examples.{language}.bad")
    if not good or not bad:
        raise RuleProblem(
            _("examples.%(language)s: give at least one good and one bad example."), language=language
        )
    if len(good) + len(bad) > EXAMPLES_MAX:
        raise RuleProblem(
            _("examples.%(language)s: at most %(count)s examples."), language=language, count=EXAMPLES_MAX
        )
    return Examples(good, bad)
