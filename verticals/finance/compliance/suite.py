"""The suite `finance.compliance`: how much do the rules find, and how often do they cry out for nothing?

Recall and false alarms are counted per rule and language over the cases and for both halves: of the whole
pre-screen, and (`own_rule_`) of the patterns of the rule alone that a case is about. Over management's
discussion of real reports, a sentence is an alarm by whatever finds it. Intervals are Wilson's at 95 %.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collegium.sdk.intervals import wilson_interval
from collegium.sdk.vertical import Suite, SuiteResult
from verticals.finance.compliance.book import shipped_rules
from verticals.finance.compliance.cases import HALVES, Case, cases_read
from verticals.finance.compliance.discussion import discussion_sentences
from verticals.finance.compliance.matcher import rule_match
from verticals.finance.compliance.rule import LANGUAGES, Rule
from verticals.finance.compliance.screen import findings_of

REPORTS = {"en": ("financebench", "pdfs"), "zh": ("finglm_zh", "reports")}
REPORT_ENDINGS = {".pdf", ".html", ".txt"}


@dataclass(frozen=True, slots=True)
class Share:
    """`found` of `total`, with its interval."""

    found: int
    total: int

    @property
    def value(self) -> float:
        return self.found / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        return wilson_interval(self.found, self.total)

    def metrics(self, name: str) -> dict[str, float]:
        low, high = self.interval
        return {name: round(self.value, 4), f"{name}_low": round(low, 4), f"{name}_high": round(high, 4)}


def compliance_run(data: Path | None) -> SuiteResult:
    """The cases, and the discussion in the reports of financebench and finglm_zh where `data` holds them."""
    rules = {rule.code: rule for rule in shipped_rules()}
    metrics, details = _cases_run(rules, cases_read())
    for language in LANGUAGES:
        if folder := _reports(data, language):
            found, more = _discussion_run(list(rules.values()), folder, language)
            metrics |= found
            details += more
    return SuiteResult(metrics=metrics, details=details)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whether the pre-screen as a whole, and the case's own rule, found something."""

    case: Case
    screened: bool
    own: bool


def _cases_run(
    rules: dict[str, Rule], cases: Sequence[Case]
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    everything = tuple(rules.values())
    outcomes = [
        Outcome(
            case,
            bool(findings_of(case.sentence, everything, case.language)),
            bool(rule_match(rules[case.rule], case.sentence, case.language)),
        )
        for case in cases
    ]
    metrics: dict[str, float] = {"rules": len(rules)}
    for language in LANGUAGES:
        for half in (*HALVES, "all"):
            chosen = [
                one for one in outcomes if one.case.language == language and half in (one.case.half, "all")
            ]
            for prefix, own in (("", False), ("own_rule_", True)):
                recall, alarms = _shares(chosen, own=own)
                metrics |= recall.metrics(f"{prefix}recall_{language}_{half}")
                metrics |= alarms.metrics(f"{prefix}alarms_{language}_{half}")
    told: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        told[one.case.rule, one.case.language].append(one)
    worst = min(_shares(chosen, own=False)[0].value for chosen in told.values())
    details = [_told(half, chosen) for chosen in told.values() for half in HALVES]
    return metrics | {"recall_worst_rule": round(worst, 4)}, details


def _told(half: str, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """A row of the details: one rule in one language and half."""
    chosen = [one for one in outcomes if one.case.half == half]
    recall, alarms = _shares(chosen, own=False)
    own_recall, own_alarms = _shares(chosen, own=True)
    return {
        "rule": outcomes[0].case.rule,
        "language": outcomes[0].case.language,
        "half": half,
        "violations": recall.total,
        "found": recall.found,
        "found_by_own_rule": own_recall.found,
        "negatives": alarms.total,
        "alarms": alarms.found,
        "alarms_of_own_rule": own_alarms.found,
        # of the unseen half nothing but numbers is told, so that it stays unseen
        "wrong": [one.case.sentence for one in chosen if half == "tuned" and one.screened != one.case.breaks],
    }


def _shares(outcomes: Sequence[Outcome], *, own: bool) -> tuple[Share, Share]:
    """Recall of violations, and false alarms among negatives."""
    bad = [one.own if own else one.screened for one in outcomes if one.case.breaks]
    good = [one.own if own else one.screened for one in outcomes if not one.case.breaks]
    return Share(sum(bad), len(bad)), Share(sum(good), len(good))


def _reports(data: Path | None, language: str) -> Path | None:
    name, part = REPORTS[language]
    for folder in (data / name / part, data / part) if data else ():
        if folder.is_dir():
            return folder
    return None


def _discussion_run(
    rules: Sequence[Rule], folder: Path, language: str
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    """Alarms over the reports of a folder; every second one, by name, was not looked at for the rules."""
    metrics: dict[str, float] = {}
    details: list[dict[str, Any]] = []
    totals = {half: [0, 0] for half in (*HALVES, "all")}
    paths = sorted(path for path in folder.iterdir() if path.suffix in REPORT_ENDINGS)
    for number, path in enumerate(paths):
        half = HALVES[number % 2]
        sentences = discussion_sentences(path, language)
        alarms = []
        for sentence in sentences:
            if found := findings_of(sentence, rules, language):
                broken = sorted({one.rule for one in found})
                alarms.append({"rules": broken, "sentence": sentence if half == "tuned" else ""})
        for part in (half, "all"):
            totals[part][0] += len(alarms)
            totals[part][1] += len(sentences)
        details.append({"report": path.name, "half": half, "sentences": len(sentences), "alarms": alarms})
    for half, (found, total) in totals.items():
        metrics |= Share(found, total).metrics(f"discussion_alarms_{language}_{half}")
    return metrics | {f"discussion_sentences_{language}": totals["all"][1]}, details


COMPLIANCE_SUITE = Suite(
    name="compliance",
    description="Recall and false alarms of the compliance rules, over written cases and real reports.",
    run=compliance_run,
    data_sets=("financebench", "finglm_zh"),
)
