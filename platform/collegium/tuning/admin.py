"""Tuning in the administration: to look at. Limits of budgets may be set; the ledger is never edited."""

from django.contrib import admin

from collegium.read_only_admin import ReadOnlyAdmin
from collegium.tuning.models import PrivacyBudget, PrivacySpending, TuningProgress, TuningRun


@admin.register(TuningRun)
class TuningRunAdmin(ReadOnlyAdmin):
    list_display = (
        "__str__",
        "workspace",
        "vertical",
        "recipe",
        "private",
        "job",
        "created_by",
        "created_at",
    )
    list_filter = ("private", "vertical", "workspace")
    search_fields = ("id", "model_name", "recipe")
    date_hierarchy = "created_at"


@admin.register(TuningProgress)
class TuningProgressAdmin(ReadOnlyAdmin):
    list_display = ("run", "step", "loss", "held_out_loss", "epsilon", "tokens_per_s", "at")
    list_select_related = ("run",)


@admin.register(PrivacyBudget)
class PrivacyBudgetAdmin(admin.ModelAdmin):
    list_display = ("label", "workspace", "vertical", "epsilon_limit", "delta_limit")
    list_filter = ("workspace",)
    search_fields = ("label", "data_set")
    readonly_fields = ("workspace", "data_set", "label", "knowledge_base", "vertical")

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(PrivacySpending)
class PrivacySpendingAdmin(ReadOnlyAdmin):
    list_display = ("budget", "run_label", "state", "epsilon", "delta", "unit", "created_at", "decided_at")
    list_filter = ("state", "budget__workspace")
    list_select_related = ("budget",)
    search_fields = ("run_label", "budget__label")
