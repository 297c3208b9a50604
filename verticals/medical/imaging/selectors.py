"""Reads of images: those of versions that the asker may see, decided in the SQL."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Max, Min, QuerySet, Sum
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.documents import DocumentInfo, documents_list
from collegium.sdk.errors import NotFound
from collegium.sdk.retrieval import visible_versions
from verticals.medical.imaging.models import ImagingInstance

STUDIES_MAX = 500
SLUG = "medical"


@dataclass(frozen=True, slots=True)
class Study:
    """A study with its images and structured reports, over all documents that the asker may see."""

    uid: str
    accession_number: str
    modality: str
    instances: int
    frames: int


def visible_instances(asker: Asker) -> QuerySet[ImagingInstance]:
    versions = visible_versions(asker).filter(knowledge_base__vertical=SLUG)
    return ImagingInstance.objects.filter(version__in=versions.values("pk"))


def studies_list(asker: Asker) -> list[Study]:
    """The studies, the latest stored first."""
    rows = (
        visible_instances(asker)
        .values("study_uid")
        .annotate(
            accession=Max("accession_number"),
            kind=Min("modality"),
            count=Count("pk"),
            frame_count=Sum("frames"),
            last=Max("pk"),
        )
        .order_by("-last")
    )
    return [
        Study(row["study_uid"], row["accession"], row["kind"], row["count"], row["frame_count"])
        for row in rows[:STUDIES_MAX]
    ]


def study_instances(asker: Asker, study_uid: str) -> list[ImagingInstance]:
    """The instances of a study by series and number; NotFound where the asker sees none."""
    rows = visible_instances(asker).filter(study_uid=study_uid).select_related("version__document")
    found = list(rows.order_by("series_uid", "number", "ordinal"))
    if not found:
        raise NotFound(_("There is no such study."))
    return found


def instance_get(asker: Asker, pk: int) -> ImagingInstance:
    """An instance, or NotFound where the asker may not see its document."""
    found = visible_instances(asker).filter(pk=pk).select_related("version__document").first()
    if found is None:
        raise NotFound(_("There is no such image."))
    return found


def study_reports(asker: Asker, instances: Sequence[ImagingInstance]) -> list[DocumentInfo]:
    """The documents beside the images that name the study or its accession number."""
    own = {one.version_id for one in instances}
    named = {
        "study_uid": {one.study_uid for one in instances},
        "accession_number": {one.accession_number for one in instances} - {""},
    }
    return [one for one in documents_list(asker, SLUG, holding=named) if one.version not in own]
