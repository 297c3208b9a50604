"""The cells of an answer as text: their names, their figures, how they were computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from verticals.finance.answering.combined import shown_unit
from verticals.finance.answering.companies import PARENT_ONLY
from verticals.finance.answering.computed import Cell
from verticals.finance.answering.figures import exact, figure
from verticals.finance.answering.formula_words import formula_words
from verticals.finance.metrics.catalogue import Catalogue
from verticals.finance.metrics.formula import FormulaError, formula_parse
from verticals.finance.metrics.metric import UnitKind
from verticals.finance.metrics.units import is_money
from verticals.finance.metrics.value import Basis, Dims, MetricValue


@dataclass(frozen=True, slots=True)
class Words:
    """Writes names and figures in one language; `names` are what the companies are called."""

    metrics: Catalogue
    language: str
    names: Mapping[str, str]
    members: Mapping[str, str] = field(default_factory=dict)  # labels of members of dimensions

    @property
    def chinese(self) -> bool:
        return self.language == "zh"

    def entity(self, key: str) -> str:
        return self.names.get(key, key)

    def possessive(self, key: str) -> str:
        """A company's name as the owner of a figure, in English."""
        name = self.entity(key)
        return f"{name}'" if name.endswith("s") else f"{name}'s"

    def member(self, cell: Cell) -> str:
        """The segment, product or region of a cell, or empty."""
        return self.named(cell.dims, cell.member)

    def subject(self, cell: Cell) -> str:
        """What a cell of a ranking is of: a segment, product or region, else the company."""
        return self.member(cell) or self.entity(cell.entity)

    def named(self, dims: Dims, name: str) -> str:
        """The label of a member, where there is one, else a name made of its element's."""
        if dims == PARENT_ONLY:
            return "母公司" if self.chinese else "the parent company alone"
        return next((self.members[member] for _axis, member in dims if member in self.members), name)

    def metric(self, code: str, *, sentence: bool = True) -> str:
        """A metric's name; inside an English sentence it begins small unless it is an abbreviation."""
        name = self.metrics.get(code).name(self.language)
        first = name.split(" ")[0].split("-")[0]
        if sentence and not self.chinese and not any(one.isupper() for one in first[1:]) and len(first) > 1:
            return name[0].lower() + name[1:]
        return name

    def cell(self, cell: Cell, *, signed: bool = False) -> str:
        """The figure of a cell, or a dash."""
        if cell.value is None:
            return "–"
        return self.value(cell.value, shown_unit(self.metrics, cell.metric, cell.role), signed=signed)

    def value(self, value: MetricValue, kind: UnitKind | None = None, *, signed: bool = False) -> str:
        unit = kind or self.metrics.get(value.metric).unit
        return figure(value.value, value.unit, unit, self.language, signed=signed)

    def in_full(self, cell: Cell) -> str:
        """The figure, and for an amount that was rounded for reading, all its digits in brackets."""
        text = self.cell(cell)
        value = cell.value
        kind = shown_unit(self.metrics, cell.metric, cell.role)
        if value is None or not is_money(value.unit) or kind is not UnitKind.MONEY:
            return text
        full = exact(value.value, value.unit, self.language)
        if full == text:
            return text
        return f"{text}（{full}）" if self.chinese else f"{text} ({full.removeprefix(value.unit + ' ')})"

    def working(self, value: MetricValue) -> str:
        """How a value was computed, in names and figures: "profit ÷ revenue = USD 2 ÷ USD 8"; or empty."""
        if value.basis is Basis.REPORTED:
            return ""
        terms = next((note.data["terms"] for note in value.notes if note.code == "derived_flow"), None)
        if terms:
            return self._flow(value, terms)
        if not value.operands:
            return ""
        try:
            tree = formula_parse(value.formula)
        except FormulaError:
            return ""
        names, figures = formula_words(tree, value, self)
        return f"{names} = {figures}"

    def _flow(self, value: MetricValue, terms: tuple[tuple[int, str], ...]) -> str:
        """A derived flow: the periods that were added and subtracted, and their figures."""
        unit = self.metrics.get(value.metric).unit
        names, figures = [], []
        for (sign, name), term in zip(terms, value.operands, strict=True):
            mark = "-" if sign < 0 else "+"
            names.append(f"{mark} {name}")
            figures.append(f"{mark} {figure(term.value, term.unit, unit, self.language)}")
        return f"{' '.join(names).removeprefix('+ ')} = {' '.join(figures).removeprefix('+ ')}"
