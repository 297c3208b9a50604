"""Reads of a workspace's own rules."""

import json
import logging
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.errors import NotFound
from verticals.finance.compliance.reading import rule_read
from verticals.finance.compliance.rule import Rule, RuleProblem
from verticals.finance.models import ComplianceRule

log = logging.getLogger(__name__)


def workspace_rules(asker: Asker) -> list[ComplianceRule]:
    """The rules that the asker's workspace has added, by code."""
    return list(ComplianceRule.objects.filter(workspace_id=asker.workspace_id).order_by("code"))


def workspace_rule_get(asker: Asker, pk: int, *, locked: bool = False) -> ComplianceRule:
    """A rule of the asker's workspace; NotFound where it has no such rule. `locked`: until the transaction
    ends.
    """
    rows = ComplianceRule.objects.filter(workspace_id=asker.workspace_id, pk=pk)
    row = (rows.select_for_update() if locked else rows).first()
    if row is None:
        raise NotFound(_("This workspace has no such rule."))
    return row


def enabled_rules(asker: Asker) -> list[Rule]:
    """The workspace's rules that are in force. One that can no longer be read is told of in the log."""
    rules = []
    rows = ComplianceRule.objects.filter(workspace_id=asker.workspace_id, enabled=True)
    for code, definition in rows.order_by("code").values_list("code", "definition"):
        try:
            rules.append(_read(json.dumps(definition, sort_keys=True)))
        except RuleProblem as problem:
            log.error("the rule %s of workspace %s cannot be read: %s", code, asker.workspace_id, problem)
    return rules


@lru_cache(maxsize=512)
def _read(definition: str) -> Rule:
    declared: Any = json.loads(definition)
    return rule_read(declared)
