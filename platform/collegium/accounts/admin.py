"""People, workspaces and keys in the administration."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.utils.translation import gettext_lazy as _

from collegium.accounts.models import ApiKey, AuditEvent, Membership, User, Workspace, WorkspaceVertical


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ("user", "workspace")


class VerticalInline(admin.TabularInline):
    model = WorkspaceVertical
    extra = 0


@admin.register(User)
class PersonAdmin(UserAdmin):
    inlines = (MembershipInline,)
    fieldsets = (*UserAdmin.fieldsets, (_("Language"), {"fields": ("language",)}))


@admin.register(Workspace)
class WorkspaceAdmin(admin.ModelAdmin):
    list_display = ("name", "slug", "created_at")
    search_fields = ("name", "slug")
    inlines = (VerticalInline, MembershipInline)


@admin.register(ApiKey)
class ApiKeyAdmin(admin.ModelAdmin):
    """Keys are made by `manage.py apikey create`, which alone shows them; here they are seen and revoked."""

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
    readonly_fields = ("prefix", "workspace", "user", "scopes", "verticals", "created_at", "last_used_at")

    def has_add_permission(self, request: object) -> bool:
        return False


@admin.register(AuditEvent)
class AuditEventAdmin(admin.ModelAdmin):
    list_display = ("at", "workspace", "user", "api_key", "action", "target")
    list_filter = ("action", "workspace")
    search_fields = ("target", "user__username", "request_id")

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False
