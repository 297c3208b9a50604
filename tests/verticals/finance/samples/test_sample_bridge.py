"""The margin bridge of the sample company, from the facts of each form: the parts are those of the table."""

from fractions import Fraction
from pathlib import Path

import pytest

from tests.sample_figures import value
from tests.verticals.finance.ledger import evaluator
from tests.verticals.finance.samples.test_reports import COMMITTED, read
from verticals.finance.answering.bridge import margin_bridges
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.fact_source import KnownFact
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.samples import make, tarnbeck

SEGMENTS = {
    "Laboratory": "laboratory",
    "Process Control": "process_control",
    "Field Service": "field_service",
}


def known(path: Path) -> list[KnownFact]:
    filing = read(path)
    return [
        KnownFact(id=str(at), entity="tarnbeck", filing=filing.filing, document=path.name, fact=fact)
        for at, fact in enumerate(filing.facts)
    ]


def wanted(segment: str) -> tuple[Fraction, Fraction]:
    """Rate and mix of a segment by their definition, from the table."""
    years = ("FY2023", "FY2024")
    sold = [Fraction(value("tarnbeck", f"revenue.{segment}", year)) for year in years]
    earned = [Fraction(value("tarnbeck", f"gross_profit.{segment}", year)) for year in years]
    all_sold = [Fraction(value("tarnbeck", "revenue", year)) for year in years]
    totals = [
        Fraction(value("tarnbeck", "gross_profit", year)) / all_
        for year, all_ in zip(years, all_sold, strict=True)
    ]
    weights = [one / all_ for one, all_ in zip(sold, all_sold, strict=True)]
    margins = [one / all_ for one, all_ in zip(earned, sold, strict=True)]
    rate = sum(weights) / 2 * (margins[1] - margins[0])
    return rate, (weights[1] - weights[0]) * (sum(margins) - sum(totals)) / 2


@pytest.mark.parametrize("form", ["committed", ".pdf", ".htm"])
def test_each_form_of_the_annual_report_has_what_the_bridge_by_segment_needs(tmp_path, form):
    report = tarnbeck.annual(2024)
    path = (
        COMMITTED if form == "committed" else tmp_path
    ) / f"{report.stem}{'.pdf' if form == 'committed' else form}"
    if form != "committed":
        path.write_bytes(make.report_files(report)[path.name])
    made = margin_bridges(
        catalogue(),
        evaluator(known(path)),
        "gross_margin",
        FiscalPeriod(2023, "FY"),
        FiscalPeriod(2024, "FY"),
    )
    assert made is not None and made.kind == "segment"
    assert {line.name: (line.rate, line.mix) for line in made.lines} == {
        name: wanted(segment) for name, segment in SEGMENTS.items()
    }
    assert sum(line.effect for line in made.lines) == made.change
