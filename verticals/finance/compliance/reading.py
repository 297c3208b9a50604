"""Rules from their declaration, a YAML file or a stored mapping; what is amiss is said with its place."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from verticals.finance.compliance.contexts import context_names, words_put_in
from verticals.finance.compliance.patterns import Pattern, PatternProblem, pattern_compile
from verticals.finance.compliance.rule import (
    LANGUAGES,
    Action,
    Citation,
    Condition,
    Examples,
    Rule,
    RuleProblem,
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
        raise RuleProblem(f"{path.name}: {error}") from None


def rule_read(declared: Any) -> Rule:
    """The rule of a declaration; RuleProblem says what is missing, unknown or wrong in it."""
    if not isinstance(declared, Mapping):
        raise RuleProblem("A rule is a mapping with id, title, forbids, citations, action, match, examples.")
    _keys_check(declared, _KEYS, "the rule")
    code = str(declared.get("id", ""))
    if not _CODE.fullmatch(code):
        raise RuleProblem(f"id '{code}': 3 to 60 lower-case letters, digits and hyphens, a letter first.")
    action = _action(declared.get("action"))
    languages = [one for one in LANGUAGES if (declared.get("match") or {}).get(one)]
    if not languages:
        raise RuleProblem("match: give at least one condition for en or zh.")
    text = _texts(declared, "text")
    missing = [one for one in languages if not text.get(one)]
    if missing and action in {Action.REWRITE, Action.DISCLOSE}:
        raise RuleProblem(f"text: the action '{action}' needs the text that is shown, in {missing[0]}.")
    title = _texts(declared, "title")
    forbids = _texts(declared, "forbids")
    if not title or not forbids:
        raise RuleProblem("title, forbids: give them in at least one language.")
    shared = _names(declared.get("except"), "except")
    return Rule(
        code=code,
        title=title,
        forbids=forbids,
        citations=_citations(declared.get("citations")),
        action=action,
        text=text,
        conditions={one: _conditions(declared["match"][one], one, shared) for one in languages},
        examples={one: _examples(declared.get("examples"), one) for one in languages},
    )


def _keys_check(given: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := set(given) - known:
        raise RuleProblem(f"{where} has an unknown key '{sorted(map(str, unknown))[0]}'.")


def _action(given: Any) -> Action:
    try:
        return Action(str(given))
    except ValueError:
        raise RuleProblem(f"action '{given}': choose {', '.join(Action)}.") from None


def _texts(declared: Mapping[str, Any], key: str) -> dict[str, str]:
    given = declared.get(key) or {}
    if not isinstance(given, Mapping) or set(given) - set(LANGUAGES):
        raise RuleProblem(f"{key}: a text each under en and zh.")
    texts = {language: " ".join(str(text).split()) for language, text in given.items() if str(text).strip()}
    if any(len(text) > TEXT_MAX for text in texts.values()):
        raise RuleProblem(f"{key}: at most {TEXT_MAX} characters.")
    return texts


def _strings(given: Any, where: str) -> tuple[str, ...]:
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Sequence):
        raise RuleProblem(f"{where}: a list is expected.")
    if not all(isinstance(one, str) and one.strip() for one in given):
        raise RuleProblem(f"{where}: each entry is a text; put those that read as something else in quotes.")
    return tuple(given)


def _names(given: Any, where: str) -> tuple[str, ...]:
    names = _strings(given, where)
    for name in names:
        if name not in context_names():
            raise RuleProblem(
                f"{where}: there is no context '{name}'; there are {', '.join(context_names())}."
            )
    return names


def _citations(given: Any) -> tuple[Citation, ...]:
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise RuleProblem("citations: at least one, with regulation and clause.")
    read = []
    for one in given:
        if not isinstance(one, Mapping) or not str(one.get("regulation", "")).strip():
            raise RuleProblem("citations: each names a regulation, and its clause.")
        _keys_check(one, {"regulation", "clause", "jurisdiction"}, "a citation")
        read.append(Citation(*(str(one.get(key, "")) for key in ("regulation", "clause", "jurisdiction"))))
    return tuple(read)


def _conditions(given: Any, language: str, shared: tuple[str, ...]) -> tuple[Condition, ...]:
    where = f"match.{language}"
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise RuleProblem(f"{where}: a list of conditions is expected.")
    read = []
    for one in given:
        if not isinstance(one, Mapping):
            raise RuleProblem(f"{where}: a condition has find, and perhaps needs, unless, except.")
        _keys_check(one, _CONDITION_KEYS, where)
        parts = {
            key: _patterns(one.get(key), language, f"{where}.{key}") for key in ("find", "needs", "unless")
        }
        if not parts["find"]:
            raise RuleProblem(f"{where}: a condition has at least one pattern under find.")
        named = _names(one["except"], f"{where}.except") if "except" in one else shared
        read.append(Condition(**parts, contexts=named))
    if sum(len(one.find) + len(one.needs) + len(one.unless) for one in read) > PATTERNS_MAX:
        raise RuleProblem(f"{where}: at most {PATTERNS_MAX} patterns.")
    return tuple(read)


def _patterns(given: Any, language: str, where: str) -> tuple[Pattern, ...]:
    read = []
    for written in _strings(given, where):
        try:
            read.append(pattern_compile(words_put_in(written, language)))
        except KeyError as error:
            raise RuleProblem(f"{where}: there is no word list {{{error.args[0]}}}.") from None
        except PatternProblem as error:
            raise RuleProblem(f"{where}: {error}") from None
    return tuple(read)


def _examples(given: Any, language: str) -> Examples:
    declared = (given or {}).get(language) if isinstance(given, Mapping | None) else None
    if not isinstance(declared, Mapping):
        raise RuleProblem(f"examples.{language}: give good and bad examples.")
    _keys_check(declared, {"good", "bad"}, f"examples.{language}")
    good = _strings(declared.get("good"), f"examples.{language}.good")
    bad = _strings(declared.get("bad"), f"examples.{language}.bad")
    if not good or not bad:
        raise RuleProblem(f"examples.{language}: give at least one good and one bad example.")
    if len(good) + len(bad) > EXAMPLES_MAX:
        raise RuleProblem(f"examples.{language}: at most {EXAMPLES_MAX} examples.")
    return Examples(good, bad)
