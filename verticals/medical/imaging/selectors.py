"""Reads of images: those of versions that the asker may see, decided in the SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.documents import DocumentInfo, documents_list
from collegium.sdk.errors import NotFound
from collegium.sdk.retrieval import visible_versions
from verticals.medical.imaging.models import ImagingInstance

STUDIES_MAX = 500
SLUG = "medical"
STATED = ("study_uid", "accession_number")  # of an image, and of a document's metadata


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
    # A NUL, which an address may hold, the database refuses.
    found = list(rows.order_by("series_uid", "number", "ordinal")) if "\x00" not in study_uid else []
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


def cases_known(asker: Asker, names: Sequence[str], *, knowledge_bases: Sequence[UUID] = ()) -> list[str]:
    """Those of the names that are the study or accession number of something that the asker may see."""
    if not names:
        return []
    images = _images_named(asker, names)
    if knowledge_bases:
        images = images.filter(version__knowledge_base__in=list(knowledge_bases))
    known = {one for pair in set(images.values_list(*STATED)) for one in pair}
    holding = dict.fromkeys(STATED, names)
    for one in documents_list(asker, SLUG, knowledge_bases=knowledge_bases, holding=holding):
        known |= set(_stated(one))
    return [one for one in names if one in known]


def case_versions(asker: Asker, names: Sequence[str]) -> set[UUID]:
    """The versions of the cases with these studies or accession numbers: their images, and what names them.

    Images and reports state the study, the number or both, so what one of them states finds the others.
    """
    pairs = set(_images_named(asker, names).values_list(*STATED))
    linked = documents_list(asker, SLUG, holding=dict.fromkeys(STATED, names))
    images = visible_instances(asker)
    # the metadata of an upload are of its first study alone; its images tell of each
    uploads = set(
        images.filter(version__in=[one.version for one in linked]).values_list("version", flat=True)
    )
    pairs |= {_stated(one) for one in linked if one.version not in uploads}
    studies = {study for study, _number in pairs if study}
    numbers = {number for _study, number in pairs if number}
    shown = images.filter(Q(study_uid__in=studies) | Q(accession_number__in=names))
    reports = documents_list(asker, SLUG, holding={"study_uid": studies, "accession_number": numbers})
    return {*shown.values_list("version_id", flat=True), *(one.version for one in reports)}


def _images_named(asker: Asker, names: Sequence[str]) -> QuerySet[ImagingInstance]:
    return visible_instances(asker).filter(Q(study_uid__in=names) | Q(accession_number__in=names))


def _stated(document: DocumentInfo) -> tuple[str, str]:
    """The study and the accession number that a document names; empty where it names none."""
    study, number = (str(document.metadata.get(name) or "") for name in STATED)
    return study, number
