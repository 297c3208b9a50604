"""Runs of evaluation suites in the administration, to look at."""

from django.contrib import admin

from collegium.evaluation.models import SuiteRun


@admin.register(SuiteRun)
class SuiteRunAdmin(admin.ModelAdmin):
    list_display = ("suite", "metrics", "code_version", "duration_s", "created_at")
    list_filter = ("suite",)
    search_fields = ("suite", "code_version", "data_fingerprint")
    date_hierarchy = "created_at"

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False
