"""The statements of an inline filing that comes without linkbases: as the tables that people read show them.

A table is a statement where a title says so and most of its figures are tagged; its lines keep their own
words, their order, and the sign with which they are printed.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace

from collegium.sdk.parsing import Block, block_starts
from verticals.finance.facts.fact import Dims, Fact, ReadFiling, Row, Statement

CONCEPTS_LEAST = 5
WHOLE_SHARE = 0.5  # of a statement's figures that are of the whole entity; the rest are lines by product
TITLE_BLOCKS = 8  # how far above its table a title may stand
TITLE_CHARS = 120
STATEMENTS_MOST = 20
ROWS_MOST = 400
LABEL_CHARS = 300
_TITLE = re.compile(
    r"\bstatements? of\b|\bbalance sheets?\b|\bincome statements?\b|\bcash flow|\bfinancial position\b"
    r"|资产负债表|利润表|现金流量表|损益表|财务状况表|全面收益表",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_TOTAL = re.compile(r"total\b|合计|总计|总额", re.IGNORECASE)
_OPENING = re.compile(r"\bbeginning\b|期初|年初", re.IGNORECASE)
_SENTENCE_ENDS = (".", ":", ";", "。", "：", "；")
_PRINTED = re.compile(r"\d[\d,.]*")
_NEGATIVE = re.compile(r"[(（\-–−]\s*[$€£¥￥]?\s*$")

Placed = tuple[int, int, Fact]  # characters of the version's whole text, and the fact that stands there


def statements_added(filings: Sequence[ReadFiling], blocks: Sequence[Block]) -> tuple[ReadFiling, ...]:
    """The filings, those without statements with the ones that their tables show."""
    return tuple(
        read if read.statements else replace(read, statements=statements_shown(read.facts, blocks))
        for read in filings
    )


def statements_shown(facts: Sequence[Fact], blocks: Sequence[Block]) -> tuple[Statement, ...]:
    """The statements among the tables of a document whose facts have their places."""
    placed = sorted(
        ((fact.locator["start"], fact.locator["end"], fact) for fact in facts if "start" in fact.locator),
        key=lambda one: one[:2],
    )
    starts = [one[0] for one in placed]
    found: dict[tuple[Row, ...], str] = {}  # three months and then six are one statement of more columns
    lines = _Lines()
    for number, (block, at) in enumerate(zip(blocks, block_starts(blocks), strict=True)):
        if block.kind != "table" or at is None or not placed:
            continue
        inside = placed[bisect_left(starts, at) : bisect_left(starts, at + len(block.text))]
        if not _is_statement(inside) or not (title := _title(blocks, number)):
            continue
        rows = tuple(lines.rows(block.text, [(start - at, end - at, fact) for start, end, fact in inside]))
        found.setdefault(rows[:ROWS_MOST], _told_apart(title, list(found.values())))
    statements = [Statement(title=title, rows=rows) for rows, title in found.items()]
    return tuple(statements[:STATEMENTS_MOST])


def _is_statement(inside: Sequence[Placed]) -> bool:
    whole = [fact.concept for _start, _end, fact in inside if not fact.dims]
    return len(set(whole)) >= CONCEPTS_LEAST and len(whole) >= WHOLE_SHARE * len(inside)


def _title(blocks: Sequence[Block], number: int) -> str:
    """The nearest short text above a table that names a statement, not beyond the table before."""
    for block in reversed(blocks[max(0, number - TITLE_BLOCKS) : number]):
        if block.kind == "table" and block.marks:
            return ""
        text = " ".join(block.text.split())
        if len(text) <= TITLE_CHARS and not text.endswith(_SENTENCE_ENDS) and _TITLE.search(text):
            return text
    return ""


def _told_apart(title: str, before: Sequence[str]) -> str:
    """The title, numbered where others of that name came before."""
    same = sum(one == title or one.startswith(f"{title} (") for one in before)
    return f"{title} ({same + 1})" if same else title


class _Lines:
    """Reads the lines of one statement after another, and remembers what their labels stand for.

    A figure that a filing states twice is tagged once more where it is printed again, and these tags were put
    together: such a line is known by its label and its digits from the statement before.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[Row, set[str]]] = {}  # label -> line, digits of its figures

    def rows(self, text: str, inside: Sequence[Placed]) -> Iterator[Row]:
        """The lines with figures, and the headings among them; column headings are no lines."""
        lines = _lines(text, inside)
        first = next((number for number, one in enumerate(lines) if one[2]), len(lines))
        dated = [number for number, one in enumerate(lines[:first]) if _YEAR.search(one[1])]
        under = False
        for at, line, figures in lines[dated[-1] + 1 if dated else 0 :]:
            label = _label(line, [start - at for start, _end, _fact in figures])
            if not label:
                continue
            if figures:
                row = self._tagged(text, label, figures, under)
            elif any(one.isdigit() for one in line[len(label) :]):
                row = self._repeated(line, label, under)
            else:
                under, row = True, Row(label=label)
            if row is not None:
                yield row

    def _tagged(self, text: str, label: str, figures: Sequence[Placed], under: bool) -> Row | None:
        known = _known(figures)
        if known is None:
            return None
        total = _TOTAL.match(label) is not None or label.endswith(("合计", "总计"))
        role = _role(label, total, _is_negated(text, figures))
        row = Row(label=label, concept=known[0], depth=int(under and not total), role=role, dims=known[1])
        digits = {_digits(f"{fact.value:f}") for _start, _end, fact in figures if fact.value}
        self._known.setdefault(label.casefold(), (row, digits))
        return row

    def _repeated(self, line: str, label: str, under: bool) -> Row | None:
        row, digits = self._known.get(label.casefold(), (None, set()))
        printed = {_digits(one) for one in _PRINTED.findall(line[len(label) :])}
        return replace(row, depth=int(under)) if row and digits & printed else None


