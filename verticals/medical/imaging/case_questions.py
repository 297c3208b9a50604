"""Questions that name a case: they are asked of its images' metadata and of its reports alone."""

import re
from dataclasses import replace

from collegium.sdk.answering import Query, Question
from collegium.sdk.retrieval import visible_versions
from verticals.medical.imaging.selectors import SLUG

TOKENS_MAX = 20
_NAMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{2,63}")


def case_narrowed(query: Query, question: Question) -> Query:
    """The query limited to the case whose accession number or study the question names, if it names one."""
    tokens = [one.rstrip(".-/") for one in _NAMED.findall(question.text)]
    tokens = [one for one in dict.fromkeys(tokens) if any(char.isdigit() for char in one)][:TOKENS_MAX]
    if not tokens:
        return query
    versions = visible_versions(question.asker).filter(knowledge_base__vertical=SLUG)
    if question.knowledge_bases:
        versions = versions.filter(knowledge_base__in=list(question.knowledge_bases))
    named = versions.filter(metadata__accession_number__in=tokens) | versions.filter(
        metadata__study_uid__in=tokens
    )
    found = named.values_list("metadata", flat=True).first()
    if found is None:
        return query
    field = "accession_number" if found.get("accession_number") else "study_uid"
    filters = {**query.search.filters, field: found[field]}
    return replace(query, search=replace(query.search, filters=filters))
