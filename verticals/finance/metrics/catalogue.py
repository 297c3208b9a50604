"""The metrics of definitions/*.yaml: read once, checked, and looked up by code."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from verticals.finance.metrics.formula import FormulaError, Node, formula_calls, formula_names, formula_parse
from verticals.finance.metrics.growth import metric_synthesise
from verticals.finance.metrics.metric import (
    Attribute,
    CatalogueError,
    Concept,
    Industry,
    Metric,
    MetricKind,
    UnitKind,
    UnknownMetric,
)

_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same in C, ten times as fast
DEFINITIONS = Path(__file__).parent / "definitions"
LANGUAGES = ("en", "zh")
PREFIXES = ("us-gaap", "ifrs-full", "cas", "dei")
GUARDS = frozenset({"cost_covers_revenue"})
_KEYS = {
    *LANGUAGES, *PREFIXES, "kind", "unit", "additive", "formula", "guard", "not_for", "only_for", "of", "by",
    "readings", "origin",
}  # fmt: skip
_CODE = re.compile(r"[a-z][a-z0-9_]*")
_CONCEPT = re.compile(r"(?P<name>\S.*?)(?:\s+(?P<since>\d{4})?-(?P<until>\d{4})?)?$")


class Catalogue:
    """Metrics by code, with the growth and the change of each, and the words that may mean several."""

    def __init__(
        self,
        metrics: Iterable[Metric],
        *,
        ambiguous: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None,
        attributes: Iterable[Attribute] = (),
        industries: Iterable[Industry] = (),
        axes: Mapping[str, tuple[str, ...]] | None = None,
        neutral_members: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.metrics: dict[str, Metric] = {}
        for metric in metrics:
            if metric.code in self.metrics:
                raise CatalogueError(f"{metric.code} is defined twice; rename one of the two")
            self.metrics[metric.code] = metric
        self.ambiguous = {language: dict((ambiguous or {}).get(language, {})) for language in LANGUAGES}
        self.attributes = {one.code: one for one in attributes}
        self.industries = {one.code: one for one in industries}
        self.axes = dict(axes or {})
        self.neutral_members = frozenset(neutral_members)
        self._synthesised: dict[str, Metric] = {}
        self._check()

    def __iter__(self) -> Iterator[Metric]:
        return iter(self.metrics.values())

    def __contains__(self, code: str) -> bool:
        return self._find(code) is not None

    def __len__(self) -> int:
        return len(self.metrics)

    def get(self, code: str) -> Metric:
        """The metric of a code; those ending in _growth, _change, _growth_qoq, _change_qoq are made here.

        Raises UnknownMetric.
        """
        if metric := self._find(code):
            return metric
        raise UnknownMetric(f"There is no metric '{code}'.")

    def _find(self, code: str) -> Metric | None:
        if code in self.metrics:
            return self.metrics[code]
        if code not in self._synthesised and (made := metric_synthesise(code, self.metrics)):
            self._synthesised[code] = made
        return self._synthesised.get(code)

    def concepts_needed(self, codes: Iterable[str]) -> frozenset[str]:
        """Every concept that may be read in computing these metrics, and those that tell industries apart."""
        seen: set[str] = set()
        waiting = list(codes)
        while waiting:
            code = waiting.pop()
            if code in seen:
                continue
            seen.add(code)
            metric = self.get(code)
            waiting.extend(name for formula in metric.formulas for name in formula_names(formula))
            waiting.extend([metric.of] if metric.of else [])
            waiting.extend(GUARD_NEEDS.get(metric.guard, ()))
        seen.add("cost_of_revenue")  # its absence tells a bank from a company that also takes deposits
        concepts = {name for code in seen if code in self for name in self.get(code).concept_names}
        return frozenset(concepts.union(*(one.concepts for one in self.industries.values())))

    def _check(self) -> None:
        for metric in self:
            named = [*metric.readings, *([metric.of] if metric.of else [])]
            named += [name for formula in metric.formulas for name in formula_names(formula)]
            if missing := [name for name in named if name not in self.metrics]:
                raise CatalogueError(f"{metric.code} names {missing[0]}, which is not defined")
            if unknown := (metric.not_for | metric.only_for) - self.industries.keys():
                raise CatalogueError(f"{metric.code} names the industry {min(unknown)}, which is not defined")
            if not metric.concepts and not metric.formulas and not metric.of:
                raise CatalogueError(f"{metric.code} has neither a concept nor a formula")
            for formula in metric.formulas:
                self._check_balances(metric, formula)
            if metric.by and metric.by not in self.axes:
                raise CatalogueError(f"{metric.code} is broken down by {metric.by}, which has no axes")
        for language in LANGUAGES:
            self._check_names(language)

    def _check_balances(self, metric: Metric, formula: Node) -> None:
        for function, operand in formula_calls(formula):
            flows = [
                name for name in formula_names(operand) if self.metrics[name].kind is not MetricKind.INSTANT
            ]
            if function in {"opening", "average"} and flows:
                raise CatalogueError(f"{metric.code} takes {function} of {flows[0]}, which is no balance")

    def _check_names(self, language: str) -> None:
        owners: dict[str, str] = {}
        declared = {name_key(name) for name in self.ambiguous[language]}
        for metric in self:
            for name in metric.names[language]:
                key = name_key(name)
                if key in declared:
                    raise CatalogueError(
                        f"'{name}' is a name of {metric.code} and declared ambiguous; keep one of the two"
                    )
                if owners.setdefault(key, metric.code) != metric.code:
                    raise CatalogueError(
                        f"'{name}' names both {owners[key]} and {metric.code}; declare it in readings.yaml"
                    )
        for name, codes in self.ambiguous[language].items():
            if missing := [code for code in codes if code not in self.metrics]:
                raise CatalogueError(f"'{name}' may mean {missing[0]}, which is not defined")


GUARD_NEEDS: dict[str, tuple[str, ...]] = {
    "cost_covers_revenue": (
        "operating_income", "operating_expenses", "total_operating_cost", "cost_of_goods", "cost_of_services",
    ),
}  # fmt: skip


def name_key(name: str) -> str:
    """A name as it is compared: without case, and with spaces where English writes hyphens."""
    return " ".join(name.lower().replace("-", " ").replace("’", "'").split())


@cache
def catalogue() -> Catalogue:
    """The catalogue that ships with the vertical."""
    return catalogue_read(DEFINITIONS)


def catalogue_read(folder: Path) -> Catalogue:
    """Read and check the definitions of a folder.

    Raises CatalogueError with the file and the metric that are wrong.
    """
    metrics: list[Metric] = []
    parts: dict[str, Any] = {"ambiguous": {}, "attributes": [], "industries": [], "axes": {}, "neutral": []}
    for path in sorted(folder.glob("*.yaml")):
        try:
            data = yaml.load(path.read_text(encoding="utf-8"), Loader=_SafeLoader)  # noqa: S506 (safe)
            metrics.extend(_metrics(data))
            _parts_add(parts, data)
        except (CatalogueError, yaml.YAMLError, ValueError, KeyError, TypeError) as problem:
            raise CatalogueError(f"{path.name}: {problem}") from problem
    return Catalogue(
        metrics,
        ambiguous=parts["ambiguous"],
        attributes=parts["attributes"],
        industries=parts["industries"],
        axes=parts["axes"],
        neutral_members=parts["neutral"],
    )


def _metrics(data: Mapping[str, Any]) -> Iterator[Metric]:
    origins, defaults = data.get("origins", {}), data.get("defaults", {})
    for code, row in data.get("metrics", {}).items():
        try:
            yield _metric(code, {**defaults, **row}, origins)
        except (CatalogueError, FormulaError, ValueError, KeyError) as problem:
            raise CatalogueError(f"{code}: {problem}") from problem


def _metric(code: str, row: Mapping[str, Any], origins: Mapping[str, str]) -> Metric:
    if not _CODE.fullmatch(code):
        raise CatalogueError("a code is written in lower case letters, digits and underscores")
    if unknown := sorted(row.keys() - _KEYS):
        raise CatalogueError(f"there is no key '{unknown[0]}'")
    kind, unit = MetricKind(row["kind"]), UnitKind(row["unit"])
    concepts = tuple(_concept(prefix, text) for prefix in PREFIXES for text in row.get(prefix, ()))
    formulas = _formulas(row.get("formula", ()))
    sources = {prefix for prefix in PREFIXES if row.get(prefix)} | ({"formula"} if formulas else set())
    origin = {**{key: origins[key] for key in sources if key in origins}, **row.get("origin", {})}
    if unsourced := {one.name.split(":")[0] for one in concepts} - origin.keys():
        raise CatalogueError(f"says not where its {min(unsourced)} names come from: add an origin")
    if (guard := row.get("guard", "")) and guard not in GUARDS:
        raise CatalogueError(f"there is no guard '{guard}'")
    return Metric(
        code=code,
        names={language: _names(row, language) for language in LANGUAGES},
        kind=kind,
        unit=unit,
        additive=bool(row.get("additive", kind is MetricKind.DURATION and unit is UnitKind.MONEY)),
        concepts=concepts,
        formulas=formulas,
        guard=guard,
        not_for=frozenset(row.get("not_for", ())),
        only_for=frozenset(row.get("only_for", ())),
        of=row.get("of", ""),
        by=row.get("by", ""),
        readings=tuple(row.get("readings", ())),
        origin=origin,
    )


def _formulas(written: str | list[str]) -> tuple[Node, ...]:
    return tuple(formula_parse(text) for text in ([written] if isinstance(written, str) else written))


def _names(row: Mapping[str, Any], language: str) -> tuple[str, ...]:
    names = tuple(row.get(language, ()))
    if not names or not all(isinstance(name, str) and name.strip() == name for name in names):
        raise CatalogueError(f"needs names in '{language}', each a text without spaces around it")
    return names


def _concept(prefix: str, text: str) -> Concept:
    match = _CONCEPT.fullmatch(text)
    if not match:
        raise CatalogueError(f"'{text}' is no concept")
    since, until = match["since"], match["until"]
    return Concept(f"{prefix}:{match['name']}", int(since) if since else None, int(until) if until else None)


def _parts_add(parts: dict[str, Any], data: Mapping[str, Any]) -> None:
    for language, rows in data.get("ambiguous", {}).items():
        parts["ambiguous"][language] = {name: tuple(codes) for name, codes in rows.items()}
    for code, row in data.get("attributes", {}).items():
        parts["attributes"].append(
            Attribute(code=code, names={language: _names(row, language) for language in LANGUAGES})
        )
    for code, row in data.get("industries", {}).items():
        names = {language: row[language] for language in LANGUAGES}
        parts["industries"].append(Industry(code=code, names=names, concepts=frozenset(row["concepts"])))
    parts["axes"] |= {by: tuple(axes) for by, axes in data.get("axes", {}).items()}
    for pair in data.get("neutral", ()):
        axis, member = pair.split("=")
        parts["neutral"].append((axis, member))
