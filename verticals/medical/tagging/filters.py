"""Filters of searches by concept: the passages that name a concept or one below it, in contexts."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.errors import Invalid
from collegium.sdk.passages import Passages
from collegium.sdk.retrieval import visible_versions_sql
from verticals.medical.models import Concept
from verticals.medical.tagging.context import CONTEXTS
from verticals.medical.tagging.filter_fields import CONCEPT, CONTEXT
from verticals.medical.tagging.loaded import workspace_vocabulary
from verticals.medical.terminology.search import concepts_search
from verticals.medical.terminology.visible import versions_current

Named = tuple[str, str]  # terminology and code

_BELOW = """
    SELECT c.code FROM medical_concept c WHERE c.version_id = %s AND c.id = ANY(ARRAY(
        SELECT unnest(n.below) FROM medical_closure n WHERE n.version_id = %s AND n.id = (
            SELECT top.id FROM medical_concept top WHERE top.version_id = %s AND top.code = %s
        )))"""


def passages_filter(asker: Asker, given: Mapping[str, tuple[str, ...]]) -> Passages:
    """The passages that name one of the concepts given, or one below it. Raises Invalid for what is none."""
    contexts = _contexts(given.get(CONTEXT, ()))
    if CONCEPT not in given:
        raise Invalid(_("'concept_context' narrows 'concept': name a concept beside it."), code="bad_filter")
    versions = {one.terminology: one.pk for one in versions_current(asker)}
    parts, params = [], []
    for terminology, code in (concept_named(asker, value) for value in given[CONCEPT]):
        if terminology in versions:
            parts.append(f"(tag.terminology = %s AND tag.code IN ({_BELOW}))")
            version = versions[terminology]
            params += [terminology, version, version, version, code]
        else:
            parts.append("(tag.terminology = %s AND tag.code = %s)")
            params += [terminology, code]
    sql = (
        "SELECT DISTINCT tag.chunk AS chunk_id, tag.version_id FROM medical_passagetag tag "
        f"WHERE tag.context = ANY(%s) AND ({' OR '.join(parts)})"
    )
    return Passages(sql, ("{" + ",".join(contexts) + "}", *params))


def versions_naming(asker: Asker, concept: str) -> frozenset[UUID]:
    """The versions that the asker may see and that name a concept or one below it. Raises Invalid."""
    passages = passages_filter(asker, {CONCEPT: (concept,)})
    if (visible := visible_versions_sql(asker)) is None:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT visible.id FROM ({visible[0]}) AS visible"
            f" WHERE visible.id IN (SELECT version_id FROM ({passages.sql}) AS naming)",
            [*visible[1], *passages.params],
        )
        return frozenset(one for (one,) in cursor.fetchall())


def concept_named(asker: Asker, value: str) -> Named:
    """The concept of a code or a name, in the terminologies that the asker sees. Raises Invalid."""
    text = value.replace("\x00", "").strip()
    versions = versions_current(asker)
    for version in versions:
        if Concept.objects.filter(version=version, code__in=(text, text.upper())).exists():
            return version.terminology, text if text.isdigit() else text.upper()
    vocabulary = workspace_vocabulary(asker.workspace_id)
    met = next((one for one in vocabulary.find(text) if one.end - one.start == len(text)), None)
    if met:
        return vocabulary.terminology_of(met.code), met.code
    near = []
    for version in versions:
        found = concepts_search(asker, version.terminology, text, limit=3)
        if found and found[0].exact:
            return version.terminology, found[0].code
        near += [f"{one.name} ({one.code})" for one in found]
    raise Invalid(
        _("There is no concept '%(value)s'.") % {"value": text[:60]}
        + (" " + _("Near to it: %(near)s.") % {"near": "; ".join(near[:3])} if near else "")
        + " "
        + _("Write a code or a name of a loaded terminology."),
        code="unknown_concept",
    )


def _contexts(values: Sequence[str]) -> tuple[str, ...]:
    if unknown := next((one for one in values if one not in CONTEXTS), None):
        raise Invalid(
            _("'%(value)s' is no context; there are: %(known)s.")
            % {"value": unknown[:40], "known": ", ".join(CONTEXTS)},
            code="bad_filter",
        )
    return tuple(values) or CONTEXTS
