"""A rule tried on what the model wrote lately in a workspace, before it is put in force."""

import time
from dataclasses import dataclass

from collegium.sdk.asker import Asker
from collegium.sdk.audit import audit_record
from collegium.sdk.generated import generated_recent
from verticals.finance.compliance.rule import Rule
from verticals.finance.compliance.screen import breaches_find

SLUG = "finance"
BUDGET_S = 5.0
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """A sentence of one of the asker's own answers, and the words that broke the rule."""

    sentence: str
    found: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """How many of `texts` the rule would have touched; sentences are shown of the asker's own answers only.

    `cut`: time ran out before all were looked at. `slow`: sentences that could not be checked in time.
    """

    texts: int
    touched: int
    hits: tuple[Hit, ...]
    slow: int
    cut: bool


def rule_dry_run(asker: Asker, rule: Rule) -> DryRun:
    """Hold a rule against the workspace's recent answers. It is kept on record who did."""
    texts = generated_recent(asker, SLUG)
    begun = time.thread_time()
    looked = touched = slow = 0
    hits: list[Hit] = []
    for one in texts:
        if time.thread_time() - begun > BUDGET_S:
            break
        looked += 1
        breaches = list(breaches_find(one.text, [rule]))
        slow += sum(breach.slow for breach in breaches)
        touched += bool(breaches)
        if one.own:
            hits += [Hit(breach.sentence, breach.found) for breach in breaches if not breach.slow]
    audit_record(asker=asker, action="compliance_rule.dry_run", target=rule.code, texts=looked)
    return DryRun(looked, touched, tuple(hits[:SHOWN]), slow, looked < len(texts))
