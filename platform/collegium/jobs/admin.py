"""Jobs in the administration: to look at, and to stop or try again."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from collegium.accounts.asker import ROLE_SCOPES, Asker
from collegium.errors import Problem
from collegium.jobs.models import Job
from collegium.jobs.services import job_cancel, job_retry
from collegium.read_only_admin import ReadOnlyAdmin


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = (
        "kind",
        "workspace",
        "state",
        "stage",
        "done",
        "total",
        "attempt",
        "created_at",
        "finished_at",
    )
    list_filter = ("state", "kind", "workspace")
    search_fields = ("id", "subject", "document")
    date_hierarchy = "created_at"
    actions = ("stop", "again")
    exclude = ("lease_token",)

    @admin.action(description=_("Stop the chosen jobs"), permissions=["act"])
    def stop(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        self._each(request, rows, job_cancel)

    @admin.action(description=_("Try the chosen jobs again"), permissions=["act"])
    def again(self, request: HttpRequest, rows: QuerySet[Job]) -> None:
        self._each(request, rows, job_retry)

    def _each(self, request: HttpRequest, rows: QuerySet[Job], change: object) -> None:
        for job in rows:
            asker = Asker(job.workspace_id, request.user.pk, role="admin", scopes=ROLE_SCOPES["admin"])
            try:
                change(asker=asker, job_id=job.pk)  # type: ignore[operator]
            except Problem as problem:
                self.message_user(request, problem.detail, messages.ERROR)

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether somebody may stop and repeat jobs, which nobody can edit."""
        return request.user.has_perm("jobs.change_job")
