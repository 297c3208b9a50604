"""Reads of a workspace's own rules."""

import json
import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from collegium.sdk.asker import Asker
from collegium.sdk.errors import NotFound
from verticals.finance.compliance.problem import RuleProblem
from verticals.finance.compliance.reading import rule_read
from verticals.finance.compliance.rule import Rule
from verticals.finance.compliance.unreadable import Unreadable, unreadable_rule
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


@dataclass(frozen=True, slots=True)
class Enabled:
    """The rules that a workspace has put in force, and those among them that can no longer be read."""

    rules: tuple[Rule, ...]
    unreadable: tuple[Unreadable, ...]


def enabled_rules(asker: Asker) -> Enabled:
    """What the asker's workspace has enabled."""
    rules: list[Rule] = []
    unreadable: list[Unreadable] = []
    rows = ComplianceRule.objects.filter(workspace_id=asker.workspace_id, enabled=True)
    for code, definition in rows.order_by("code").values_list("code", "definition"):
        read = definition_read(code, definition)
        if isinstance(read, Unreadable):
            unreadable.append(read)
        else:
            rules.append(read)
    return Enabled(tuple(rules), tuple(unreadable))


def definition_read(code: str, definition: Any) -> Rule | Unreadable:
    """A stored rule, or what is amiss with it."""
    return _read(code, json.dumps(definition, sort_keys=True))


@lru_cache(maxsize=512)
def _read(code: str, definition: str) -> Rule | Unreadable:
    declared: Any = json.loads(definition)
    try:
        return rule_read(declared)
    except RuleProblem as problem:
        with override("en"):
            log.error("the compliance rule %s can no longer be read: %s", code, problem)
        return unreadable_rule(code, declared, problem)
