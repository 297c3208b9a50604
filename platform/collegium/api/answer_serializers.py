"""Requests and responses about answers."""

from typing import Any

from rest_framework import serializers

from collegium.answers.models import Answer, AnswerState
from collegium.api.fields import JsonObjectField, KnowledgeBasesField, QuestionField, StrictSerializer
from collegium.api.knowledge_serializers import BoxesField, PageSerializer

LANGUAGES = ["en", "zh"]


class QuestionRequest(StrictSerializer):
    question = QuestionField()
    knowledge_bases = KnowledgeBasesField()
    conversation = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="Of an earlier answer, to follow it up."
    )
    language = serializers.ChoiceField(
        LANGUAGES, required=False, allow_null=True, default=None, help_text="Without it, the question's own."
    )
    context = JsonObjectField(
        required=False,
        allow_null=True,
        default=None,
        help_text="What the vertical reads beside the question; medical: a patient, or a FHIR R4 Bundle.",
    )


class CitationSerializer(serializers.Serializer[Any]):
    """A quotation and the exact place where it stands; `id` is the n of its mark [n] in the text."""

    id = serializers.IntegerField()
    document = serializers.UUIDField()
    version = serializers.UUIDField()
    chunk = serializers.IntegerField()
    title = serializers.CharField()
    section = serializers.ListField(child=serializers.CharField())
    locator = serializers.DictField()
    page = serializers.IntegerField(allow_null=True)
    boxes = BoxesField()
    quote = serializers.CharField()
    score = serializers.FloatField()


class OperandSerializer(serializers.Serializer[Any]):
    """What went into a computation, and where it stands."""

    name = serializers.CharField()
    value = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)
    citation = serializers.IntegerField(allow_null=True)
    source = serializers.IntegerField(allow_null=True, help_text="The vertical's id, as in `inputs`.")
    document = serializers.UUIDField(allow_null=True)


class ComputationSerializer(serializers.Serializer[Any]):
    """A number that was computed, with its formula and inputs; figures are decimal strings.

    Verticals add members of their own, such as `metric` and `period`.
    """

    id = serializers.IntegerField()
    name = serializers.CharField()
    formula = serializers.CharField(allow_blank=True)
    inputs = serializers.ListField(
        child=serializers.IntegerField(), help_text="The vertical's ids of what was read, such as facts."
    )
    operands = OperandSerializer(many=True)
    value = serializers.CharField()
    unit = serializers.CharField(allow_blank=True)


class ExhibitSerializer(serializers.Serializer[Any]):
    """A table of figures, or a chart as an ECharts specification."""

    kind = serializers.ChoiceField(("table", "chart"))
    data = serializers.DictField()


class FindingSerializer(serializers.Serializer[Any]):
    """What a check found in the answer and what was done about it.

    `dropped` and `blocked`: the excerpt was left out; `rewritten`: `text` stands in its place; `disclosed`:
    `text` was added to the answer; `noted`: nothing. `rule` and `citation` are empty where no rule applied.
    """

    check = serializers.CharField()
    action = serializers.CharField()
    message = serializers.CharField()
    excerpt = serializers.CharField(allow_blank=True)
    rule = serializers.CharField(allow_blank=True)
    citation = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)


class ReplaySerializer(serializers.Serializer[Any]):
    """What made the answer: enough to make it again."""

    model = serializers.CharField(allow_null=True)
    model_digest = serializers.CharField(allow_null=True)
    prompt_version = serializers.CharField(allow_null=True)
    vertical_version = serializers.CharField(allow_blank=True)
    query = serializers.DictField()
    knowledge_bases = serializers.ListField(child=serializers.UUIDField())
    retrieved = serializers.ListField(child=serializers.DictField())


class AnswerSerializer(serializers.Serializer[Any]):
    """An answer with all that it rests on; ignore members that you do not know."""

    id = serializers.UUIDField()
    conversation = serializers.UUIDField()
    vertical = serializers.CharField()
    question = serializers.CharField()
    language = serializers.CharField()
    state = serializers.ChoiceField(AnswerState.choices)
    text = serializers.CharField(allow_blank=True, help_text="Marks [n] name the citations.")
    blocks = serializers.ListField(child=serializers.DictField())
    interpretation = serializers.ListField(
        child=serializers.CharField(), help_text="How the question was read, and what else it may mean."
    )
    exhibits = ExhibitSerializer(many=True)
    citations = CitationSerializer(many=True)
    computations = ComputationSerializer(many=True)
    findings = FindingSerializer(many=True)
    refused = serializers.BooleanField()
    refusal = serializers.DictField(allow_null=True)
    withheld = serializers.BooleanField(
        help_text="A cited document is gone or closed to you, so the text is too."
    )
    problem = serializers.DictField(allow_null=True)
    model = serializers.CharField(
        allow_null=True, help_text="name@version that rephrased; null where none did."
    )
    timings = serializers.DictField(help_text="Milliseconds per step.")
    created_at = serializers.DateTimeField()
    replay = ReplaySerializer(allow_null=True)


class AnswerSummarySerializer(serializers.ModelSerializer[Answer]):
    state = serializers.ChoiceField(AnswerState.choices)
    conversation = serializers.UUIDField(source="conversation_id")

    class Meta:
        model = Answer
        fields = [
            "id",
            "vertical",
            "question",
            "language",
            "state",
            "refused",
            "conversation",
            "created_at",
            "finished_at",
        ]


class AnswerPage(PageSerializer):
    data = AnswerSummarySerializer(many=True)
