"""The figures of an answer as a table: companies and metrics down, periods across."""

from typing import Any

from verticals.finance.answering.combined import shown_unit
from verticals.finance.answering.computations import plain_text
from verticals.finance.answering.computed import Cell, Computed
from verticals.finance.answering.roles import ROLES
from verticals.finance.answering.shown import Words
from verticals.finance.questions.query import Op


def table(computed: Computed, words: Words) -> dict[str, Any] | None:
    """Columns and rows, or None where a sentence says it all."""
    cells = [cell for cell in computed.cells if cell.value is not None or cell.role in {"asked", "base"}]
    if len(cells) < 2:
        return None
    keys = {cell.period.code: cell.period for cell in cells}
    periods = sorted(keys.values(), key=lambda one: (one.year, one.last_quarter, one.quarters))
    rows: dict[tuple[str, ...], list[Cell]] = {}
    for cell in cells:
        role = "" if cell.role in {"asked", "base", "total"} else cell.role
        rows.setdefault((cell.entity, cell.metric, words.member(cell), role), []).append(cell)
    return {
        "columns": [
            {"key": "company", "label": "公司" if words.chinese else "Company"},
            {"key": "metric", "label": "指标" if words.chinese else "Metric"},
            *({"key": period.code, "label": period.label(words.language)} for period in periods),
        ],
        "rows": [_row(key, members, computed, words) for key, members in rows.items()],
    }


def _row(key: tuple[str, ...], cells: list[Cell], computed: Computed, words: Words) -> dict[str, Any]:
    entity, metric, member, role = key
    name = words.metric(metric, sentence=False)
    label = f"{name} – {ROLES[role][words.language]}" if role else name
    if member:
        label = f"{member} – {label}"
    found = {cell.period.code: _cell(cell, words) for cell in cells}
    if computed.op is Op.RANK and cells[0].subject in computed.order:
        first = computed.query.rank.first if computed.query.rank else 1
        found["rank"] = {"text": str(computed.order.index(cells[0].subject) + first)}
    return {"company": words.entity(entity), "metric": label, "cells": found}


def _cell(cell: Cell, words: Words) -> dict[str, Any]:
    value = cell.value
    if value is None:
        return {"text": "–", "value": None, "unit": "", "inputs": []}
    return {
        "text": words.cell(cell, signed=cell.role in {"movement", "change"}),
        "value": plain_text(value.value),
        "unit": value.unit,
        "shown": str(shown_unit(words.metrics, cell.metric, cell.role)),
        "formula": value.formula,
        "inputs": list(value.inputs),
    }
