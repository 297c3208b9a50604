"""Requests and responses about knowledge bases, documents, jobs, search and verticals."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from collegium.api.fields import (
    JsonObjectField,
    JsonTextField,
    KnowledgeBasesField,
    QuestionField,
    StrictSerializer,
)
from collegium.errors import problem_told
from collegium.jobs.models import Job, JobState
from collegium.knowledge.models import Access, Document, KnowledgeBase, VersionState
from collegium.knowledge.services import FILES_MAX

SEARCH_LIMIT_MAX = 100


class BoxesField(serializers.ListField):
    """Boxes [x0, y0, x1, y1] in PDF points from the page's top left."""

    child = serializers.ListField(child=serializers.FloatField(), min_length=4, max_length=4)


class KnowledgeBaseRequest(StrictSerializer):
    name = serializers.CharField(max_length=200)
    vertical = serializers.SlugField(max_length=60)
    description = serializers.CharField(required=False, default="", allow_blank=True, max_length=5000)
    access = serializers.ChoiceField(Access.choices, required=False, default=Access.WORKSPACE)


class KnowledgeBaseSerializer(serializers.ModelSerializer[KnowledgeBase]):
    class Meta:
        model = KnowledgeBase
        fields = ["id", "name", "vertical", "description", "access", "created_at"]


FILES_HELP = (
    "One or more files, each in a part of this name: together they are one document. PDF, HTML, Markdown and "
    "text are read everywhere. A vertical may read more; finance: inline XBRL with its exhibits, an XBRL "
    "instance with its schema and linkbases (.xml, .xsd), a .zip of either, and company facts as JSON."
)


class DocumentRequest(StrictSerializer):
    file = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True),
        min_length=1,
        max_length=FILES_MAX,
        help_text=FILES_HELP,
    )
    knowledge_base = serializers.UUIDField()
    title = serializers.CharField(required=False, default="", allow_blank=True, max_length=400)
    metadata = JsonTextField(required=False, default=dict, help_text="A JSON object, written as text.")
    access = serializers.ChoiceField(Access.choices, required=False, default=Access.WORKSPACE)


class VersionRequest(StrictSerializer):
    file = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True),
        min_length=1,
        max_length=FILES_MAX,
        help_text=FILES_HELP,
    )
    metadata = JsonTextField(required=False, default=dict, help_text="A JSON object, written as text.")


class DescriptionRequest(StrictSerializer):
    metadata = JsonObjectField(
        help_text="Field -> value. Fields that are not named stay; null goes back to what is recognised."
    )


class AcceptedSerializer(serializers.Serializer[Any]):
    """Work that goes on: its job is at the address in Location."""

    id = serializers.UUIDField(help_text="The document.")
    version = serializers.UUIDField()
    job = serializers.UUIDField()


class FileSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    media_type = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()


class VersionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    number = serializers.IntegerField()
    state = serializers.ChoiceField(VersionState.choices)
    language = serializers.CharField(allow_blank=True)
    page_count = serializers.IntegerField(allow_null=True)
    chunk_count = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    metadata = serializers.DictField()
    warnings = serializers.ListField()
    parser = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    indexed_at = serializers.DateTimeField(allow_null=True)


class DocumentSerializer(serializers.ModelSerializer[Document]):
    knowledge_base = serializers.UUIDField(source="knowledge_base_id")
    version = VersionSerializer(
        source="current", allow_null=True, help_text="The version that search reads; null before the first."
    )

    class Meta:
        model = Document
        fields = ["id", "title", "knowledge_base", "access", "created_at", "version"]


class VersionDetailSerializer(VersionSerializer):
    files = FileSerializer(many=True)


class DocumentDetailSerializer(DocumentSerializer):
    versions = VersionDetailSerializer(many=True, help_text="All versions, the newest first.")

    class Meta(DocumentSerializer.Meta):
        fields = [*DocumentSerializer.Meta.fields, "versions"]


class JobProblemSerializer(serializers.Serializer[Any]):
    """Why a job failed, in the language of the request; `code` is stable."""

    code = serializers.CharField()
    title = serializers.CharField(required=False)
    detail = serializers.CharField(required=False)

    def to_representation(self, instance: Any) -> Any:
        return super().to_representation(problem_told(instance))


class JobSerializer(serializers.ModelSerializer[Job]):
    state = serializers.ChoiceField(JobState.choices)
    problem = JobProblemSerializer(allow_null=True)
    stages = serializers.DictField(
        child=serializers.FloatField(), help_text="Seconds that each ended stage took."
    )

    class Meta:
        model = Job
        fields = [
            "id",
            "kind",
            "document",
            "state",
            "stage",
            "done",
            "total",
            "attempt",
            "problem",
            "stages",
            "created_at",
            "started_at",
            "finished_at",
        ]


class SearchQuery(StrictSerializer):
    query = QuestionField()
    knowledge_bases = KnowledgeBasesField()
    limit = serializers.IntegerField(required=False, default=10, min_value=1, max_value=SEARCH_LIMIT_MAX)
    filters = JsonObjectField(
        required=False,
        default=dict,
        help_text="Metadata field, or filter of passages of a vertical -> value, or list of values of "
        "which one fits.",
    )

    def validate_filters(self, filters: dict[str, Any]) -> dict[str, Any]:
        for name, value in filters.items():
            values = value if isinstance(value, list) else [value]
            if not all(isinstance(one, str | int | float | bool) for one in values):
                raise serializers.ValidationError(
                    _("%(name)s: write a value, or a list of values.") % {"name": name}
                )
        return filters


class HitSerializer(serializers.Serializer[Any]):
    chunk = serializers.IntegerField()
    document = serializers.UUIDField()
    version = serializers.UUIDField()
    knowledge_base = serializers.UUIDField()
    title = serializers.CharField()
    locator = serializers.DictField()
    page = serializers.IntegerField(allow_null=True)
    boxes = BoxesField()
    section = serializers.ListField(child=serializers.CharField())
    text = serializers.CharField()
    score = serializers.FloatField()


class FoundSerializer(serializers.Serializer[Any]):
    data = HitSerializer(many=True)


class MetadataFieldSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.DictField(child=serializers.CharField(), help_text="Language -> text.")
    kind = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())
    filterable = serializers.BooleanField()


class PassageFilterSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    label = serializers.DictField(child=serializers.CharField(), help_text="Language -> text.")
    hint = serializers.DictField(child=serializers.CharField(), help_text="Language -> text.")
    choices = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField()),
        help_text="Value -> language -> text; empty where any text may be given.",
    )


class VerticalSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    name = serializers.DictField(child=serializers.CharField(), help_text="Language -> text.")
    description = serializers.DictField(child=serializers.CharField(), help_text="Language -> text.")
    version = serializers.CharField()
    metadata_fields = MetadataFieldSerializer(many=True)
    passage_filters = PassageFilterSerializer(many=True)


class VerticalsSerializer(serializers.Serializer[Any]):
    data = VerticalSerializer(many=True)


class PageSerializer(serializers.Serializer[Any]):
    next_cursor = serializers.CharField(allow_null=True)
    has_more = serializers.BooleanField()


class KnowledgeBasePage(PageSerializer):
    data = KnowledgeBaseSerializer(many=True)


class DocumentPage(PageSerializer):
    data = DocumentSerializer(many=True)


class JobPage(PageSerializer):
    data = JobSerializer(many=True)
