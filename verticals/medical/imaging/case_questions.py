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
# A number alone may be of anything ("BP 120/80"): it is a case's where it is called so, or where it looks so.
_NUMBER = r"[A-Za-z0-9][A-Za-z0-9_./-]{2,63}"
_CALLED = re.compile(
    r"(?:(?<![a-z])(?:accession|study|(?<!^in )case|exam|examination|scan)(?![a-z])|检查|病例|影像)"
    r"\s{0,3}(?:(?:number|num|nr|no|id|uid)(?![a-z])\.?|[单编]?号码?|标识)?\s{0,3}(?:[:：#为是]|is(?![a-z]))?\s{0,3}"
    rf"(?P<number>{_NUMBER})",
    re.IGNORECASE,
)
_LIKE_A_CASE = re.compile(
    r"(?<![A-Za-z0-9])(?:(?=[0-9_./-]{0,63}[A-Za-z])(?=[A-Za-z_./-]{0,63}[0-9])[A-Za-z0-9][A-Za-z0-9_./-]{4,63}"
    r"|[0-9]{1,20}(?:\.[0-9]{1,39}){3,20})"
)


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
    """What may be an accession number or a study: what is called so, letters with digits, and UIDs."""
    called = [match["number"] for match in _CALLED.finditer(text)]
    found = (one.rstrip(".-/") for one in (*called, *_LIKE_A_CASE.findall(text)))
    return [one for one in dict.fromkeys(found) if any(char.isdigit() for char in one)][:TOKENS_MAX]
