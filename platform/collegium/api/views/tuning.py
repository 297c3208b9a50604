"""Fine-tuning: runs, and the privacy budgets of data sets. All of it is for who manages the workspace."""

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.api.api_view import ApiView
from collegium.api.pagination import PAGE_PARAMETERS, keyed_page, page_of
from collegium.api.tuning_serializers import (
    BudgetDetailSerializer,
    BudgetPage,
    BudgetRequest,
    BudgetSerializer,
    TuningJobDetailSerializer,
    TuningJobPage,
    TuningJobRequest,
    TuningJobSerializer,
)
from collegium.errors import Invalid
from collegium.jobs.models import JobState
from collegium.tuning.budgets import BudgetState, budget_set, budget_states, ledger
from collegium.tuning.models import PrivacySpending
from collegium.tuning.selectors import run_get, visible_runs
from collegium.tuning.services import job_start, run_cancel, run_resume

SPENDINGS_MOST = 200
LOCATION = OpenApiParameter(
    "Location", str, OpenApiParameter.HEADER, response=[202], description="The run's address."
)


class TuningJobList(ApiView):
    required_scope = "manage"

    @extend_schema(
        operation_id="tuning_job_list",
        parameters=[OpenApiParameter("state", enum=JobState.values), *PAGE_PARAMETERS],
        responses=TuningJobPage,
    )
    def get(self, request: Request) -> Response:
        """The runs that the key may see, newest first."""
        rows = visible_runs(self.asker)
        if state := request.query_params.get("state"):
            if state not in JobState.values:
                message = _("Choose one of %(values)s.") % {"values": ", ".join(JobState.values)}
                error = {"field": "state", "code": "invalid", "message": message}
                raise Invalid(f"state: {message}", errors=[error])
            rows = rows.filter(job__state=state)
        return Response(page_of(request, rows, lambda row: TuningJobSerializer(row).data))

    @extend_schema(
        operation_id="tuning_job_start",
        request=TuningJobRequest,
        parameters=[LOCATION],
        responses={202: TuningJobSerializer},
    )
    def post(self, request: Request) -> Response:
        """Tune the model by a recipe on knowledge bases; a private recipe reserves its epsilon and delta."""
        given = self.read(TuningJobRequest)
        run = job_start(
            asker=self.asker,
            recipe=given["recipe"],
            knowledge_bases=given["knowledge_bases"],
            changes=given["parameters"],
            language=given["language"],
            base_model=given["base_model"],
        )
        return Response(
            TuningJobSerializer(run).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": f"/api/v1/tuning/jobs/{run.pk}"},
        )


class TuningJobOne(ApiView):
    required_scope = "manage"

    @extend_schema(operation_id="tuning_job_get", responses=TuningJobDetailSerializer)
    def get(self, request: Request, run_id: str) -> Response:
        """A run: how far it is, what was measured at its steps, what it spent, and its certificate."""
        run = run_get(self.asker, run_id)
        return Response(TuningJobDetailSerializer(run).data)


class TuningJobCancel(ApiView):
    required_scope = "manage"

    @extend_schema(operation_id="tuning_job_cancel", request=None, responses=TuningJobSerializer)
    def post(self, request: Request, run_id: str) -> Response:
        """Stop a run: at once where it waits, after a checkpoint where it runs. What is spent stays spent."""
        run = run_get(self.asker, run_id)
        return Response(TuningJobSerializer(run_cancel(asker=self.asker, run_id=run.pk)).data)


class TuningJobResume(ApiView):
    required_scope = "manage"

    @extend_schema(operation_id="tuning_job_resume", request=None, responses=TuningJobSerializer)
    def post(self, request: Request, run_id: str) -> Response:
        """Go on with a run that was stopped or failed, from its newest checkpoint."""
        run = run_get(self.asker, run_id)
        return Response(TuningJobSerializer(run_resume(asker=self.asker, run_id=run.pk)).data)


class BudgetList(ApiView):
    required_scope = "manage"

    @extend_schema(operation_id="privacy_budget_list", parameters=PAGE_PARAMETERS, responses=BudgetPage)
    def get(self, request: Request) -> Response:
        """The privacy budget of each data set, with what was spent of it and by which model."""
        states = sorted(budget_states(self.asker), key=lambda state: state.data_set.key)
        context = {"ledger": self._ledger()}

        def fetch(after: Any, limit: int) -> list[BudgetState]:
            if after is not None and not isinstance(after, str):
                raise TypeError("a key of another list")
            return [state for state in states if after is None or state.data_set.key > after][:limit]

        return Response(
            keyed_page(
                request,
                fetch,
                lambda state: BudgetDetailSerializer(state, context=context).data,
                key=lambda state: state.data_set.key,
            )
        )

    def _ledger(self) -> dict[str, list[PrivacySpending]]:
        found: dict[str, list[PrivacySpending]] = {}
        for line in ledger(self.asker):
            lines = found.setdefault(line.budget.data_set, [])
            if len(lines) < SPENDINGS_MOST:
                lines.append(line)
        return found

    @extend_schema(operation_id="privacy_budget_set", request=BudgetRequest, responses=BudgetSerializer)
    def put(self, request: Request) -> Response:
        """Set the limits of a data set. What was spent of it stays spent."""
        given = self.read(BudgetRequest)
        epsilon, delta = given["epsilon_limit"], given["delta_limit"]
        state = budget_set(
            asker=self.asker,
            data_set=given["data_set"],
            epsilon_limit=None if epsilon is None else Decimal(str(epsilon)),
            delta_limit=None if delta is None else Decimal(str(delta)),
        )
        return Response(BudgetSerializer(state).data)
