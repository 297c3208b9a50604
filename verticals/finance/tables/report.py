"""The filing that a report without XBRL makes up: its cover, and the figures of its statements."""

import re
from collections import Counter
from datetime import date
from typing import Any

from collegium.sdk.parsing import ParsedDocument
from verticals.finance.facts.fact import Filing, ReadFiling
from verticals.finance.recognise import cover_text, report_recognise
from verticals.finance.tables.cas_periods import report_period
from verticals.finance.tables.cas_segments import segment_facts
from verticals.finance.tables.cas_statements import cas_facts
from verticals.finance.tables.en_columns import cover_period
from verticals.finance.tables.en_statements import en_facts, has_statements
from verticals.finance.tables.presented import statements_presented

_CHINESE_STATEMENTS = re.compile(r"资产负债表|利润表|现金流量表")
_IFRS = re.compile(r"International Financial Reporting Standards|\bIFRSs?\b")
_PERIOD = re.compile(r"FY(\d{4})|(\d{4})(Q[1-4]|H1|9M)")
CHARS_MAX = 300


def report_filing(parsed: ParsedDocument, file_name: str) -> ReadFiling | None:
    """The filing with its facts; None where no statement was found that can be read."""
    if not any(_CHINESE_STATEMENTS.search(block.text) for block in parsed.blocks):
        return _english_filing(parsed, file_name) if has_statements(parsed.blocks) else None
    cover = report_recognise(parsed, file_name)
    year, period = _period(str(cover.get("period") or ""))
    facts = cas_facts(parsed.blocks, year=year, period=period)
    tables = max((fact.locator["table"] for fact in facts), default=0)
    facts += segment_facts(parsed.blocks, year=year, period=period, tables_before=tables)
    if not facts:
        return None
    return ReadFiling(
        filing=_filing(cover, year, period), facts=tuple(facts), statements=statements_presented(facts)
    )


def _english_filing(parsed: ParsedDocument, file_name: str) -> ReadFiling | None:
    """The filing of an English report: the taxonomy is the one that its text names, US GAAP by default."""
    text = cover_text(parsed)
    covered = cover_period(text)
    ifrs = _IFRS.search("\n".join(block.text for block in parsed.blocks)) is not None
    facts = en_facts(parsed.blocks, covered, ifrs=ifrs, currency="USD")
    if not facts:
        return None
    stated = report_recognise(parsed, file_name)
    year, period = _period(str(stated.get("period") or ""))
    end = covered.end if covered else None
    return ReadFiling(
        filing=Filing(
            entity=str(stated.get("company") or "")[:CHARS_MAX],
            ticker=str(stated.get("ticker") or "")[:20],
            form=str(stated.get("form") or "")[:40],
            period_end=end,
            fiscal_year=year,
            fiscal_period=period,
            fiscal_year_end=f"--{end:%m-%d}" if end and period == "FY" else "",
            currency=Counter(fact.unit for fact in facts).most_common(1)[0][0],
            gaap="IFRS" if ifrs else "US-GAAP",
            language="en",
        ),
        facts=tuple(facts),
    )


def _period(text: str) -> tuple[int | None, str]:
    """FY2023 -> 2023, FY; 2023Q3 -> 2023, Q3."""
    found = _PERIOD.fullmatch(text)
    if not found:
        return None, ""
    return (int(found[1]), "FY") if found[1] else (int(found[2]), found[3])


def _filing(cover: dict[str, Any], year: int | None, period: str) -> Filing:
    covered = report_period(year, period, instant=True)
    end: date | None = covered.end if covered else None
    return Filing(
        entity=str(cover.get("company") or "")[:CHARS_MAX],
        ticker=str(cover.get("ticker") or "")[:20],
        form=str(cover.get("form") or "")[:40],
        period_end=end,
        fiscal_year=year,
        fiscal_period=period,
        fiscal_year_end="--12-31",  # 会计法 第十一条: the fiscal year is the calendar year
        currency="CNY",
        gaap="CAS",
        language="zh",
    )