def _lines(text: str, inside: Sequence[Placed]) -> list[tuple[int, str, list[Placed]]]:
    """Where each line of a table starts, its text, and its figures."""
    lines = []
    at = 0
    for line in text.split("\n"):
        lines.append((at, line, [one for one in inside if at <= one[0] < at + len(line)]))
        at += len(line) + 1
    return lines


def _digits(text: str) -> str:
    """What is left of a number without its scale: 59,972 and 59972000000 are the same."""
    return "".join(one for one in text if one.isdigit()).strip("0")


def _label(line: str, starts: Sequence[int]) -> str:
    """The words of a line before its first figure, as far as they are one cell."""
    words = line[: min(starts)] if starts else line
    return words.strip(" |").split(" | ")[0].strip(" $€£¥￥(（")[:LABEL_CHARS].strip()


def _known(figures: Sequence[Placed]) -> tuple[str, Dims] | None:
    """Concept and dimensions of a line, where all of its figures share them."""
    kinds = {(fact.concept, fact.dims) for _start, _end, fact in figures}
    if len(kinds) > 1:
        kinds = {kind for kind in kinds if not kind[1]}
    return kinds.pop() if len(kinds) == 1 else None


def _is_negated(text: str, figures: Sequence[Placed]) -> bool:
    """Whether the line's figures are printed with the opposite sign of what they are tagged with."""
    told = [
        (_NEGATIVE.search(text[max(0, start - 4) : start]) is not None, fact.value < 0)
        for start, _end, fact in figures
        if fact.value
    ]
    return bool(told) and sum(printed != tagged for printed, tagged in told) * 2 > len(told)


def _role(label: str, total: bool, negated: bool) -> str:
    if _OPENING.search(label):
        return "negatedPeriodStartLabel" if negated else "periodStartLabel"
    if total:
        return "negatedTotalLabel" if negated else "totalLabel"
    return "negatedLabel" if negated else ""
