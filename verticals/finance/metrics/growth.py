"""The growth and the change of any metric, made on demand, to be ranked and compared like any other.

A flow, a balance or a per-share figure grows in per cent; a ratio changes by points (a percentage) or by its
own unit (times, days).
"""

from collections.abc import Mapping

from verticals.finance.metrics.formula import Binary, Call, Name, Node
from verticals.finance.metrics.metric import Metric, MetricKind, UnitKind

# suffix -> (function that shifts the period, divided by the earlier value, names)
_FORMS: dict[str, tuple[str, bool, dict[str, str]]] = {
    "_growth_qoq": ("previous", True, {"en": "{} growth on the previous period", "zh": "{}环比增长率"}),
    "_change_qoq": ("previous", False, {"en": "change of {} on the previous period", "zh": "{}环比变动"}),
    "_growth": ("prior", True, {"en": "{} growth", "zh": "{}增长率"}),
    "_change": ("prior", False, {"en": "change of {}", "zh": "{}变动额"}),
}


def metric_synthesise(code: str, metrics: Mapping[str, Metric]) -> Metric | None:
    """The metric of a code such as `revenue_growth`, or None where it is no such code."""
    for suffix, (shift, divided, names) in _FORMS.items():
        base = metrics.get(code.removesuffix(suffix)) if code.endswith(suffix) else None
        if base is not None:
            now, before = Name(base.code), Call(shift, Name(base.code))
            difference: Node = Binary("-", now, before)
            return Metric(
                code=code,
                names={lang: (text.format(base.name(lang)),) for lang, text in names.items()},
                kind=MetricKind.RATIO,
                unit=UnitKind.PERCENT if divided else changed_unit(base.unit),
                additive=False,
                formulas=(Binary("/", difference, before) if divided else difference,),
                not_for=base.not_for,
                only_for=base.only_for,
                origin={"formula": "(x - earlier x) / earlier x" if divided else "x - earlier x"},
            )
    return None


def changed_unit(unit: UnitKind) -> UnitKind:
    """In what a difference of two values is counted: of percentages, points."""
    return UnitKind.POINTS if unit is UnitKind.PERCENT else unit


def movement_code(metric: Metric, *, quarter: bool = False) -> str:
    """The code of the movement that people mean by growth: a rate, or for a ratio the change."""
    ratio = metric.kind is MetricKind.RATIO and metric.unit is not UnitKind.MONEY
    return metric.code + ("_change" if ratio else "_growth") + ("_qoq" if quarter else "")
