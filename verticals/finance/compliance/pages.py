"""The administrators' pages of the pre-screen: all rules, and an editor that tries one before it counts."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.errors import Problem
from collegium.sdk.generated import answers_with_finding
from verticals.finance.compliance.book import shipped_rules
from verticals.finance.compliance.dry_run import SLUG, rule_dry_run
from verticals.finance.compliance.form import ACTIONS, RuleForm, form_values
from verticals.finance.compliance.problem import RuleProblem
from verticals.finance.compliance.reading import rule_read
from verticals.finance.compliance.rule import Rule
from verticals.finance.compliance.selectors import definition_read, workspace_rule_get, workspace_rules
from verticals.finance.compliance.services import (
    rule_add,
    rule_change,
    rule_delete,
    rule_disable,
    rule_enable,
)
from verticals.finance.compliance.trial import rule_try
from verticals.finance.compliance.unreadable import CHECK as NOT_IN_FORCE
from verticals.finance.compliance.unreadable import Unreadable
from verticals.finance.models import ComplianceRule

LIST_URL = "vertical-finance-compliance"


def rules(request: HttpRequest, asker: Asker) -> HttpResponse:
    """The rules of the vertical, and those of the workspace with their state."""
    answered = answers_with_finding(asker, SLUG, check=NOT_IN_FORCE)
    own = [_own(row, answered.get(row.code, 0)) for row in workspace_rules(asker)]
    known = {
        "shipped": [_shown(rule) for rule in shipped_rules()],
        "own": own,
        "missing": sum(one["row"].enabled and "problem" in one for one in own),
        "new": reverse(f"{LIST_URL}-new"),
        "section": "finance",
    }
    return render(request, "finance/compliance.html", known)


def rule_new(request: HttpRequest, asker: Asker) -> HttpResponse:
    """An empty editor; saving stores the rule, out of force."""
    form = RuleForm(request.POST or None)
    known: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("do") == "save":
                row = rule_add(asker=asker, definition=form.definition())
                messages.success(request, _("Saved. The rule is not in force until you enable it."))
                return redirect(rule_href(row))
            known = _tried(asker, form)
        except Problem as problem:
            known = {"problem": problem.detail}
    return _editor(request, form, known)


def rule_edit(request: HttpRequest, asker: Asker, pk: int) -> HttpResponse:
    """The editor of a stored rule: test, save, enable, disable, delete."""
    row = workspace_rule_get(asker, pk)
    form = RuleForm(request.POST if "code" in request.POST else None, initial=form_values(row.definition))
    do = request.POST.get("do", "")
    known: dict[str, Any] = {}
    try:
        if do == "enable":
            rule_enable(asker=asker, pk=pk)
            messages.success(request, _("The rule is in force from now on."))
            return redirect(rule_href(row))
        if do == "disable":
            rule_disable(asker=asker, pk=pk)
            messages.success(request, _("The rule is out of force."))
            return redirect(rule_href(row))
        if do == "delete":
            rule_delete(asker=asker, pk=pk)
            return redirect(reverse(LIST_URL))
        if do == "save" and form.is_valid():
            rule_change(asker=asker, pk=pk, definition=form.definition())
            messages.success(request, _("Saved. The rule is not in force until you enable it."))
            return redirect(rule_href(row))
        if do == "test" and form.is_valid():
            known = _tried(asker, form)
    except Problem as problem:
        known = {"problem": problem.detail}
    return _editor(request, form, known, row)


def rule_href(row: ComplianceRule) -> str:
    return reverse(f"{LIST_URL}-rules-pk", kwargs={"pk": row.pk})


def _editor(
    request: HttpRequest, form: RuleForm, known: dict[str, Any], row: ComplianceRule | None = None
) -> HttpResponse:
    read = definition_read(row.code, row.definition) if row else None
    unreadable = read if isinstance(read, Unreadable) else None
    known |= {"form": form, "row": row, "unreadable": unreadable, "list": reverse(LIST_URL)}
    known["section"] = "finance"
    status = 400 if known.get("problem") or form.errors else 200
    return render(request, "finance/compliance_rule.html", known, status=status)


def _tried(asker: Asker, form: RuleForm) -> dict[str, Any]:
    """What the rule does with its own examples, and with the workspace's recent answers."""
    try:
        rule = rule_read(form.definition())
    except RuleProblem as problem:
        return {"problem": str(problem)}
    tried = rule_try(rule)
    return {
        "tried": tried,
        "passed": all(one.passed for one in tried),
        "dry": rule_dry_run(asker, rule),
    }


def _own(row: ComplianceRule, answered: int) -> dict[str, Any]:
    """A rule of the workspace; where it can no longer be read, why, and how many answers went without it."""
    read = definition_read(row.code, row.definition)
    known = {"row": row, "href": rule_href(row)}
    if isinstance(read, Unreadable):
        return known | {"title": read.title(_spoken()), "problem": read.problem, "answered": answered}
    return known | {"title": read.said(read.title, _spoken()), "rule": _shown(read)}


def _spoken() -> str:
    return "zh" if (get_language() or "en").startswith("zh") else "en"


def _shown(rule: Rule) -> dict[str, Any]:
    language = _spoken()
    return {
        "code": rule.code,
        "title": rule.said(rule.title, language),
        "forbids": rule.said(rule.forbids, language),
        "citations": [str(one) for one in rule.citations],
        "action": ACTIONS[rule.action],
        "text": rule.said(rule.text, language),
        "examples": [
            (kind, sentence)
            for examples in rule.examples.values()
            for kind, sentences in (("bad", examples.bad), ("good", examples.good))
            for sentence in sentences
        ],
    }
