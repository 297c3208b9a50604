"""Three fictional companies with filings in memory, asked in English and in Chinese."""

from datetime import datetime

from tests.verticals.finance.ledger import filing, stated
from tests.verticals.finance.questions.companies import TODAY
from verticals.finance.answering.composed import Composed, composed
from verticals.finance.answering.compute import compute
from verticals.finance.answering.computed import Computed
from verticals.finance.metrics.fact_source import KnownFact, MemoryFacts
from verticals.finance.questions.entities import Entity, EntityDirectory
from verticals.finance.questions.query import TypedQuery
from verticals.finance.questions.reading import question_read

NAMES = {
    "tarnbeck": "Tarnbeck Instruments",
    "vellora": "Vellora Foods",
    "jichuan": "霁川仪器",
    "oldbank": "Harrow Bank",
}
DIRECTORY = EntityDirectory(
    [
        Entity(key="tarnbeck", name="Tarnbeck Instruments plc", tickers=("TBK",)),
        Entity(key="vellora", name="Vellora Foods Company"),
        Entity(key="jichuan", name="霁川仪器股份有限公司", names=("霁川仪器",)),
        Entity(key="oldbank", name="Harrow Bank plc", names=("Harrow Bank",)),
    ]
)
SEGMENTS = "us-gaap:StatementBusinessSegmentsAxis"
NINE_MONTHS, HALF = "2023-01-01/2023-09-30", "2023-01-01/2023-06-30"


def _tarnbeck() -> list[KnownFact]:
    """Years 2021 to 2023 and two quarters of 2024; two segments with revenue and cost."""
    found: list[KnownFact] = []
    years = {2021: (800, 520, 60, 300), 2022: (1000, 600, 90, 340), 2023: (1200, 690, 130, 420)}
    for year, (revenue, cost, profit, equity) in years.items():
        source = filing(f"{year}-12-31", year, entity="tarnbeck")
        span = f"{year}-01-01/{year}-12-31"
        flows = {
            "Revenues": revenue, "CostOfRevenue": cost, "OperatingIncomeLoss": profit + 40, "NetIncomeLoss": profit,
            "ResearchAndDevelopmentExpense": revenue // 10, "SellingGeneralAndAdministrativeExpense": 150,
            "NetCashProvidedByUsedInOperatingActivities": profit + 50, "PaymentsToAcquirePropertyPlantAndEquipment": 45,
        }  # fmt: skip
        found += stated(source, span, {name: value * 1_000_000 for name, value in flows.items()}, decimals=-6)
        found += stated(source, span, {"EarningsPerShareDiluted": f"{profit / 100:.2f}"}, unit="USD/shares")
        balances = {"Assets": equity * 2, "StockholdersEquity": equity, "InventoryNet": equity // 4}
        found += stated(
            source,
            f"{year}-12-31",
            {name: value * 1_000_000 for name, value in balances.items()},
            decimals=-6,
        )
        for member, share, part in (
            ("x:OpticsMember", revenue - 300, cost - 240),
            ("x:LabServicesMember", 300, 240),
        ):
            figures = {"Revenues": share * 1_000_000, "CostOfRevenue": part * 1_000_000}
            found += stated(source, span, figures, dims=((SEGMENTS, member),), decimals=-6)
    for part, dates, revenue in (("Q1", "2024-01-01/2024-03-31", 320), ("Q2", "2024-01-01/2024-06-30", 660)):
        source = filing(dates[-10:], 2024, part, entity="tarnbeck")
        found += stated(source, dates, {"Revenues": revenue * 1_000_000}, decimals=-6)
        before = dates.replace("2024", "2023")
        found += stated(source, before, {"Revenues": (revenue - 40) * 1_000_000}, decimals=-6)
    return found


def _vellora() -> list[KnownFact]:
    found: list[KnownFact] = []
    for year, revenue, cost in ((2022, 5000, 4100), (2023, 5200, 4200)):
        source = filing(f"{year}-06-30", year, fiscal_year_end="--06-30", entity="vellora")
        span = f"{year - 1}-07-01/{year}-06-30"
        found += stated(
            source, span, {"Revenues": revenue * 1_000_000, "CostOfRevenue": cost * 1_000_000}, decimals=-6
        )
    return found


def _bank() -> list[KnownFact]:
    source = filing("2023-12-31", 2023, entity="oldbank")
    return [
        *stated(
            source, "2023-01-01/2023-12-31", {"Revenues": 900_000_000, "NoninterestExpense": 500_000_000}
        ),
        *stated(source, "2023-12-31", {"Deposits": 8_000_000_000}),
    ]


def jichuan(*, half_year: bool) -> list[KnownFact]:
    """A third-quarter report that states the year to date, with or without the half-year report before it."""
    own = {"gaap": "CAS", "currency": "CNY", "language": "zh", "entity": "jichuan"}
    report = filing("2023-09-30", 2023, "Q3", form="第三季度报告", **own)
    found = stated(report, NINE_MONTHS, {"营业收入": "294677250600", "营业成本": "230096038100"})
    if half_year:
        earlier = filing("2023-06-30", 2023, "Q2", form="半年度报告", **own)
        found += stated(earlier, HALF, {"营业收入": "189246041200", "营业成本": "148343209600"})
    return found


def source(*, half_year: bool = False) -> MemoryFacts:
    return MemoryFacts([*_tarnbeck(), *_vellora(), *_bank(), *jichuan(half_year=half_year)])


def computed(
    text: str, previous: TypedQuery | None = None, *, half_year: bool = False, as_of: datetime | None = None
) -> Computed:
    query = question_read(text, DIRECTORY, today=TODAY, previous=previous)
    return compute(query, source(half_year=half_year), list(NAMES), as_of=as_of)


def answered(text: str, *, half_year: bool = False) -> Composed:
    return composed(computed(text, half_year=half_year), NAMES)
