"""The suite `finance.compliance`: how much do the rules find, and how often do they cry out for nothing?

Recall and false alarms are counted per rule and language over the cases, by the rule that a case is about,
and for both halves; over management's discussion of real reports, a sentence is an alarm by whichever rule.
Intervals are Wilson's at 95 %.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collegium.sdk.vertical import Suite, SuiteResult
from verticals.finance.compliance.book import shipped_rules
from verticals.finance.compliance.cases import HALVES, Case, cases_read
from verticals.finance.compliance.discussion import discussion_sentences
from verticals.finance.compliance.matcher import rule_match
from verticals.finance.compliance.rule import LANGUAGES, Rule

REPORTS = {"en": ("financebench", "pdfs"), "zh": ("finglm_zh", "reports")}
REPORT_ENDINGS = {".pdf", ".html", ".txt"}
Z_95 = 1.959964


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
        """Wilson score interval (Wilson 1927, JASA 22:209) at 95 %."""
        if not self.total:
            return 0.0, 1.0
        n, p, z = self.total, self.value, Z_95
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, centre - half), min(1.0, centre + half)

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


def _cases_run(
    rules: dict[str, Rule], cases: Sequence[Case]
) -> tuple[dict[str, float], list[dict[str, Any]]]:
    metrics: dict[str, float] = {"rules": len(rules)}
    details: list[dict[str, Any]] = []
    told: dict[tuple[str, str, str], list[tuple[Case, bool]]] = defaultdict(list)
    for case in cases:
        told[case.rule, case.language, case.half].append(
            (case, bool(rule_match(rules[case.rule], case.sentence, case.language)))
        )
    for (rule, language, half), outcomes in told.items():
        recall, alarms = _shares(outcomes)
        details.append(
            {
                "rule": rule,
                "language": language,
                "half": half,
                "violations": recall.total,
                "found": recall.found,
                "negatives": alarms.total,
                "alarms": alarms.found,
                # of the unseen half nothing but numbers is told, so that it stays unseen
                "wrong": [one.sentence for one, hit in outcomes if hit != one.breaks and half == "tuned"],
            }
        )
    for language in LANGUAGES:
        for half in (*HALVES, "all"):
            chosen = [
                one
                for (_rule, spoken, part), outcomes in told.items()
                if spoken == language and half in (part, "all")
                for one in outcomes
            ]
            recall, alarms = _shares(chosen)
            metrics |= recall.metrics(f"recall_{language}_{half}")
            metrics |= alarms.metrics(f"alarms_{language}_{half}")
    worst = min(_rule_recalls(told))
    return metrics | {"recall_worst_rule": round(worst, 4)}, details


def _rule_recalls(told: dict[tuple[str, str, str], list[tuple[Case, bool]]]) -> Iterable[float]:
    for rule, language in {key[:2] for key in told}:
        outcomes = [one for half in HALVES for one in told.get((rule, language, half), [])]
        yield _shares(outcomes)[0].value


def _shares(outcomes: Sequence[tuple[Case, bool]]) -> tuple[Share, Share]:
    """Recall of violations, and false alarms among negatives."""
    bad = [hit for case, hit in outcomes if case.breaks]
    good = [hit for case, hit in outcomes if not case.breaks]
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
            if broken := [rule.code for rule in rules if rule_match(rule, sentence, language)]:
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
