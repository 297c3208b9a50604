"""Models in the administration: to look at, and the thresholds that a version must reach to be promoted."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from collegium.evaluation.services import suites
from collegium.read_only_admin import ReadOnlyAdmin
from collegium.serving.models import EvaluationGate, ModelAlias, ModelMove, ModelVersion


@admin.register(ModelVersion)
class ModelVersionAdmin(admin.ModelAdmin):
    """An engine that runs elsewhere is added here by its address; files come by training or import."""

    list_display = ("name", "version", "state", "url", "digest", "created_at")
    list_filter = ("state",)
    search_fields = ("name", "version", "digest")
    fields = ("name", "version", "url", "state", "digest", "base", "run", "certificate", "card", "created_at")
    readonly_fields = ("state", "digest", "base", "run", "certificate", "card", "created_at")

    def get_form(self, request: HttpRequest, obj: ModelVersion | None = None, **kwargs: Any) -> Any:
        """One without files must say where it is served."""
        form = super().get_form(request, obj, **kwargs)
        form.base_fields["url"].required = obj is None or not obj.directory
        return form

    def get_readonly_fields(self, request: HttpRequest, obj: ModelVersion | None = None) -> tuple[str, ...]:
        """The name of one that has a manifest is the manifest's."""
        named = ("name", "version") if obj is not None and obj.digest else ()
        return (*self.readonly_fields, *named)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A version is retired, not deleted: answers and moves name it."""
        return False


@admin.register(ModelAlias)
class ModelAliasAdmin(ReadOnlyAdmin):
    """To look at: an alias is moved by promotion and rollback, which judge and record it."""

    list_display = ("name", "model_version", "moved_at")


class GateForm(forms.ModelForm):
    """Offers the suites that there are, and keeps one that is not there now."""

    suite = forms.ChoiceField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = sorted({*suites(), self.instance.suite} - {""})
        self.fields["suite"].choices = [(name, name) for name in names]


@admin.register(EvaluationGate)
class EvaluationGateAdmin(admin.ModelAdmin):
    form = GateForm
    list_display = ("suite", "metric", "minimum", "worse_by", "higher_is_better", "data", "active")
    list_filter = ("active",)


@admin.register(ModelMove)
class ModelMoveAdmin(ReadOnlyAdmin):
    list_display = ("at", "kind", "model_version", "replaced", "by", "reason")
