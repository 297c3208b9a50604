"""Concepts and members of dimensions in words, and the metrics that a concept feeds."""

from collections import defaultdict
from functools import cache

from verticals.finance.facts.fact import Dims
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.formula import formula_names
from verticals.finance.metrics.metric import Metric
from verticals.finance.pages.metric_groups import GROUPS
from verticals.finance.xbrl.linkbases import words


def concept_name(concept: str, language: str) -> str:
    """The concept's own words; in Chinese the name of the metric that it states first."""
    own = words(concept)
    if language == "zh" and not concept.startswith("cas:") and (metric := _named_by().get(concept)):
        return metric.name("zh")
    return own


@cache
def _named_by() -> dict[str, Metric]:
    """Concept -> the metric that is stated by it before any other of the same standard."""
    found: dict[str, Metric] = {}
    for metric in catalogue():
        seen: set[str] = set()
        for name in metric.concept_names:
            prefix = name.partition(":")[0]
            if prefix not in seen and not metric.of:
                seen.add(prefix)
                found.setdefault(name, metric)
    return found


@cache
def _stated_by() -> dict[str, tuple[Metric, ...]]:
    found: dict[str, list[Metric]] = defaultdict(list)
    for metric in catalogue():
        for name in metric.concept_names:
            found[name].append(metric)
    return {name: tuple(metrics) for name, metrics in found.items()}


@cache
def _computed_from() -> dict[str, tuple[Metric, ...]]:
    """Metric -> the metrics whose formulas read it."""
    found: dict[str, dict[str, Metric]] = defaultdict(dict)
    for metric in catalogue():
        for formula in metric.formulas:
            for name in formula_names(formula):
                found[name][metric.code] = metric
    return {name: tuple(metrics.values()) for name, metrics in found.items()}


def metrics_fed(concept: str) -> tuple[tuple[Metric, ...], tuple[Metric, ...]]:
    """The metrics that a concept states, and those that are computed from these."""
    direct = _stated_by().get(concept, ())
    computed = {
        one.code: one
        for metric in direct
        for one in _computed_from().get(metric.code, ())
        if one not in direct
    }
    return direct, tuple(sorted(computed.values(), key=_known_best))


def _known_best(metric: Metric) -> int:
    """Those that the pages offer come first, in their order."""
    offered = [code for codes in GROUPS.values() for code in codes]
    return offered.index(metric.code) if metric.code in offered else len(offered)


def dims_words(dims: Dims) -> list[tuple[str, str]]:
    """Axes and members in words: us-gaap:StatementBusinessSegmentsAxis -> Statement Business Segments."""
    return [(_plain(axis, "Axis"), _plain(member, "Member")) for axis, member in dims]


def dims_text(dims: Dims) -> str:
    return "; ".join(f"{axis}: {member}" for axis, member in dims_words(dims))


def _plain(name: str, ending: str) -> str:
    return words(name.removesuffix(ending))
