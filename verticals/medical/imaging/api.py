"""Studies over HTTP: `GET /api/v1/medical/studies`, `/studies/{study}`, and what leaves of them.

Images are uploaded as other documents are, by `POST /api/v1/documents`.
"""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.sdk.api import ApiView, StrictSerializer
from verticals.medical.deidentify.project import NAME_MAX_CHARS
from verticals.medical.features.switch import IMAGING, feature_open
from verticals.medical.imaging.models import ImagingInstance, ImagingRelease
from verticals.medical.imaging.profile import OPTION_CODES
from verticals.medical.imaging.quarantine import REASONS
from verticals.medical.imaging.release import (
    MASKS_MAX,
    REASON_CHARS,
    image_hold,
    image_release,
    released_of_study,
)
from verticals.medical.imaging.selectors import studies_list, study_instances, study_reports
from verticals.medical.imaging.sharing import study_changes, study_export


class StudySerializer(serializers.Serializer[Any]):
    study = serializers.CharField()
    accession_number = serializers.CharField()
    modality = serializers.CharField()
    instances = serializers.IntegerField()
    frames = serializers.IntegerField()


class StudiesSerializer(serializers.Serializer[Any]):
    data = StudySerializer(many=True)


class InstanceSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    document = serializers.UUIDField()
    version = serializers.UUIDField()
    series = serializers.CharField()
    instance = serializers.CharField()
    modality = serializers.CharField()
    number = serializers.IntegerField()
    frames = serializers.IntegerField()
    rows = serializers.IntegerField()
    columns = serializers.IntegerField()
    held_back = serializers.ChoiceField(
        choices=("", *REASONS), help_text="Why it stays; empty if it may leave."
    )


class StudyReportSerializer(serializers.Serializer[Any]):
    document = serializers.UUIDField()
    version = serializers.UUIDField()
    title = serializers.CharField()


class StudyDetailSerializer(serializers.Serializer[Any]):
    study = serializers.CharField()
    accession_number = serializers.CharField()
    instances = InstanceSerializer(many=True)
    reports = StudyReportSerializer(many=True)


class ExportRequest(StrictSerializer):
    project = serializers.CharField(
        max_length=NAME_MAX_CHARS, help_text="Within it pseudonyms stay the same."
    )
    version = serializers.UUIDField(
        required=False, help_text="Needed where the study is in several documents."
    )
    keep = serializers.ListField(
        child=serializers.ChoiceField(choices=tuple(OPTION_CODES)),
        required=False,
        default=list,
        help_text="Options of the profile (PS3.15, E.3).",
    )


class FileChangesSerializer(serializers.Serializer[Any]):
    file = serializers.CharField()
    summary = serializers.DictField(child=serializers.IntegerField())
    changes = serializers.ListField(child=serializers.ListField(child=serializers.CharField()))


class TextChangesSerializer(serializers.Serializer[Any]):
    file = serializers.CharField()
    replaced = serializers.DictField(child=serializers.IntegerField())


class HeldBackSerializer(serializers.Serializer[Any]):
    file = serializers.CharField()
    code = serializers.CharField()
    reason = serializers.CharField()


class ChangesSerializer(serializers.Serializer[Any]):
    options = serializers.ListField(child=serializers.CharField())
    files = FileChangesSerializer(many=True)
    texts = TextChangesSerializer(many=True)
    held_back = HeldBackSerializer(many=True)


class ReleaseRequest(StrictSerializer):
    reason = serializers.CharField(min_length=REASON_CHARS[0], max_length=REASON_CHARS[1])
    masks = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(min_value=0), min_length=4, max_length=4),
        required=False,
        default=list,
        max_length=MASKS_MAX,
        help_text="Left, top, right, bottom in pixels; blackened in every frame.",
    )


class HoldRequest(StrictSerializer):
    reason = serializers.CharField(min_length=REASON_CHARS[0], max_length=REASON_CHARS[1])


class ReleaseSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    masks = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField()))
    reason = serializers.CharField()
    released_at = serializers.DateTimeField()


