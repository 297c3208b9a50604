"""Jobs: how far long work is; stopping it and trying it again."""

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.api.api_view import ApiView
from collegium.api.knowledge_serializers import JobPage, JobSerializer
from collegium.api.pagination import PAGE_PARAMETERS, page_of
from collegium.errors import Invalid
from collegium.jobs.models import JobState
from collegium.jobs.selectors import job_get, visible_jobs
from collegium.jobs.services import job_cancel, job_retry


class JobList(ApiView):
    required_scope = "read"

    @extend_schema(
        operation_id="job_list",
        parameters=[OpenApiParameter("state", enum=JobState.values), *PAGE_PARAMETERS],
        responses=JobPage,
    )
    def get(self, request: Request) -> Response:
        """The jobs that the key may see, newest first."""
        rows = visible_jobs(self.asker)
        if state := request.query_params.get("state"):
            if state not in JobState.values:
                message = _("Choose one of %(values)s.") % {"values": ", ".join(JobState.values)}
                error = {"field": "state", "code": "invalid", "message": message}
                raise Invalid(f"state: {message}", errors=[error])
            rows = rows.filter(state=state)
        return Response(page_of(request, rows, lambda row: JobSerializer(row).data))


class JobOne(ApiView):
    required_scope = "read"

    @extend_schema(operation_id="job_get", responses=JobSerializer)
    def get(self, request: Request, job_id: str) -> Response:
        """A job: its state, its stage, how much of it is done, and why it failed."""
        return Response(JobSerializer(job_get(self.asker, job_id)).data)


class JobCancel(ApiView):
    required_scope = "upload"

    @extend_schema(operation_id="job_cancel", request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: str) -> Response:
        """Stop a job: at once where it waits, at its next step where it runs."""
        job = job_get(self.asker, job_id)
        return Response(JobSerializer(job_cancel(asker=self.asker, job_id=job.pk)).data)


class JobRetry(ApiView):
    required_scope = "upload"

    @extend_schema(operation_id="job_retry", request=None, responses=JobSerializer)
    def post(self, request: Request, job_id: str) -> Response:
        """Queue a failed or cancelled job again."""
        job = job_get(self.asker, job_id)
        return Response(JobSerializer(job_retry(asker=self.asker, job_id=job.pk)).data)
