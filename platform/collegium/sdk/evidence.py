"""Answering by quotation: what to search for, the quotations with their marks, and how the model is asked."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from collegium.sdk.answering import AnswerSteps, Prompt, Query, Question, Quote
from collegium.sdk.followup import carry
from collegium.sdk.retrieval import SearchRequest
from collegium.sdk.selection import Candidate, evidence_choose, header_span
from collegium.sdk.wording import sentence

__all__ = [
    "default_prompt",
    "default_query",
    "evidence_choose",
    "evidence_find",
    "evidence_first",
    "quoted",
    "quotes_write",
    "refuse_unfound",
    "rephrasing_asked",
]

if TYPE_CHECKING:
    from collegium.sdk.vertical import Vertical

SEARCH_LIMIT = 12


def default_query(vertical: "Vertical", question: Question) -> Query:
    """Search the question's words, with those of the turn before where the question leans on it."""
    carried = carry(question)
    notes = {"carried_from": carried.turn.question} if carried.turn else {}
    return Query(
        search=SearchRequest(
            text=carried.text,
            knowledge_bases=question.knowledge_bases,
            vertical=vertical.slug,
            limit=SEARCH_LIMIT,
            filters=carried.filters,
        ),
        notes=notes,
    )


def default_prompt(question: Question) -> Prompt:
    """Rephrase the quotations, in the question's language, and add nothing. Shared parts come first."""
    if question.language == "zh":
        return Prompt(
            version="evidence/1",
            system="你根据引文回答问题。只使用引文中的事实、数字和名称，不作补充，不作推测。",
            instruction="请用两三句话改写下列引文来回答问题。数字必须与引文完全一致。",
            max_tokens=200,
        )
    return Prompt(
        version="evidence/1",
        system="You answer from quotations. Use only the facts, numbers and names that they state.",
        instruction="Answer the question in two or three short sentences that restate the quotations.",
        max_tokens=160,
    )


def rephrasing_asked(
    prompt: Prompt, question: str, language: str, quotes: Iterable[tuple[int, str]], earlier: str = ""
) -> str:
    """What the model is told beside the system's text: instruction, numbered quotations, question.

    What is shared by all questions comes first, so that the engine finds it in its prefix cache.
    """
    chinese = language == "zh"
    lines = [prompt.instruction, "引文：" if chinese else "Quotations:"]
    lines += [f"[{number}] {' '.join(text.split())}" for number, text in quotes]
    if earlier:
        lines.append(f"上一个问题：{earlier}" if chinese else f"Earlier question: {earlier}")
    lines.append(f"问题：{question}" if chinese else f"Question: {question}")
    return "\n".join(lines)


def evidence_first(vertical: "Vertical", steps: AnswerSteps) -> None:
    """Understand, retrieve, refuse where nothing relevant was found, quote with marks, let the model
    rephrase.
    """
    _query, chosen = evidence_find(vertical, steps)
    if chosen:
        steps.rephrase(vertical.prompt(steps.question), quotes_write(steps, chosen))


def evidence_find(vertical: "Vertical", steps: AnswerSteps) -> tuple[Query, list[Candidate]]:
    """Understand, retrieve and choose; where nothing relevant is found, refuse and choose none."""
    query = vertical.understand(steps.question)
    steps.understood(query)
    chosen = evidence_choose(query.search, steps.retrieve(query.search))
    if not chosen:
        refuse_unfound(steps)
    return query, chosen


def refuse_unfound(steps: AnswerSteps) -> None:
    """Say that nothing relevant was found; the record adds what was searched."""
    steps.refuse(code="nothing_relevant", detail=sentence("nothing_relevant", steps.question.language))


def quotes_write(steps: AnswerSteps, chosen: Sequence[Candidate]) -> list[Quote]:
    """Cite the sentences and write them as one block, each with its mark; a table's row follows its
    header.
    """
    quotes: list[Quote] = []
    lines: list[str] = []
    for candidate in chosen:
        spans = [(candidate.start, candidate.end)]
        if (header := header_span(candidate.hit, candidate.start)) is not None:
            spans.insert(0, header)
        for start, end in spans:
            quote = steps.quote(candidate.hit, start, end)
            if quote not in quotes:
                quotes.append(quote)
                lines.append(f"{quoted(quote.text, steps.question.language)} [{quote.number}]")
    steps.write("\n".join(lines), kind="evidence")
    return quotes


def quoted(text: str, language: str) -> str:
    """A quotation on one line, in the marks of the language."""
    one_line = re.sub(r"(?<=[\u4e00-\u9fff])\s*\n\s*(?=[\u4e00-\u9fff])", "", text)
    one_line = " ".join(one_line.split())
    return f"「{one_line}」" if language == "zh" else f"“{one_line}”"
