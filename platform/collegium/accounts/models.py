"""People, the workspaces that they share, and the keys that act for them."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in."""

    language = models.CharField(
        _("language"), max_length=8, blank=True, choices=[("en", "English"), ("zh-hans", "简体中文")]
    )


class Role(models.TextChoices):
    """What a member may do: analysts ask and read, editors also upload, admins also manage."""

    ANALYST = "analyst", _("analyst")
    EDITOR = "editor", _("editor")
    ADMIN = "admin", _("administrator")


class Workspace(models.Model):
    """A circle of people with its own knowledge bases, conversations and keys."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(_("slug"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspaces")

    def __str__(self) -> str:
        return self.name


class WorkspaceVertical(models.Model):
    """A vertical that is enabled in a workspace, with the workspace's settings for it."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="verticals")
    slug = models.SlugField(_("vertical"), max_length=60)
    enabled = models.BooleanField(_("enabled"), default=True)
    settings = models.JSONField(_("settings"), default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "slug"], name="workspace_vertical_once")]

    def __str__(self) -> str:
        return f"{self.workspace} / {self.slug}"


class Membership(models.Model):
    """A person's role in a workspace."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.ANALYST)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} / {self.workspace} ({self.role})"


class ApiKey(models.Model):
    """A key of a workspace. Only its SHA-256 is stored; with a user it sees what that user sees there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="api_keys")
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="api_keys")
    name = models.CharField(_("name"), max_length=100)
    prefix = models.CharField(_("prefix"), max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    verticals = models.JSONField(_("verticals"), default=list, blank=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.prefix}… ({self.name})"


class AuditEvent(models.Model):
    """Who did what to what, and when. Never holds a document's text or a secret."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, related_name="audit_events")
    user = models.ForeignKey(User, models.SET_NULL, null=True)
    api_key = models.ForeignKey(ApiKey, models.SET_NULL, null=True)
    action = models.CharField(max_length=60)
    target = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.target}"
