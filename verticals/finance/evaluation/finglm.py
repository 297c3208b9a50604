"""Questions over Chinese annual reports (FinGLM), against the operands and answers that the set gives.

    python -m verticals.finance.evaluation.finglm FOLDER

Two sources of facts are tried: the operands that the set names as right for each question, all questions'
operands together, and the set's own extraction of the statements. A question counts as held by a source where
its operands are there. Half of the questions, by a hash of their text, were not looked at while the reading
of questions was built; both halves are reported.
"""

import sys
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from pathlib import Path

from verticals.finance.answering.compute import compute
from verticals.finance.answering.computed import Computed
from verticals.finance.evaluation.finglm_data import (
    FinglmQuestion,
    directory_read,
    gold_facts,
    metric_named,
    questions_read,
    statement_facts,
)
from verticals.finance.metrics.fact_source import MemoryFacts
from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.questions.metric_words import metric_words
from verticals.finance.questions.normalise import spaced
from verticals.finance.questions.query import AskedPeriod, Op, TypedQuery
from verticals.finance.questions.reading import question_read

TODAY = date(2023, 7, 1)  # when the set was made
FACTS_ASKED = ("1", "1-2")
CALCULATED = "2-1"
SAME = Decimal("0.000001")


@dataclass(slots=True)
class Tally:
    """Counts of one half and kind of questions."""

    questions: int = 0
    held: int = 0  # the source holds every operand, with the value that the set names as right
    differs: int = 0  # the source holds other values than the set names as right
    unanswerable: int = 0  # the set says that there is no answer
    right: int = 0
    wrong: int = 0
    refused: int = 0
    company: int = 0
    year: int = 0
    metric: int = 0
    failures: list[str] = field(default_factory=list)

    def line(self, name: str) -> str:
        share = f"{self.right / self.held:.1%}" if self.held else "-"
        return (
            f"{name:<34} questions {self.questions:>4}  held {self.held:>4}  right {self.right:>4} ({share})"
            f"  wrong {self.wrong:>3}  refused {self.refused:>3}  source differs {self.differs:>3}"
        )


def numbers_of(computed: Computed) -> list[Decimal]:
    """The figures that an answer gives for what was asked."""
    wanted = {"movement"} if computed.op in {Op.YOY, Op.QOQ, Op.GROWTH} else {"asked", "ratio"}
    return [cell.value.value for cell in computed.cells if cell.role in wanted and cell.value is not None]


def agree(given: Decimal, right: Decimal, *, percent: bool) -> bool:
    """Whether a figure, rounded to as many places as the right one has, equals it."""
    exponent = right.as_tuple().exponent
    assert isinstance(exponent, int)
    shown = given * 100 if percent else given
    return shown.quantize(Decimal(1).scaleb(min(0, exponent)), ROUND_HALF_UP) == right


def is_right(question: FinglmQuestion, computed: Computed) -> bool:
    """Whether every number asked for is there, and no more of them."""
    given = numbers_of(computed)
    return len(given) == len(question.answers) and all(
        agree(number, right, percent=percent)
        for number, (right, percent) in zip(given, question.answers, strict=True)
    )


class Held(StrEnum):
    """Whether a source has the operands of a question."""

    ABSENT = "absent"
    DIFFERS = "differs"
    HELD = "held"


def held_by(question: FinglmQuestion, source: MemoryFacts) -> Held:
    """Whether a source holds every operand of a question, stated or derived, with the value of the set."""
    if not question.operands or not question.answers:
        return Held.ABSENT
    same = True
    for name, value in question.operands.items():
        year = question.year - 1 if name.startswith("上年") else question.year
        code = metric_named(name.removeprefix("上年"))
        if code is None:
            return Held.ABSENT
        asked = AskedPeriod(named=FiscalPeriod(year))
        query = TypedQuery(
            text="", language="zh", entities=(question.company,), metrics=(code,), periods=(asked,)
        )
        found = compute(query, source, ()).cells[0].value
        if found is None:
            return Held.ABSENT
        same = same and abs(found.value - value) <= abs(value) * SAME
    return Held.HELD if same else Held.DIFFERS


def metric_understood(question: FinglmQuestion, query: TypedQuery) -> bool:
    """Whether the metrics read are those asked for, by the names that the catalogue gives them."""
    grown = query.op in {Op.YOY, Op.GROWTH}
    expected = []
    for name in question.asked:
        base = name.removesuffix("增长率") if grown else name
        expected.append(metric_named(base) or attribute_named(base))
    return None not in expected and set(expected) == {*query.metrics, *query.attributes}


def attribute_named(name: str) -> str | None:
    found = metric_words().find(name, spaced(name))
    return next((span.value.attribute for span in found.spans if span.value.attribute), None)


def run(folder: Path) -> dict[str, dict[str, Tally]]:
    """Read, compute and judge every question; by source of facts and by kind and half."""
    questions = questions_read(folder)
    directory = directory_read(folder)
    sources = {"gold operands": gold_facts(questions), "statement tables": statement_facts(folder, directory)}
    tallies: dict[str, dict[str, Tally]] = {name: defaultdict(Tally) for name in ("reading", *sources)}
    for question in questions:
        query = question_read(question.text, directory, today=TODAY)
        half = "set aside" if question.set_aside else "built on"
        kind = (
            "basic facts"
            if question.kind in FACTS_ASKED
            else {CALCULATED: "calculations"}.get(question.kind, "")
        )
        if kind and question.answerable and query.op is not Op.RANK:
            _count_reading(tallies["reading"][f"{kind}, {half}"], question, query)
        for name, source in sources.items():
            if kind and (question.answers or not question.answerable):
                _count_answer(tallies[name][f"{kind}, {half}"], question, query, source)
    return tallies


def _count_reading(tally: Tally, question: FinglmQuestion, query: TypedQuery) -> None:
    tally.questions += 1
    tally.company += query.entities == (question.company,)
    tally.year += {one.named.year for one in query.periods if one.named} == {question.year}
    right = metric_understood(question, query)
    tally.metric += right
    if not right or query.entities != (question.company,):
        tally.failures.append(f"{question.text} -> {query.entities} {query.metrics} {query.attributes}")


def _count_answer(tally: Tally, question: FinglmQuestion, query: TypedQuery, source: MemoryFacts) -> None:
    tally.questions += 1
    computed = compute(query, source, ())
    held = held_by(question, source) if question.answerable else Held.ABSENT
    tally.held += held is Held.HELD
    tally.differs += held is Held.DIFFERS
    tally.unanswerable += not question.answerable
    given = numbers_of(computed)
    if not given or len(given) < len(question.answers):
        tally.refused += 1
        if held is Held.HELD:
            tally.failures.append(f"refused: {question.text} {query.metrics} {query.op}")
    elif is_right(question, computed):
        tally.right += held is Held.HELD
    elif held is not Held.DIFFERS and question.answerable:
        tally.wrong += 1
        tally.failures.append(f"wrong: {question.text} gave {given}, right {question.answers}")


def main(folder: Path) -> None:
    tallies = run(folder)
    for name, tally in sorted(tallies["reading"].items()):
        parts = ("company", "year", "metric")
        shares = "  ".join(f"{part} {getattr(tally, part) / tally.questions:.1%}" for part in parts)
        print(f"reading: {name:<26} questions {tally.questions:>4}  {shares}")
    for source in tallies:
        if source != "reading":
            for name, tally in sorted(tallies[source].items()):
                print(tally.line(f"{source}: {name}"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
