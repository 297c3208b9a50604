"""Arithmetic questions over the tables of annual reports (TAT-QA), each with its own table as the document.

    python -m verticals.finance.evaluation.tatqa FOLDER

An answer is right where its value, rounded to two places and taken times its scale, equals the right one, as
the set's own script compares them; for numbers that script's F1 is the same as its exact match. Half of the
tables, by a hash, were not looked at while the reading of tables was built.
"""

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from verticals.finance.grids.grid import GridAnswer
from verticals.finance.grids.grid_answer import grid_answer
from verticals.finance.grids.grid_read import grid_read

SCALES = {
    "": Decimal(1),
    "thousand": Decimal(1000),
    "million": Decimal(10) ** 6,
    "billion": Decimal(10) ** 9,
    "percent": Decimal("0.01"),
}


@dataclass(slots=True)
class TableTally:
    questions: int = 0
    right: int = 0
    wrong: int = 0
    refused: int = 0
    value_right: int = 0  # the number is right, whatever its scale
    failures: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        share = self.right / self.questions if self.questions else 0.0
        given = self.right + self.wrong
        precise = self.right / given if given else 0.0
        return (
            f"{name:<22} questions {self.questions:>4}  exact match = F1 {share:.1%}  wrong {self.wrong:>3}"
            f"  refused {self.refused:>3}  right of those answered {precise:.1%}"
            f"  number right without its scale {self.value_right / max(1, self.questions):.1%}"
        )


@dataclass(frozen=True, slots=True)
class TableQuestion:
    text: str
    answer: Decimal
    scale: str
    source: str  # table, text or table-text
    derivation: str
    context: dict[str, Any]
    set_aside: bool


def questions_read(folder: Path) -> Iterator[TableQuestion]:
    """The arithmetic questions of the set."""
    with (folder / "tatqa_dataset_dev.json").open(encoding="utf-8") as text:
        contexts = json.load(text, parse_float=Decimal)
    for context in contexts:
        aside = int(hashlib.sha256(context["table"]["uid"].encode()).hexdigest(), 16) % 2 == 1
        for row in context["questions"]:
            if row["answer_type"] == "arithmetic":
                answer = Decimal(str(row["answer"]).replace(",", ""))
                yield TableQuestion(
                    row["question"],
                    answer,
                    row["scale"],
                    row["answer_from"],
                    row["derivation"],
                    context,
                    aside,
                )


def answer_of(question: TableQuestion) -> GridAnswer | None:
    """The program's answer, with the question's own table and the text around it."""
    around = " ".join(one["text"] for one in question.context["paragraphs"])
    return grid_answer(question.text, grid_read(question.context["table"]["table"], around=around))


def comparable(value: Decimal, scale: str) -> Decimal:
    """A value as the set's script compares it: rounded to two places, times its scale, to four places."""
    two = value.quantize(Decimal("0.01"), ROUND_HALF_UP)
    return (two * SCALES[scale]).quantize(Decimal("0.0001"), ROUND_HALF_UP)


def run(folder: Path) -> dict[str, TableTally]:
    """Every question answered and judged, by half."""
    tallies = {"built on": TableTally(), "set aside": TableTally()}
    for question in questions_read(folder):
        tally = tallies["set aside" if question.set_aside else "built on"]
        tally.questions += 1
        given = answer_of(question)
        right = comparable(question.answer, question.scale)
        if given is None:
            tally.refused += 1
            tally.failures.append(f"refused: {question.text} | {question.derivation} ({question.source})")
            continue
        same_value = comparable(given.value, "") == comparable(question.answer, "")
        tally.value_right += same_value
        if comparable(given.value, given.scale) == right:
            tally.right += 1
        else:
            tally.wrong += 1
            what = "scale" if same_value else "value"
            tally.failures.append(
                f"wrong {what}: {question.text} | gave {given.formula} {given.scale}"
                f" | right {question.derivation} {question.scale} ({question.source})"
            )
    return tallies


def main(folder: Path) -> None:
    for name, tally in run(folder).items():
        print(tally.line(name))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
