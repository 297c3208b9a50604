"""An answer: whom it is for, quotations with kind and date of their sources, and where these differ."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from collegium.sdk.answering import AnswerSteps, Query, Quote
from collegium.sdk.evidence import evidence_choose, quotes_write, refuse_unfound
from collegium.sdk.vertical import Vertical
from verticals.medical.answering.differing import Difference, differences_find
from verticals.medical.answering.understand import context_read
from verticals.medical.tagging.loaded import workspace_vocabulary
from verticals.medical.tagging.tag import Tag, tags_find
from verticals.medical.tagging.vocabulary import Vocabulary

WORDS = {
    "en": {
        "patient": "Asked for a patient: {}.",
        "concepts": "Concepts in the question: {}.",
        "sources": "Sources",
        "undated": "no date stated",
        "unkind": "document",
        "advice": "The sources differ: [{}] ({}) and [{}] ({}) do not advise the same. "
        "Both are quoted; neither is preferred here.",
        "figures": "The sources differ: [{}] ({}) and [{}] ({}) state different figures. "
        "Both are quoted; neither is preferred here.",
        "guideline": "guideline", "note": "note", "abstract": "abstract",
        "columns": ("Source", "In the text", "Concept", "Code", "Context"),
        "affirmed": "present", "negated": "absent", "uncertain": "uncertain",
        "hypothetical": "possible, not present",
        "family": "of others", "historical": "past",
    },
    "zh": {
        "patient": "针对的患者：{}。",
        "concepts": "问题中的概念：{}。",
        "sources": "来源",
        "undated": "未注明日期",
        "unkind": "文档",
        "advice": "来源之间存在分歧：[{}]（{}）与[{}]（{}）的建议不一致。"
        "两者均原文引用，此处不作取舍。",
        "figures": "来源之间存在分歧：[{}]（{}）与[{}]（{}）给出的数值不同。两者均原文引用，此处不作取舍。",
        "guideline": "指南", "note": "记录", "abstract": "摘要",
        "columns": ("来源", "原文", "概念", "编码", "语境"),
        "affirmed": "存在", "negated": "无", "uncertain": "不确定", "hypothetical": "假设",
        "family": "他人", "historical": "既往",
    },
}  # fmt: skip
TAGS_SHOWN = 20


def answer_write(vertical: Vertical, steps: AnswerSteps, notice: str) -> None:
    """Answer by quotations. Where sources differ they are shown side by side, and nothing is rephrased: a
    rephrasing would merge them.
    """
    query = vertical.understand(steps.question)
    steps.understood(query)
    steps.interpret(read_as(query, steps))
    hits = steps.retrieve(query.search)
    chosen = evidence_choose(replace(query.search, expansions=()), hits)
    if not chosen:
        refuse_unfound(steps)
        return
    quotes = quotes_write(steps, chosen)
    language = _language(steps)
    differing = list(differences_find(quotes))
    for one in differing:
        steps.write(_difference(one, language), kind="difference")
    steps.write(_sources(quotes, language), kind="sources")
    vocabulary = workspace_vocabulary(steps.question.asker.workspace_id)
    if table := _tags_table(quotes, language, vocabulary):
        steps.exhibit("table", table)
    steps.write(notice, kind="notice")
    if not differing:
        steps.rephrase(vertical.prompt(steps.question), quotes)


def _language(steps: AnswerSteps) -> str:
    return "zh" if steps.question.language == "zh" else "en"


def read_as(query: Query, steps: AnswerSteps) -> list[str]:
    """How the question was read: the patient that it is for, and the concepts that it names."""
    words = WORDS[_language(steps)]
    lines = []
    if steps.question.context and (said := context_read(steps.question.context).line(_language(steps))):
        lines.append(str(words["patient"]).format(said))
    named = dict.fromkeys(f"{tag['name']} ({tag['code']})" for tag in query.notes.get("tags", ()))
    if named:
        lines.append(str(words["concepts"]).format(("、" if _language(steps) == "zh" else ", ").join(named)))
    return lines


def _about(quote: Quote, language: str) -> str:
    """Kind, publisher and date of a quotation's document."""
    words, known = WORDS[language], quote.hit.metadata
    kind = words.get(str(known.get("kind")), words["unkind"])
    parts = [
        str(kind),
        str(known.get("source") or ""),
        str(known.get("publication_date") or words["undated"]),
    ]
    return ("，" if language == "zh" else ", ").join(part for part in parts if part)


def _difference(one: Difference, language: str) -> str:
    return str(WORDS[language][one.why]).format(
        one.first.number, _about(one.first, language), one.second.number, _about(one.second, language)
    )


def _sources(quotes: Sequence[Quote], language: str) -> str:
    """A line for each document: title, kind, publisher, date, and the marks of its quotations."""
    marks: dict[Any, list[Quote]] = {}
    for quote in quotes:
        marks.setdefault(quote.hit.document, []).append(quote)
    lines = [
        f"{''.join(f'[{one.number}]' for one in some)} {some[0].hit.title}: {_about(some[0], language)}"
        for some in marks.values()
    ]
    return "\n".join([f"{WORDS[language]['sources']}:", *lines])


def _tags_table(quotes: Sequence[Quote], language: str, vocabulary: Vocabulary) -> dict[str, Any]:
    """What the quotations name, each concept once per quotation, with its context."""
    words = WORDS[language]
    rows = []
    for quote in quotes:
        seen: set[tuple[str, str]] = set()
        for tag in tags_find(quote.text, language=language, vocabulary=vocabulary):
            if (tag.code, tag.context) not in seen:
                seen.add((tag.code, tag.context))
                rows.append(_row(quote, tag, language))
    names = ("source", "text", "concept", "code", "context")
    columns = [{"key": key, "label": label} for key, label in zip(names, words["columns"], strict=True)]
    return {"columns": columns, "rows": rows[:TAGS_SHOWN]} if rows else {}


def _row(quote: Quote, tag: Tag, language: str) -> list[dict[str, Any]]:
    said = (
        f"[{quote.number}]",
        quote.text[tag.start : tag.end],
        tag.name,
        tag.code,
        WORDS[language][tag.context],
    )
    return [{"text": one, "value": None, "unit": "", "inputs": []} for one in said]