class _ImagingView(ApiView):
    """Closed where image handling is off in the workspace."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        feature_open(self.asker, IMAGING)


class StudyList(_ImagingView):
    required_scope = "read"

    @extend_schema(operation_id="medical_studies", responses=StudiesSerializer)
    def get(self, request: Request) -> Response:
        """The studies that the key may see, the latest first."""
        return Response(
            {
                "data": [
                    {
                        "study": one.uid,
                        "accession_number": one.accession_number,
                        "modality": one.modality,
                        "instances": one.instances,
                        "frames": one.frames,
                    }
                    for one in studies_list(self.asker)
                ]
            }
        )


class StudyDetail(_ImagingView):
    required_scope = "read"

    @extend_schema(operation_id="medical_study", responses=StudyDetailSerializer)
    def get(self, request: Request, study: str) -> Response:
        """A study: its images and other parts, and the reports that name it."""
        instances = study_instances(self.asker, study)
        accession = next((one.accession_number for one in instances if one.accession_number), "")
        reports = study_reports(self.asker, instances)
        released = released_of_study(instances)
        return Response(
            {
                "study": study,
                "accession_number": accession,
                "instances": [_instance_data(one, released=one.pk in released) for one in instances],
                "reports": [
                    {"document": one.document, "version": one.version, "title": one.title} for one in reports
                ],
            }
        )


class StudyExport(_ImagingView):
    required_scope = "upload"

    @extend_schema(
        operation_id="medical_study_export",
        request=ExportRequest,
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def post(self, request: Request, study: str) -> HttpResponse:
        """The study's images and linked reports without what identifies a person, and a report of changes."""
        content = study_export(asker=self.asker, study=study, **_export_given(self.read(ExportRequest)))
        reply = HttpResponse(content, content_type="application/zip")
        reply["Content-Disposition"] = 'attachment; filename="images-deidentified.zip"'
        return reply


class StudyChanges(_ImagingView):
    required_scope = "upload"

    @extend_schema(
        operation_id="medical_study_changes", request=ExportRequest, responses={200: ChangesSerializer}
    )
    def post(self, request: Request, study: str) -> Response:
        """What an export of the study would change, and what it would hold back."""
        given = _export_given(self.read(ExportRequest))
        return Response(study_changes(asker=self.asker, study=study, **given))


class ImageRelease(_ImagingView):
    required_scope = "manage"

    @extend_schema(
        operation_id="medical_image_release", request=ReleaseRequest, responses={200: ReleaseSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        """Let a held-back image go, as it is or with areas blackened. The reason goes on record."""
        given = self.read(ReleaseRequest)
        row = image_release(asker=self.asker, pk=pk, reason=given["reason"], masks=given["masks"])
        return Response(_release_data(pk, row))


class ImageHold(_ImagingView):
    required_scope = "manage"

    @extend_schema(operation_id="medical_image_hold", request=HoldRequest, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        """Hold a released image back again. The reason goes on record."""
        image_hold(asker=self.asker, pk=pk, reason=self.read(HoldRequest)["reason"])
        return Response(status=status.HTTP_204_NO_CONTENT)


def _export_given(given: dict[str, Any]) -> dict[str, Any]:
    return {
        "project": given["project"],
        "version": str(given.get("version") or ""),
        "keep": given["keep"],
    }


def _instance_data(one: ImagingInstance, *, released: bool) -> dict[str, Any]:
    return {
        "id": one.pk,
        "document": one.version.document_id,
        "version": one.version_id,
        "series": one.series_uid,
        "instance": one.instance_uid,
        "modality": one.modality,
        "number": one.number,
        "frames": one.frames,
        "rows": one.rows,
        "columns": one.columns,
        "held_back": "" if released else one.held_back,
    }


def _release_data(pk: int, row: ImagingRelease) -> dict[str, Any]:
    return {"id": pk, "masks": row.masks, "reason": row.reason, "released_at": row.released_at}
