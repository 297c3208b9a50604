"""People, workspaces and keys in the administration."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collegium.accounts.asker import SCOPES
from collegium.accounts.models import ApiKey, AuditEvent, Membership, User, Workspace, WorkspaceVertical
from collegium.accounts.services import api_key_create, api_key_revoke
from collegium.errors import Problem
from collegium.read_only_admin import ReadOnlyAdmin
from collegium.sdk.registry import loaded_verticals


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user", "workspace")


class VerticalForm(forms.ModelForm):
    """Offers the verticals that are loaded, and keeps one that is not loaded now."""

    slug = forms.ChoiceField(label=gettext_lazy("vertical"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        slugs = sorted({*loaded_verticals(), self.instance.slug} - {""})
        self.fields["slug"].choices = [(slug, slug) for slug in slugs]


class VerticalInline(admin.TabularInline):
    model = WorkspaceVertical
    form = VerticalForm
    extra = 0


@admin.register(User)
class PersonAdmin(UserAdmin):
    inlines = (MembershipInline,)
    fieldsets = (*UserAdmin.fieldsets, (gettext_lazy("Language"), {"fields": ("language",)}))


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")
    inlines = (VerticalInline, MembershipInline)


class KeyForm(forms.ModelForm):
    """What a new key is to be; the key itself is made and shown once when this is saved."""

    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("scopes"),
        choices=[(scope, scope) for scope in ("all", *SCOPES)],
        widget=forms.CheckboxSelectMultiple,
    )
    verticals = forms.MultipleChoiceField(
        label=gettext_lazy("verticals"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all that the workspace has enabled."),
    )

    class Meta:
        model = ApiKey
        fields = ("workspace", "name", "user", "scopes", "verticals", "expires_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "verticals" in self.fields:
            self.fields["verticals"].choices = [(slug, slug) for slug in sorted(loaded_verticals())]

    def clean(self) -> dict[str, Any]:
        """Check what the service would refuse, where it can still be shown beside the form."""
        given = super().clean() or {}
        user, workspace = given.get("user"), given.get("workspace")
        if user and workspace and not Membership.objects.filter(user=user, workspace=workspace).exists():
            self.add_error("user", _("This person is not a member of the workspace."))
        expires_at = given.get("expires_at")
        if expires_at and expires_at <= timezone.now():
            self.add_error("expires_at", _("The key would have expired already; choose a later time."))
        return given


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    """Keys are made here or by `manage.py apikey create`, shown once, and afterwards only revoked."""

    form = KeyForm
    list_display = (
        "prefix",
        "name",
        "workspace",
        "user",
        "scopes",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )
    list_filter = ("workspace",)
    search_fields = ("name", "prefix")
    actions = ("revoke",)

    def get_readonly_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        if obj is None:
            return ()
        return (
            *("prefix", "workspace", "name", "user", "scopes", "verticals"),
            *("expires_at", "revoked_at", "created_at", "last_used_at"),
        )

    def get_fields(self, request: HttpRequest, obj: ApiKey | None = None) -> tuple[str, ...]:
        return self.get_readonly_fields(request, obj) or KeyForm.Meta.fields

    def save_model(self, request: HttpRequest, obj: ApiKey, form: KeyForm, change: bool) -> None:
        """Make the key by its service; a key that exists has nothing that could be changed."""
        if change:
            return
        given = form.cleaned_data
        row, key = api_key_create(
            workspace=given["workspace"],
            name=given["name"],
            scopes=given["scopes"],
            user=given["user"],
            verticals=given["verticals"],
            expires_at=given["expires_at"],
            made_by=request.user,
        )
        obj.__dict__.update(row.__dict__)  # the admin's log and redirect name the row that was made
        messages.warning(request, _("The key, shown this once: %(key)s") % {"key": key})

    @admin.action(description=gettext_lazy("Revoke the chosen keys"), permissions=["change"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        revoked = 0
        for key in queryset.select_related("workspace"):
            try:
                api_key_revoke(key=key, by=request.user)
                revoked += 1
            except Problem as problem:
                messages.info(request, f"{key}: {problem.detail}")
        messages.success(request, _("Keys revoked: %(count)s") % {"count": revoked})

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        """A key is revoked, not deleted: answers and audit events name it."""
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ("at", "workspace", "user", "api_key", "action", "target")
    list_filter = ("action", "workspace")
    search_fields = ("target", "user__username", "request_id")
