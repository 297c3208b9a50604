"""Requests and responses about fine-tuning: runs, and the privacy budgets of data sets."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from collegium.api.fields import JsonObjectField, NumberField, StrictSerializer
from collegium.api.knowledge_serializers import JobProblemSerializer, PageSerializer
from collegium.jobs.models import JobState
from collegium.tuning.budgets import BudgetState
from collegium.tuning.models import PrivacySpending, SpendingState, TuningProgress, TuningRun
from collegium.tuning.services import BASES_MAX, LANGUAGES

PARAMETERS_HELP = (
    "What is to differ from the recipe, by name: epsilon and delta of a private recipe, steps or epochs, "
    "batch, physical_batch, learning_rate, max_tokens, r, checkpoint_steps, seed."
)


class TuningJobRequest(StrictSerializer):
    recipe = serializers.CharField(max_length=110, help_text="`vertical.name`.")
    knowledge_bases = serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=BASES_MAX)
    parameters = JsonObjectField(required=False, default=dict, help_text=PARAMETERS_HELP)
    language = serializers.ChoiceField(
        [(value, value) for value in LANGUAGES if value],
        required=False,
        default="",
        help_text="Only documents of this language; left out: of any.",
    )
    base_model = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=300,
        help_text="`name@version` of a model of this installation; empty: the one that answers now.",
    )


class TuningSourceSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class SpendingSerializer(serializers.ModelSerializer[PrivacySpending]):
    """What one execution of a run took of a budget; what is returned counts for nothing."""

    data_set = serializers.CharField(source="budget.data_set")
    run = serializers.UUIDField(source="run_id", allow_null=True)
    model = serializers.CharField(source="run_label")
    state = serializers.ChoiceField(SpendingState.choices)
    epsilon = serializers.FloatField()
    delta = serializers.FloatField()

    class Meta:
        model = PrivacySpending
        fields = [
            "data_set",
            "run",
            "model",
            "execution",
            "state",
            "epsilon",
            "delta",
            "unit",
            "reason",
            "created_at",
            "decided_at",
        ]


class TuningJobSerializer(serializers.ModelSerializer[TuningRun]):
    """A run. `job` is the id under /api/v1/jobs; `state` and `problem` are that job's."""

    job = serializers.UUIDField(source="job_id", allow_null=True)
    recipe = serializers.SerializerMethodField()
    knowledge_bases = TuningSourceSerializer(source="sources", many=True)
    base_model = serializers.CharField(source="base_label")
    model = serializers.SerializerMethodField(help_text="`name@version` of what comes out.")
    state = serializers.SerializerMethodField()
    stage = serializers.SerializerMethodField()
    done = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()
    problem = serializers.SerializerMethodField()
    parameters = serializers.DictField()
    certificate = serializers.DictField(allow_null=True)
    result = serializers.DictField(allow_null=True)

    class Meta:
        model = TuningRun
        fields = [
            "id",
            "job",
            "recipe",
            "private",
            "knowledge_bases",
            "language",
            "parameters",
            "base_model",
            "model",
            "state",
            "stage",
            "done",
            "total",
            "problem",
            "execution",
            "starts",
            "examples_count",
            "certificate",
            "result",
            "created_at",
        ]

    def get_recipe(self, run: TuningRun) -> str:
        return f"{run.vertical}.{run.recipe}"

    def get_model(self, run: TuningRun) -> str:
        return str(run)

    @extend_schema_field(serializers.ChoiceField(JobState.choices))
    def get_state(self, run: TuningRun) -> str:
        return run.job.state if run.job else JobState.CANCELLED

    def get_stage(self, run: TuningRun) -> str:
        return run.job.stage if run.job else ""

    def get_done(self, run: TuningRun) -> int:
        return run.job.done if run.job else 0

    def get_total(self, run: TuningRun) -> int:
        return run.job.total if run.job else 0

    @extend_schema_field(JobProblemSerializer(allow_null=True))
    def get_problem(self, run: TuningRun) -> dict[str, Any] | None:
        stored = run.job.problem if run.job else None
        return None if stored is None else JobProblemSerializer(stored).data


class TuningStepSerializer(serializers.ModelSerializer[TuningProgress]):
    """What was measured at a step; `loss` of private texts is never told."""

    class Meta:
        model = TuningProgress
        fields = ["step", "loss", "held_out_loss", "epsilon", "tokens_per_s", "memory_bytes", "learning_rate"]


class TuningJobDetailSerializer(TuningJobSerializer):
    plan = serializers.DictField(allow_null=True)
    card = serializers.DictField(allow_null=True, help_text="What the data were, in counts.")
    progress = serializers.SerializerMethodField()
    spendings = SpendingSerializer(many=True)

    class Meta(TuningJobSerializer.Meta):
        fields = [*TuningJobSerializer.Meta.fields, "plan", "card", "progress", "spendings"]

    @extend_schema_field(TuningStepSerializer(many=True))
    def get_progress(self, run: TuningRun) -> Any:
        return TuningStepSerializer(run.progress.order_by("step"), many=True).data


class TuningJobPage(PageSerializer):
    data = TuningJobSerializer(many=True)


class BudgetRequest(StrictSerializer):
    data_set = serializers.CharField(max_length=160, help_text="As GET names it.")
    epsilon_limit = NumberField(allow_null=True, help_text="null: the installation's limit.")
    delta_limit = NumberField(allow_null=True, help_text="null: the installation's limit.")


class BudgetSerializer(serializers.Serializer[BudgetState]):
    """What trainings may spend of a data set in all, by basic composition: epsilons add up, and deltas do."""

    data_set = serializers.CharField(source="data_set.key")
    name = serializers.CharField(source="data_set.label")
    vertical = serializers.CharField(source="data_set.vertical")
    knowledge_base = serializers.UUIDField(source="data_set.knowledge_base", allow_null=True)
    epsilon_limit = serializers.FloatField()
    delta_limit = serializers.FloatField()
    epsilon_used = serializers.FloatField()
    delta_used = serializers.FloatField()
    epsilon_left = serializers.FloatField()
    delta_left = serializers.FloatField()
    is_default = serializers.BooleanField(help_text="Whether nobody has set limits of its own.")


class BudgetDetailSerializer(BudgetSerializer):
    spendings = serializers.SerializerMethodField(help_text="The newest of them first, at most 200.")

    @extend_schema_field(SpendingSerializer(many=True))
    def get_spendings(self, state: BudgetState) -> Any:
        return SpendingSerializer(self.context["ledger"].get(state.data_set.key, []), many=True).data


class BudgetPage(PageSerializer):
    data = BudgetDetailSerializer(many=True)
