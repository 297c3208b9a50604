"""A question as the vertical takes it: read into a typed query, and made into a search of the text."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils import timezone

from collegium.sdk.answering import Query, Question
from collegium.sdk.retrieval import Hit, SearchRequest
from verticals.finance.answering.passages import passages_find
from verticals.finance.answering.reach import Reach, reach_of
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.questions.metric_words import metric_words
from verticals.finance.questions.normalise import is_chinese, spaced
from verticals.finance.questions.proper import question_proper
from verticals.finance.questions.query import TypedQuery, query_as_dict, query_from_dict
from verticals.finance.questions.reading import question_read
from verticals.finance.understand import report_query

if TYPE_CHECKING:
    from collegium.sdk.vertical import Vertical

_SAME = """
consolidated group overall whole entire unadjusted yearly quarterly fiscal corporate combined actual improving
declining rising falling healthy strong weak high low good bad current recent company companys
"""
_SAME_FIGURE = frozenset(_SAME.split())  # they leave a metric what it is


def query_read(question: Question, reach: Reach) -> TypedQuery:
    """What a question asks, with what it leaves to the question before it."""
    return question_read(
        question_proper(question.text),
        reach.directory,
        today=timezone.localdate(),
        language=question.language,
        previous=previous_query(question, reach),
    )


def another_meant(query: TypedQuery, text: str) -> bool:
    """Whether a word before a metric's name makes another figure of it: a restructuring liability."""
    if is_chinese(text):
        return False
    unread = {word for word in query.unread if word not in _SAME_FIGURE}
    for span in metric_words().find(text, spaced(text)).spans:
        before = re.search(r"([A-Za-z]+)[ -]$", text[: span.start])
        if before and before[1].lower() in unread:
            return True
    return False


def previous_query(question: Question, reach: Reach) -> TypedQuery | None:
    """The typed query of the turn before, of the companies that are still in reach."""
    if not question.history:
        return None
    kept = (question.history[-1].query.get("notes") or {}).get("typed")
    if not isinstance(kept, dict):
        return None
    try:
        query = query_from_dict(kept)
    except (KeyError, TypeError, ValueError):  # stored by an earlier version
        return None
    there = tuple(key for key in query.entities if key in reach.names)
    known = tuple(code for code in query.metrics if code in catalogue())
    return replace(query, entities=there, metrics=known)


def text_query(vertical: "Vertical", question: Question, query: TypedQuery, reach: Reach) -> Query:
    """The search of the text that a question comes to, narrowed to the companies it was read with."""
    found = report_query(vertical, question)
    filters = dict(found.search.filters)
    if "company" not in filters and (companies := company_names(reach, query.entities)):
        filters["company"] = companies
    notes = found.notes | {"typed": query_as_dict(query)}
    return Query(search=replace(found.search, filters=filters), notes=notes)


def text_searched(
    vertical: "Vertical", question: Question, retrieve: Callable[[SearchRequest], list[Hit]], *, limit: int
) -> list[Hit]:
    """The passages that the search for text finds for a question, best first."""
    reach = reach_of(question.asker, knowledge_bases=question.knowledge_bases)
    query = query_read(question, reach)
    request = text_query(vertical, question, query, reach).search
    return passages_find(retrieve, replace(request, limit=limit), query, catalogue())


def company_names(reach: Reach, keys: Sequence[str]) -> list[str]:
    """What reports call the companies, as their documents' field says it."""
    known = reach.companies.by_key
    return list(dict.fromkeys(name for key in keys if key in known for name in known[key].names))


def asked_properly(search: SearchRequest) -> SearchRequest:
    """The search for the question proper: what it says of how to answer tells no sentence from another."""
    return replace(search, text=question_proper(search.text))
