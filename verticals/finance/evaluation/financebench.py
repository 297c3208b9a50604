"""Questions over filings (FinanceBench): which of them ask for figures, and how their answers are judged.

The procedure, so that a person can repeat it. Each question is asked as people ask, over one knowledge base
that holds the reports at hand, without a model. Its answer, with the quotations that it cites, is judged by
rule; `manage.py evaluate finance.answers --data DIR --details FILE` writes question, right answer, given
answer, citations and verdict of each to FILE, where a person may check and correct them.

A question asks for figures where the set says so (its type is metrics-generated, or its reasoning names
numbers) or it asks how much, how many or for a rate, and its right answer states a figure: a number that is
no year, no day, no name of a form and is not in the question itself, nor in a remark in brackets.
  right      the answer computes every figure of one sentence of the right answer: equal when rounded to the
             digits that the right answer shows (zeros after the point are how the set writes whole dollars),
             in the unit, thousands, millions or billions, a share also as its per cent; without sign, since
             the set writes a decline of 229 as 229. Or it quotes such figures from a page that the set names.
  reading    as right, by the other reading of a word that the answer gives beside its own
  wrong      the answer computes figures and these are not among them
  no_figure  the answer computes none: it is refused, asks back, or quotes text that does not hold the figures

Any other question asks for text:
  right      a quotation from a page that the set names holds half of the words of the right answer that the
             question does not hold, or all its figures; a right answer of yes or no has no such words
  page       a quotation is from such a page, but does not say so much
  elsewhere  the quotations are from other pages
  refused    nothing is quoted
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from collegium.sdk.language import content_terms
from collegium.sdk.numbers import Number, numbers_find

FIGURES, TEXT = "figures", "text"
Page = tuple[str, int | None]
_HOW_MUCH = re.compile(r"\bhow (?:much|many)\b|\b(?:tax|growth|interest|turnover) rates?\b", re.IGNORECASE)
_NO_FIGURE = re.compile(
    r"\b(?:19|20)\d\d\b(?!\.\d)|\bFY ?'?\d{2,4}\b|\bQ[1-4]\b|\bH[12]\b|\b10-?[KQ]\b|\b8-?K\b|\b\d+ years?\b"
    r"|\b(?:January|February|March|April|May|June|July|August|September|October|November|December) \d{1,2}\b"
    r"|\b(?:Item|Note|No\.?) \d+\b|\([^()]*\)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z$(])|\n+")
_MARK = re.compile(r"\[\d+\]|\d{4}-\d\d-\d\d|\b(?:FY|Q[1-4] |H[12] )\d{4}")  # of citations and periods
SCALES = (0, 3, 6, 9)
HELD_SHARE = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class FinancebenchQuestion:
    """A question with its right answer and the pages, from 1, that hold the evidence."""

    number: str
    text: str
    right: str
    pages: frozenset[Page]
    kind: str  # figures or text


def financebench_read(folder: Path, documents: Collection[str]) -> Iterator[FinancebenchQuestion]:
    """The questions whose evidence lies in documents at hand. The set counts pages from 0."""
    with (folder / "questions.jsonl").open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            pages = {(one["doc_name"], int(one["evidence_page_num"]) + 1) for one in row["evidence"]}
            if pages and {stem for stem, _page in pages} <= set(documents):
                yield FinancebenchQuestion(
                    number=str(row.get("financebench_id", "")),
                    text=row["question"],
                    right=str(row.get("answer", "")),
                    pages=frozenset(pages),
                    kind=FIGURES if _asks_for_figures(row) else TEXT,
                )


def _asks_for_figures(row: Mapping[str, Any]) -> bool:
    reasoning = str(row.get("question_reasoning") or "").lower()
    said = row.get("question_type") == "metrics-generated" or "numerical" in reasoning
    asks = said or _HOW_MUCH.search(row["question"]) is not None
    return asks and bool(figures_of(str(row.get("answer", "")), row["question"]))


def figures_of(right: str, question: str) -> list[list[Number]]:
    """The figures of each sentence of a right answer that states any."""
    asked = {number.value for number in numbers_find(question)}
    found = []
    for sentence in _SENTENCE.split(right):
        plain = _NO_FIGURE.sub(lambda match: " " * len(match.group()), sentence)
        numbers = [number for number in numbers_find(plain) if number.value not in asked]
        if numbers:
            found.append(numbers)
    return found


def figures_verdict(
    question: FinancebenchQuestion, answer: Mapping[str, Any], names: Mapping[str, str]
) -> str:
    """The verdict on an answer, as the API gives it, to a question for figures."""
    wanted = figures_of(question.right, question.text)
    if answer["computations"]:
        own, others = _values_given(answer)
        if any(all(_given(one, own) for one in sentence) for sentence in wanted):
            return "right"
        return "reading" if any(all(_given(one, others) for one in said) for said in wanted) else "wrong"
    quoted = [
        number.value
        for one in answer["citations"]
        if (names.get(one["document"], ""), one["page"]) in question.pages
        for number in numbers_find(one["quote"])
    ]
    stated = any(all(_given(one, quoted) for one in sentence) for sentence in wanted)
    return "right" if stated else "no_figure"


def text_verdict(question: FinancebenchQuestion, answer: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The verdict on an answer to a question for text."""
    cited = answer["citations"]
    if not cited:
        return "refused"
    there = [one["quote"] for one in cited if (names.get(one["document"], ""), one["page"]) in question.pages]
    if not there:
        return "elsewhere"
    said = " ".join(there)
    words = set(content_terms(question.right)) - set(content_terms(question.text)) - {"ye", "yes", "no"}
    held = words & set(content_terms(said))
    figures = [one for sentence in figures_of(question.right, question.text) for one in sentence]
    quoted = [number.value for number in numbers_find(said)]
    if not words or len(held) >= HELD_SHARE * len(words):
        return "right"
    return "right" if figures and all(_given(one, quoted) for one in figures) else "page"


def verdict(question: FinancebenchQuestion, answer: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The verdict on an answer; `names`: id of a document -> the stem of its file."""
    judge = figures_verdict if question.kind == FIGURES else text_verdict
    return judge(question, answer, names)


def _values_given(answer: Mapping[str, Any]) -> tuple[list[Decimal], list[Decimal]]:
    """The figures that the answer's sentences state, exactly where they are computed; and all it computes."""
    text = "\n".join(block["text"] for block in answer["blocks"] if block["kind"] == "computed")
    rows = answer["computations"]
    own = [Decimal(row["value"]) for row in rows if row.get("shown") and row["shown"] in text]
    said = [number.value for number in numbers_find(_MARK.sub(" ", text))]
    return said + own, said + [Decimal(row["value"]) for row in rows]


def _given(right: Number, values: Collection[Decimal]) -> bool:
    """Whether a value is the right one at the digits in which that is written, in any scale."""
    written = right.written.normalize()
    exponent = written.as_tuple().exponent
    assert isinstance(exponent, int)
    half = Decimal(5).scaleb(min(0, exponent) - 1)
    shares = (right.kind in {"%", "pp"}) and {2} or set()
    scales = [0, 2] if shares else [-one for one in SCALES] if not right.exponent else [-right.exponent, 0]
    return any(abs(abs(value).scaleb(scale) - written) <= half for value in values for scale in scales)
