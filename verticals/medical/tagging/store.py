"""Writes which concepts the passages of a version name, when the version becomes searchable."""

from collections.abc import Iterator
from uuid import UUID

from django.db import transaction

from collegium.sdk.passages import version_passages, versions_searchable
from verticals.medical.tagging.loaded import workspace_vocabulary
from verticals.medical.tagging.models import PassageTag
from verticals.medical.tagging.tag import tags_find
from verticals.medical.tagging.vocabulary import Vocabulary

BATCH = 2_000
SLUG = "medical"


def version_tag(version: UUID, workspace: UUID) -> int:
    """Replace the tags of a version's passages. Returns how many concepts they name."""
    rows = list(_rows(version, workspace_vocabulary(workspace)))
    with transaction.atomic():
        PassageTag.objects.filter(version_id=version).delete()
        PassageTag.objects.bulk_create(rows, batch_size=BATCH)
    return len(rows)


def workspace_tag(workspace: UUID) -> int:
    """Tag all searchable documents of a workspace anew, as after the load of a terminology.

    Returns the number of documents.
    """
    found = versions_searchable(SLUG, workspace)
    for _workspace, version in found:
        version_tag(version, workspace)
    return len(found)


def untagged_tag() -> int:
    """Tag the searchable documents of all workspaces that have no tag yet, such as those from before there
    were tags. Returns how many there were.
    """
    tagged = set(PassageTag.objects.values_list("version_id", flat=True).distinct())
    found = [one for one in versions_searchable(SLUG) if one[1] not in tagged]
    for workspace, version in found:
        version_tag(version, workspace)
    return len(found)


def _rows(version: UUID, vocabulary: Vocabulary) -> Iterator[PassageTag]:
    for passage in version_passages(version):
        tags = tags_find(passage.text, vocabulary=vocabulary)
        for code, context in dict.fromkeys((tag.code, tag.context) for tag in tags):
            yield PassageTag(
                version_id=version,
                chunk=passage.chunk,
                terminology=vocabulary.terminology_of(code),
                code=code,
                context=context,
            )
