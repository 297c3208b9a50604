"""Questions that name a case: they are asked of its images' text and of its reports alone."""

import re
from collections.abc import Sequence
from dataclasses import replace

from collegium.sdk.answering import Query, Question
from collegium.sdk.asker import Asker
from collegium.sdk.passages import Passages, passages_of
from verticals.medical.imaging.filter_fields import CASE
from verticals.medical.imaging.selectors import case_versions, cases_known

TOKENS_MAX = 20
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]{2,63}")


def case_narrowed(query: Query, question: Question) -> Query:
    """The query limited to the cases whose accession numbers or studies the question names, if any."""
    named = cases_known(question.asker, _tokens(question.text), knowledge_bases=question.knowledge_bases)
    if not named:
        return query
    filters = {**query.search.filters, CASE: named}
    return replace(query, search=replace(query.search, filters=filters))


def case_passages(asker: Asker, names: Sequence[str]) -> Passages:
    """The passages of the cases with these accession numbers or studies, as far as the asker sees them."""
    return passages_of(case_versions(asker, names))


def _tokens(text: str) -> list[str]:
    """The words of a text with a digit, as they stand."""
    found = (one.rstrip(".-/") for one in _TOKEN.findall(text))
    return [one for one in dict.fromkeys(found) if any(char.isdigit() for char in one)][:TOKENS_MAX]
