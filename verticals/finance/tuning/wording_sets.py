"""Public questions over reports as wording: figures and quotations in, the set's own answer out.

TAT-QA and ConvFinQA measure, and train what a benchmark compares; no recipe reads them. What has to be
computed is given as a computed figure, as in a computed answer: a model is asked to word, not to calculate.
Half of the tables and conversations, by a hash, are held out.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from collegium.sdk.evidence import rephrasing_asked
from collegium.sdk.tuning import Message
from verticals.finance.evaluation.convfinqa import conversations_read, program_value, text_of
from verticals.finance.tuning.fact_examples import PROMPTS

TATQA, CONVFINQA = "tatqa", "convfinqa"
FILES = {TATQA: "tatqa_dataset_dev.json", CONVFINQA: "convfinqa_dev_share.json"}
HEADER_ROWS = 2
ROWS_MOST = 8
QUOTE_CHARS = 600
BEFORE_CHARS = 200
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class WordingAsked:
    """A question with what it is to be answered from; `answer` is the set's, `held_out` as said above."""

    key: str
    data_set: str
    question: str
    quotes: tuple[str, ...]
    answer: str
    held_out: bool

    def messages(self) -> tuple[Message, ...]:
        """How it is asked, in the form of a served answer, and its answer."""
        prompt = PROMPTS["en"]
        asked = rephrasing_asked(prompt, self.question, "en", enumerate(self.quotes, 1))
        return Message("system", prompt.system), Message("user", asked), Message("assistant", self.answer)


def tatqa_asked(folder: Path) -> Iterator[WordingAsked]:
    """The questions of TAT-QA with an answer, in the order of the set."""
    with (folder / FILES[TATQA]).open(encoding="utf-8") as text:
        contexts = json.load(text, parse_float=Decimal)
    for context in contexts:
        uid = str(context["table"]["uid"])
        for row in context["questions"]:
            answer = _answer(row)
            quotes = _quotes(context, row, answer)
            if answer and quotes:
                yield WordingAsked(
                    f"{TATQA}/{row['uid']}", TATQA, row["question"], quotes, answer, _is_held_out(uid)
                )


def _answer(row: Mapping[str, Any]) -> str:
    given = row["answer"]
    said = "; ".join(map(str, given)) if isinstance(given, list) else str(given)
    scale = row["scale"]
    if not scale or scale in said or row["answer_type"] == "count":
        return said.strip()
    return (
        f"{said}%" if scale == "percent" and "%" not in said else f"{said} {scale}".replace("% percent", "%")
    )


def _quotes(context: Mapping[str, Any], row: Mapping[str, Any], answer: str) -> tuple[str, ...]:
    """The paragraphs that the set names, the rows that hold its numbers, and what is computed."""
    quotes = [
        _cut(one["text"], answer)
        for one in context["paragraphs"]
        if str(one["order"]) in row["rel_paragraphs"]
    ]
    if "table" in row["answer_from"]:
        quotes += _rows(context["table"]["table"], f"{row['derivation']} {answer}")
    if row["answer_type"] in {"arithmetic", "count"}:
        quotes.append(
            f"Computed: {row['derivation']} = {answer}" if row["derivation"] else f"Counted: {answer}"
        )
    return tuple(quotes)


def _cut(text: str, answer: str) -> str:
    """So many characters of a paragraph, around the answer where it stands far from the beginning."""
    whole = " ".join(text.split())
    at = max(0, whole.find(answer.split(";")[0].strip()))
    begin = 0 if at + len(answer) <= QUOTE_CHARS else whole.rfind(" ", 0, max(1, at - BEFORE_CHARS)) + 1
    return whole[begin : begin + max(QUOTE_CHARS, BEFORE_CHARS + len(answer))]


def _rows(table: list[list[Any]], wanted: str) -> list[str]:
    """The head of a table and the rows that hold a number or a name that is wanted."""
    lines = [" | ".join(str(cell).strip() for cell in row) for row in table]
    numbers = set(_NUMBER.findall(wanted))
    names = {part.strip().casefold() for part in wanted.split(";") if len(part.strip()) > 3}
    chosen = [
        line
        for line, row in zip(lines[HEADER_ROWS:], table[HEADER_ROWS:], strict=True)
        if numbers & set(_NUMBER.findall(line)) or names & {str(cell).strip().casefold() for cell in row}
    ]
    return [line for line in [*lines[:HEADER_ROWS], *chosen[:ROWS_MOST]] if line.strip(" |")]


def convfinqa_asked(folder: Path) -> Iterator[WordingAsked]:
    """The last turn of each conversation of ConvFinQA that comes to a number, in the order of the set."""
    for row, held_out in conversations_read(folder):
        value = program_value(row["programs"][-1])
        if value is None:
            continue
        answer = _shown(value)
        told = [
            line for line in (*row["golden_table"].splitlines(), text_of(row["golden_text"])) if line.strip()
        ]
        program = row["programs"][-1].replace("ans = ", "")
        quotes = tuple(" ".join(one.split())[:QUOTE_CHARS] for one in told)
        yield WordingAsked(
            f"{CONVFINQA}/{row['id']}",
            CONVFINQA,
            text_of(row["questions"][-1]),
            (*quotes, f"Computed: {program} = {answer}"),
            answer,
            held_out,
        )


def _shown(value: Decimal) -> str:
    try:
        rounded = value.quantize(Decimal("0.00001")).normalize()
    except InvalidOperation:
        rounded = value
    return f"{rounded:f}"


def _is_held_out(name: str) -> bool:
    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 2 == 1
