"""Words to search by for what has none of its own: an instance's statements and notes, company facts."""

import html
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from collegium.sdk.parsing import Block, Mark, ParseLimits, ParseProblem, SourceFile, files_parse
from verticals.finance.facts.fact import Fact, Period, ReadFiling, Row
from verticals.finance.facts.figures import figure_text
from verticals.finance.xbrl.cover import MAIN_SHARE
from verticals.finance.xbrl.linkbases import Linkbases, words
from verticals.finance.xbrl.package import HTML
from verticals.finance.xbrl.raw_fact import RawFact

COLUMNS_MAX = 4
PERIODS_SHOWN = 12
NOTE_CHARS = 400  # a text longer than that, with markup, is a section of the report
CELL = " | "


def period_text(period: Period) -> str:
    start = f"{period.start.isoformat()} to " if period.start else ""
    return f"{start}{period.end.isoformat()}"


def amount_text(fact: Fact) -> str:
    if fact.value is None:
        return "–"
    whole, dot, part = figure_text(fact.value).partition(".")
    return f"{int(whole):,}{dot}{part}" if whole.lstrip("-") != "0" else f"{whole}{dot}{part}"


@dataclass(slots=True)
class _Table:
    """A table that is being written: its text so far, and where in it figures stand."""

    text: str = ""
    marks: list[Mark] = field(default_factory=list)

    def figure(self, fact: Fact) -> None:
        shown = amount_text(fact)
        if element := fact.locator.get("element"):
            self.marks.append(Mark(element, len(self.text), len(self.text) + len(shown)))
        self.text += shown

    def blocks(self, title: str, anchor: str) -> list[Block]:
        heading = Block("heading", title, level=2, anchor=anchor)
        return [heading, Block("table", self.text, anchor=anchor, marks=tuple(self.marks))]


def figures_blocks(read: ReadFiling, linkbases: Linkbases) -> list[Block]:
    """The statements as tables, each under its title, then all other figures by their dimensions."""
    whole: dict[str, list[Fact]] = {}
    for fact in read.facts:
        if not fact.dims and not fact.is_duplicate:
            whole.setdefault(fact.concept, []).append(fact)
    blocks: list[Block] = []
    for number, statement in enumerate(read.statements, 1):
        table = _statement(statement.rows, whole)
        if table.text:
            blocks += table.blocks(statement.title, f"statement-{number}")
    shown = {mark.name for block in blocks for mark in block.marks}
    rest: dict[tuple[str, ...], list[Fact]] = {}
    for fact in read.facts:
        if not fact.locator.get("element") or fact.locator["element"] not in shown:
            rest.setdefault(tuple(axis for axis, _member in fact.dims), []).append(fact)
    for number, (axes, facts) in enumerate(rest.items(), 1):
        title = ", ".join(linkbases.label(axis) for axis in axes) or "Further figures"
        blocks += _listed(facts, linkbases).blocks(title, f"figures-{number}")
    return blocks


def _statement(rows: Sequence[Row], whole: Mapping[str, Sequence[Fact]]) -> _Table:
    """Lines of a label and its values: a column for each period that many lines have."""
    table = _Table()
    columns = _columns([fact for row in rows for fact in whole.get(row.concept, ())])
    if not columns:
        return table
    table.text = CELL.join(["", *map(period_text, columns)])
    for row in rows:
        stated = {fact.period: fact for fact in whole.get(row.concept, ())}
        if not row.concept:
            table.text += f"\n{row.label}"
        elif any(period in stated for period in columns):
            table.text += f"\n{row.label} ({next(iter(stated.values())).unit})"
            for period in columns:
                table.text += CELL
                if fact := stated.get(period):
                    table.figure(fact)
    return table


def _listed(facts: Sequence[Fact], linkbases: Linkbases) -> _Table:
    """One line for each figure: what it is, of which members, over which period."""
    table = _Table()
    for fact in facts:
        parts = [linkbases.label(fact.concept), *(linkbases.label(member) for _axis, member in fact.dims)]
        table.text += "\n" if table.text else ""
        table.text += f"{', '.join(parts)} ({fact.unit}){CELL}{period_text(fact.period)}{CELL}"
        table.figure(fact)
    return table


def _columns(facts: Sequence[Fact]) -> list[Period]:
    """The periods that many of the facts are about, the latest first."""
    counted = Counter(fact.period for fact in facts).most_common(COLUMNS_MAX)
    many = [period for period, count in counted if count >= MAIN_SHARE * counted[0][1]]
    return sorted(many, key=lambda period: (period.end, period.start or date.min), reverse=True)


def notes_blocks(
    facts: Sequence[RawFact], linkbases: Linkbases, folder: Path, limits: ParseLimits
) -> list[Block]:
    """The sections of text that an instance holds as marked-up facts, each once, under its label."""
    sections: list[str] = []
    seen: list[str] = []
    for fact in sorted(facts, key=lambda one: -len(one.text)):
        if fact.unit is not None or len(fact.text) < NOTE_CHARS or "<" not in fact.text:
            continue
        said = _letters(fact.text)
        if any(said in other for other in seen):
            continue  # a part of a longer section
        seen.append(said)
        sections.append(f"<h2>{html.escape(linkbases.label(fact.concept))}</h2><div>{fact.text}</div>")
    if not sections:
        return []
    page = folder / "notes.html"
    page.write_text(f"<html><body>{''.join(sections)}</body></html>", encoding="utf-8", errors="replace")
    try:
        return list(files_parse([SourceFile(page, page.name, HTML)], limits).blocks)
    except ParseProblem as problem:
        if problem.code == "no_text":
            return []
        raise


def _letters(markup: str) -> str:
    """What a text says without its markup, closed up, so that parts of it are found in it."""
    from lxml import html as lxml_html

    try:
        text = lxml_html.fragment_fromstring(markup, create_parent="div").text_content()
    except ValueError:
        text = markup
    return "".join(text.split())


def companyfacts_blocks(value: Mapping[str, Any], filings: Sequence[ReadFiling]) -> list[Block]:
    """For each concept its label, what it means, and its latest figures."""
    latest: dict[str, dict[tuple[str, Period], Fact]] = {}
    for read in filings:  # the latest filing comes first, and what it states stays
        for fact in read.facts:
            latest.setdefault(fact.concept, {}).setdefault((fact.unit, fact.period), fact)
    blocks = [Block("heading", str(value.get("entityName") or "Company facts")[:300], level=1, anchor="top")]
    for concept, stated in latest.items():
        taxonomy, _, local = concept.partition(":")
        about = value["facts"][taxonomy][local]
        label = about.get("label") or words(concept)
        facts = sorted(
            stated.values(), key=lambda fact: (fact.period.end, fact.period.start or date.min), reverse=True
        )
        lines = [
            f"{period_text(fact.period)}{CELL}{amount_text(fact)}{CELL}{fact.unit}"
            for fact in facts[:PERIODS_SHOWN]
        ]
        blocks.append(Block("heading", str(label)[:300], level=2, anchor=concept))
        if isinstance(about.get("description"), str):
            blocks.append(Block("text", about["description"][:2000], anchor=concept))
        blocks.append(Block("table", "\n".join(lines), anchor=concept))
    return blocks
