"""The vocabulary of a workspace: the terms of the terminology that is loaded for it, and our own list.

Where the workspace has an RF2 release (SNOMED CT), its concepts count; where it has none, ICD-10-CM, which
every workspace has. Vocabularies are kept per version: another load makes another one.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from uuid import UUID

from django.db import connection
from django.db.models import F, Q

from verticals.medical.models import State, TerminologyVersion
from verticals.medical.tagging.vocabulary import (
    ICD10CM,
    Term,
    Vocabulary,
    findings_lines,
    findings_terms,
    findings_vocabulary,
    term_plain,
)
from verticals.medical.terminology.visible import SNOMED

KEPT = 4  # versions in a process
TERMS_MAX = 250_000  # of a larger release only what a patient has: 300,000 terms take 10 s and 360 MB
HAD = frozenset({"disorder", "finding", "situation", "event"})
NARROWER_MAX, NARROWER_READ = 12, 60
# Kinds of concepts that say nothing of a patient: "left", "severe", "number".
UNSAID = frozenset(
    {
        "qualifier value",
        "attribute",
        "physical object",
        "environment",
        "social concept",
        "occupation",
        "person",
        "ethnic group",
        "religion/philosophy",
        "linkage concept",
        "core metadata concept",
        "foundation metadata concept",
        "namespace concept",
        "link assertion",
        "staging scale",
        "assessment scale",
        "tumor staging",
        "record artifact",
        "cell structure",
        "cell",
        "geographic location",
        "unit of presentation",
        "administrative concept",
        "life style",
        "number",
        "metadata",
        "physical force",
        "special concept",
        "inactive concept",
        "navigational concept",
        "basic dose form",
        "dose form",
        "role",
        "OWL metadata concept",
    }
)
_KIND = re.compile(r" \(([^()]*)\)$")  # SNOMED CT Editorial Guide: the semantic tag of a full name


class LoadedVocabulary(Vocabulary):
    """Terms of a loaded version; what is below a concept is read from its closure."""

    def __init__(self, terms: Iterable[Term], version: int, terminology: str, others: Iterable[str]) -> None:
        super().__init__(terms, terminology)
        self._version = version
        self._others = frozenset(others)

    def terminology_of(self, code: str) -> str:
        return ICD10CM if code in self._others else self.terminology

    def narrower(self, code: str) -> Sequence[str]:
        """The first of the codes below a code that a text would name, those with the shortest names."""
        with connection.cursor() as cursor:
            cursor.execute(
                # As an array that is made first: a join reads all concepts, in 160 ms instead of 0.2.
                "SELECT c.code FROM medical_concept c WHERE c.version_id = %(version)s AND c.active"
                " AND c.code <> %(code)s AND c.id = ANY(ARRAY(SELECT unnest(n.below) FROM medical_closure n"
                " WHERE n.version_id = %(version)s AND n.id = (SELECT top.id FROM medical_concept top"
                " WHERE top.version_id = %(version)s AND top.code = %(code)s)))"
                " ORDER BY length(c.name), c.id LIMIT %(limit)s",
                {"version": self._version, "code": code, "limit": NARROWER_READ},
            )
            return [one for (one,) in cursor.fetchall() if one in self._terms][:NARROWER_MAX]


def workspace_vocabulary(workspace: UUID) -> Vocabulary:
    """What texts of a workspace are tagged with; our own list alone until a terminology is loaded."""
    own = Q(workspace_id=workspace, terminology=SNOMED) | Q(workspace=None, terminology=ICD10CM)
    rows = TerminologyVersion.objects.filter(own, state=State.CURRENT)
    found = rows.order_by(F("workspace_id").asc(nulls_last=True)).values_list("pk", "terminology").first()
    if found:
        return _loaded(*found)
    return findings_vocabulary()


@lru_cache(maxsize=KEPT)
def _loaded(version: int, terminology: str) -> Vocabulary:
    """Made once for a version, in a few seconds."""
    found = list(_version_terms(version))
    large = len(found) > TERMS_MAX
    terms = [term for kind, term in found if not large or kind in HAD]
    if terminology == ICD10CM:
        return LoadedVocabulary([*findings_terms(), *terms], version, terminology, ())
    ours, others = _with_ours(terms)
    return LoadedVocabulary([*terms, *ours], version, terminology, others)


def _version_terms(version: int) -> Iterator[tuple[str, Term]]:
    """What active concepts are called, as far as a text would say it like that, the name to show first; each
    with the kind of its concept, empty where the release tells none.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.code, c.name, d.term, d.language FROM medical_description d JOIN medical_concept c"
            " ON c.version_id = %(version)s AND c.id = d.concept_id"
            " WHERE d.version_id = %(version)s AND c.active AND d.kind <> 'definition'"
            " ORDER BY c.id, d.kind <> 'name', cardinality(d.preferred_in) DESC, d.id",
            {"version": version},
        )
        rows = cursor.fetchall()
    for code, name, text, language in rows:
        kind = _KIND.search(name)
        if kind and kind[1] in UNSAID:
            continue
        if plain := term_plain(_KIND.sub("", text) if kind else text):
            yield kind[1] if kind else "", Term(code, plain, "zh" if language.startswith("zh") else "en")


def _with_ours(terms: Sequence[Term]) -> tuple[list[Term], set[str]]:
    """Our own terms, under the release's concept where one of them is its term too, else under ICD-10-CM."""
    known: dict[str, str] = {}
    for term in terms:
        known.setdefault(term.text.lower(), term.code)
    ours: list[Term] = []
    others: set[str] = set()
    for line in findings_lines():
        met = next((known[one.text.lower()] for one in line if one.text.lower() in known), "")
        if not met:
            others.add(line[0].code)
        ours += [one._replace(code=met) if met else one for one in line]
    return ours, others
