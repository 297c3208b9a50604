"""The questions, companies, operands and statements of FinGLM, as the evaluation needs them."""

import csv
import hashlib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from verticals.finance.facts.fact import Fact, Filing, Period
from verticals.finance.metrics.catalogue import catalogue, name_key
from verticals.finance.metrics.fact_source import KnownFact, MemoryFacts
from verticals.finance.metrics.metric import MetricKind, UnitKind
from verticals.finance.questions.entities import Entity, EntityDirectory
from verticals.finance.questions.metric_words import metric_words
from verticals.finance.questions.normalise import spaced

_ABOUT = {"ent_name", "ent_short_name", "year", "key_word", "prom_answer", "公式"}
_NUMBER = re.compile(r"^-?[\d,]+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_NONE = "无|不|没有"  # the key words of questions that have no answer


@dataclass(frozen=True, slots=True)
class FinglmQuestion:
    number: int
    text: str
    kind: str
    company: str
    year: int
    asked: tuple[str, ...]  # what is asked for, in the set's words
    operands: dict[str, Decimal]  # the set's words for an operand -> value; "上年X" of the year before
    answers: tuple[tuple[Decimal, bool], ...]  # the right numbers, and whether they are percentages
    answerable: bool

    @property
    def set_aside(self) -> bool:
        """Whether the question belongs to the half that was not looked at."""
        return int(hashlib.sha256(self.text.encode()).hexdigest(), 16) % 2 == 1


def questions_read(folder: Path) -> list[FinglmQuestion]:
    """The questions of qa.jsonl that ask for figures or facts."""
    with (folder / "qa.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    companies = companies_read(folder)
    return [_question(row, companies) for row in rows if row["prompt"].get("ent_name")]


def _question(row: dict[str, Any], companies: dict[str, str]) -> FinglmQuestion:
    prompt = row["prompt"]
    operands = {
        name: number
        for name, text in prompt.items()
        if name not in _ABOUT and isinstance(text, str) and (number := _number(text)) is not None
    }
    words = prompt.get("key_word", "")
    formula = prompt.get("公式", "")
    asked = (formula.split("=")[0],) if formula else tuple(words.split("、")) if words else ()
    if row["type"] == "1" and len(operands) == 1:
        asked = tuple(operands)
    return FinglmQuestion(
        number=row["id"],
        text=row["question"],
        kind=row["type"],
        company=companies[prompt["ent_name"]],
        year=int(prompt.get("year") or 0),
        asked=asked,
        operands=operands,
        answers=tuple(_answers(prompt, asked, operands)),
        answerable=not words.startswith(_NONE) and bool(prompt.get("prom_answer")),
    )


def _answers(
    prompt: dict[str, Any], asked: Iterable[str], operands: dict[str, Decimal]
) -> Iterator[tuple[Decimal, bool]]:
    if prompt.get("公式"):
        text = prompt.get("prom_answer", "")
        number = _number(text)
        if number is not None:
            yield number, text.strip().endswith("%")
        return
    for name in asked:
        if name in operands:
            yield operands[name], False


def _number(text: str) -> Decimal | None:
    match = _NUMBER.match(text.strip())
    rest = text.strip()[match.end() :] if match else ""
    if not match or rest not in {"", "元", "%", "人", "万元", "元/股", "股"}:
        return None
    try:
        return Decimal(match.group().replace(",", ""))
    except InvalidOperation:
        return None


def companies_read(folder: Path) -> dict[str, str]:
    """Every full name of the questions with the one full name that stands for the company.

    The set writes the names of some companies in several ways; the short name tells that they are the same.
    """
    by_short: dict[str, str] = {}
    names: dict[str, str] = {}
    with (folder / "qa.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            name, short = row["prompt"].get("ent_name"), row["prompt"].get("ent_short_name")
            if name:
                names[name] = by_short.setdefault(short or name, names.get(name, name))
    return names


def directory_read(folder: Path) -> EntityDirectory:
    """Every company of the set, by the names of the questions and the short names of the statements."""
    names: dict[str, set[str]] = defaultdict(set)
    codes: dict[str, set[str]] = defaultdict(set)
    known: dict[str, str] = {}
    companies = companies_read(folder)
    with (folder / "qa.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            name, short = row["prompt"].get("ent_name"), row["prompt"].get("ent_short_name")
            if name:
                names[companies[name]].update({name, short or name})
                known[short or name] = companies[name]
    for row in _statement_rows(folder, "income_statement"):
        key = known.get(row["股票简称"], row["股票简称"])
        names[key].add(row["股票简称"])
        codes[key].add(row["股票代码"])
    return EntityDirectory(
        Entity(key=key, name=key, names=tuple(sorted(others)), tickers=tuple(sorted(codes[key])))
        for key, others in names.items()
    )


def _statement_rows(folder: Path, name: str) -> Iterator[dict[str, str]]:
    with (folder / "structured" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


def metric_named(name: str) -> str | None:
    """The metric of the catalogue that goes by a name of the set."""
    found = metric_words().find(name, spaced(name))
    whole = [span for span in found.spans if span.value.codes and span.length == len(name_key(name))]
    return whole[0].value.codes[0] if whole else None


def gold_facts(questions: Iterable[FinglmQuestion]) -> MemoryFacts:
    """The operands that the set gives for its questions, as facts of the companies' annual reports."""
    found: dict[tuple[str, int, str], KnownFact] = {}
    filings: dict[tuple[str, int], Filing] = {}
    for question in questions:
        for name, value in question.operands.items():
            year = question.year - 1 if name.startswith("上年") else question.year
            if fact := _fact(question.company, year, name.removeprefix("上年"), value, filings):
                found.setdefault((question.company, year, fact.fact.concept), fact)
    return MemoryFacts(found.values())


def statement_facts(folder: Path, directory: EntityDirectory) -> MemoryFacts:
    """The set's own extraction of the statements, as facts; empty cells state nothing."""
    keys = {name: one.key for one in directory.entities.values() for name in one.names}
    filings: dict[tuple[str, int], Filing] = {}
    found: list[KnownFact] = []
    for table in ("income_statement", "cash_flow_statement", "balance_sheet_totals"):
        for row in _statement_rows(folder, table):
            company = keys.get(row["股票简称"])
            year = row["报告年份"]
            if company is None or not year.isdigit():
                continue
            for name, text in row.items():
                number = _number(text or "") if name not in _ROW_HEADS else None
                if number is not None and (fact := _fact(company, int(year), name, number, filings)):
                    found.append(fact)
    return MemoryFacts(found)


_ROW_HEADS = {"报告年份", "信息来源", "股票代码", "股票简称", "年份", "证券代码", "证券简称"}


def _fact(
    company: str, year: int, name: str, value: Decimal, filings: dict[tuple[str, int], Filing]
) -> KnownFact | None:
    code = metric_named(name)
    if code is None:
        return None
    metric = catalogue().get(code)
    concept = next((one for one in metric.concept_names if one.startswith("cas:")), None)
    if concept is None:
        return None
    filing = filings.setdefault((company, year), _filing(company, year))
    instant = metric.kind is MetricKind.INSTANT
    unit = {UnitKind.MONEY: "CNY", UnitKind.MONEY_PER_SHARE: "CNY/shares", UnitKind.SHARES: "shares"}
    return KnownFact(
        id=f"{company}/{year}/{concept}",
        entity=company,
        filing=filing,
        fact=Fact(
            concept=concept,
            period=Period(start=None if instant else date(year, 1, 1), end=date(year, 12, 31)),
            unit=unit.get(metric.unit, "pure"),
            value=value,
            decimals=None,
            is_nil=False,
            dims=(),
            locator={},
        ),
    )


def _filing(company: str, year: int) -> Filing:
    return Filing(
        entity=company, identifier="", form="annual report", period_end=date(year, 12, 31), fiscal_year=year,
        fiscal_period="FY", fiscal_year_end="--12-31", currency="CNY", gaap="CAS", language="zh",
        accepted_at=None, amends="",
    )  # fmt: skip
