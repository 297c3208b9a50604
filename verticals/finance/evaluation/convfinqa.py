"""Conversations over tables of annual reports (ConvFinQA, development set), the table alone as the document.

    python -m verticals.finance.evaluation.convfinqa FOLDER

A turn is right where its number agrees with what the set's program for the turn comes to, to a tenth of a
per cent; a fraction and the same in per cent agree, as the set gives both. The last turn of each conversation
is what the set scores; all turns are counted too. Numbers have no partial matches: F1 is exact match. Half of
the conversations, by a hash, were set aside while this was built.
"""

import ast
import hashlib
import json
import operator
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from verticals.finance.grids.grid_dialogue import GridDialogue
from verticals.finance.grids.grid_read import grid_read

PRECISION = Decimal("0.001")
_RUN_ON = re.compile(r"\b(\d{1,2})((?:19|20)\d\d)\b")  # "december 312008"
_DASH = "2014"  # how the set's text writes a dash (its code point)
# words after which 2013 and 2014 are years, and not the code of a dash
_BEFORE_YEAR = [
    "in",
    "of",
    "for",
    "and",
    "fiscal",
    "year",
    "or",
    "to",
    "during",
    "since",
    "through",
    "the",
    "our",
    "ended",
    "by",
    "from",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "versus",
    "with",
    "compared",
]
_DASHED = re.compile(
    "((?:^|[a-z)]) ?)" + "".join(rf"(?<!\b{word} )" for word in _BEFORE_YEAR) + "(?:2013|2014) (?=[a-z(])"
)
_OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}  # fmt: skip


@dataclass(slots=True)
class DialogueTally:
    conversations: int = 0
    last_right: int = 0
    last_refused: int = 0
    turns: int = 0
    turns_right: int = 0
    turns_refused: int = 0
    in_table: int = 0  # conversations whose last turn needs figures of the table alone
    in_table_right: int = 0
    failures: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        return (
            f"{name:<12} conversations {self.conversations:>4}  last turn exact match = F1"
            f" {self.last_right / max(1, self.conversations):.1%} (right {self.last_right}, wrong"
            f" {self.conversations - self.last_right - self.last_refused}, not given {self.last_refused})"
            f"  where the table holds its figures"
            f" {self.in_table_right / max(1, self.in_table):.1%} of {self.in_table}"
            f"  all turns {self.turns_right / max(1, self.turns):.1%} of {self.turns} (right"
            f" {self.turns_right}, wrong {self.turns - self.turns_right - self.turns_refused}, not given"
            f" {self.turns_refused})"
        )


def program_value(program: str) -> Decimal | None:
    """What a program of the set comes to: assignments of sums, products and quotients of numbers."""
    names: dict[str, Decimal] = {}
    try:
        for statement in ast.parse(re.sub(r"(\d)%", r"\1/100", program)).body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                names[statement.targets[0].id] = _evaluated(statement.value, names)
    except (SyntaxError, ArithmeticError, ValueError, KeyError):
        return None
    return names.get("ans")


def _evaluated(node: ast.expr, names: dict[str, Decimal]) -> Decimal:
    match node:
        case ast.Constant(value=int() | float() as number):
            return Decimal(str(number))
        case ast.Name(id=name):
            return names[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_evaluated(operand, names)
        case ast.BinOp(left=left, op=op, right=right):
            first, second = _evaluated(left, names), _evaluated(right, names)
            return Decimal(_OPERATORS[type(op)](first, second))
    raise ValueError("not a program of the set")


def agrees(given: Decimal, right: Decimal) -> bool:
    """Whether two numbers are the same to a tenth of a per cent, in per cent or as fractions."""
    if not right:
        return abs(given) <= PRECISION
    return any(abs(given * factor - right) <= abs(right) * PRECISION for factor in (1, 100, Decimal("0.01")))


def rows_of(table: str) -> list[list[str]]:
    """The rows of a table as the set writes it: cells between bars, a dash as the code of its character."""
    rows = [[cell.strip() for cell in line.split("|")] for line in table.strip().split("\n")]
    rows = [[re.sub(r"(?<=[a-z) ])(?:2013|2014)(?=[a-z])", "—", cell) for cell in row] for row in rows]
    rows[0] = [_RUN_ON.sub(r"\1 \2", cell) for cell in rows[0]]
    return [
        [
            ("—" if cell == _DASH and at and column else "" if cell == "-" and not column else cell)
            for column, cell in enumerate(row)
        ]
        for at, row in enumerate(rows)
    ]


def text_of(text: str) -> str:
    """The text around a table with the dashes, bullets and quotes that the set writes as their codes."""
    text = re.sub(r"\b2019s\b|(?<=s )2019(?= [a-z])", "'s", text)
    text = re.sub(r"(?:(?<=[.;:] )|(?<=[.;:])|^)2022 (?=[a-z])", "• ", text)
    text = re.sub(r"(?<=[a-z] )2022 (?=(?:upon|a|an|the) )", "• ", text)
    text = text.replace("201c", '"').replace("201d", '"')
    return _DASHED.sub(r"\1 — ", text)


def conversations_read(folder: Path) -> Iterator[tuple[dict[str, Any], bool]]:
    """The conversations, and whether each belongs to the half that was set aside."""
    with (folder / "convfinqa_dev_share.json").open(encoding="utf-8") as text:
        for row in json.load(text):
            yield row, int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 2 == 1


def run(folder: Path) -> dict[str, DialogueTally]:
    """Every conversation answered turn by turn and judged, by half."""
    tallies = {"built on": DialogueTally(), "set aside": DialogueTally()}
    for row, aside in conversations_read(folder):
        tally = tallies["set aside" if aside else "built on"]
        grid = grid_read(rows_of(row["table"]))
        dialogue = GridDialogue(grid, text_of(row["text"]))
        known = {abs(cell.value) for cell in grid.cells} | {cell.value / 100 for cell in grid.cells}
        right = False
        held = True
        told = []
        for question, program in zip(row["questions"], row["programs"], strict=True):
            expected = program_value(program)
            turn = dialogue.ask(question)
            right = turn is not None and expected is not None and agrees(turn.value, expected)
            held = held and _held(program, known)
            tally.turns += 1
            tally.turns_right += right
            tally.turns_refused += turn is None
            told.append(
                f"    {'ok ' if right else 'NO '} {question} "
                f"| gave {turn.formula if turn else None} | {program}"
            )
        tally.conversations += 1
        tally.last_right += right
        tally.last_refused += turn is None
        tally.in_table += held
        tally.in_table_right += right and held
        if not right:
            tally.failures.append(f"{row['id']} {'table' if held else 'text'}\n" + "\n".join(told))
    return tallies


def _held(program: str, known: set[Decimal]) -> bool:
    """Whether every figure of a program stands in the table; small whole numbers are counts, not figures."""
    numbers = [Decimal(one) for one in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", program)]
    return all(number in known or number in {1, 2, 3, 4, 5, 100, 1000, 1000000} for number in numbers)


def main(folder: Path) -> None:
    for name, tally in run(folder).items():
        print(tally.line(name))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
