"""Writes of a workspace's own rules: only who manages it may, and only a rule that passes is put in force."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.audit import audit_record
from collegium.sdk.errors import Conflict, Forbidden, Invalid
from verticals.finance.compliance.book import shipped_rules
from verticals.finance.compliance.problem import RuleProblem
from verticals.finance.compliance.reading import rule_read
from verticals.finance.compliance.rule import Rule
from verticals.finance.compliance.selectors import workspace_rule_get
from verticals.finance.compliance.trial import rule_check
from verticals.finance.models import ComplianceRule

RULES_MAX = 100  # of a workspace: each costs time in every sentence


def rule_add(*, asker: Asker, definition: Mapping[str, Any]) -> ComplianceRule:
    """Store a new rule, not yet in force. Invalid says what is wrong in it."""
    _manager(asker)
    rule = _read(definition)
    if ComplianceRule.objects.filter(workspace_id=asker.workspace_id).count() >= RULES_MAX:
        raise Invalid(_("A workspace has at most %(count)s rules; delete one first.") % {"count": RULES_MAX})
    try:
        with transaction.atomic():
            row = ComplianceRule.objects.create(
                workspace_id=asker.workspace_id,
                code=rule.code,
                definition=dict(definition),
                changed_by_id=asker.user_id,
            )
    except IntegrityError:
        raise _taken(rule) from None
    audit_record(asker=asker, action="compliance_rule.add", target=rule.code)
    return row


def rule_change(*, asker: Asker, pk: int, definition: Mapping[str, Any]) -> ComplianceRule:
    """Store a rule anew. It is out of force until it is enabled again."""
    _manager(asker)
    row = workspace_rule_get(asker, pk)
    rule = _read(definition)
    row.code, row.definition, row.enabled = rule.code, dict(definition), False
    row.changed_by_id = asker.user_id
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise _taken(rule) from None
    audit_record(asker=asker, action="compliance_rule.change", target=rule.code)
    return row


def rule_enable(*, asker: Asker, pk: int) -> ComplianceRule:
    """Put a rule in force. Invalid where it fails one of its own examples."""
    _manager(asker)
    with transaction.atomic():
        row = workspace_rule_get(asker, pk, locked=True)
        try:
            rule_check(rule_read(row.definition))
        except RuleProblem as problem:
            told = _("The rule is not enabled, since it fails: %(why)s") % {"why": problem}
            raise Invalid(told, code="rule_fails") from None
        row.enabled, row.changed_by_id = True, asker.user_id
        row.save()
        audit_record(asker=asker, action="compliance_rule.enable", target=row.code)
    return row


def rule_disable(*, asker: Asker, pk: int) -> ComplianceRule:
    _manager(asker)
    row = workspace_rule_get(asker, pk)
    row.enabled, row.changed_by_id = False, asker.user_id
    row.save()
    audit_record(asker=asker, action="compliance_rule.disable", target=row.code)
    return row


def rule_delete(*, asker: Asker, pk: int) -> None:
    _manager(asker)
    row = workspace_rule_get(asker, pk)
    row.delete()
    audit_record(asker=asker, action="compliance_rule.delete", target=row.code)


def _manager(asker: Asker) -> None:
    if not asker.may("manage"):
        raise Forbidden(_("Only an administrator of the workspace may change its compliance rules."))


def _read(definition: Mapping[str, Any]) -> Rule:
    try:
        rule = rule_read(definition)
    except RuleProblem as problem:
        raise Invalid(str(problem), code="rule_invalid") from None
    if rule.code in {one.code for one in shipped_rules()}:
        raise _taken(rule)
    return rule


def _taken(rule: Rule) -> Conflict:
    return Conflict(_("There is a rule '%(code)s' already; choose another name.") % {"code": rule.code})
