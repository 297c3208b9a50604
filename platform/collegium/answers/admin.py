from django.contrib import admin

from collegium.answers.models import Answer, Conversation


@admin.register(Conversation)
class ConversationAdmin(admin.ModelAdmin):
    """Who asked when; the questions and answers themselves belong to those who asked."""

    list_display = ("id", "workspace", "user", "vertical", "created_at")
    list_filter = ("vertical", "workspace")
    fields = readonly_fields = ("id", "workspace", "user", "api_key", "vertical", "created_at")

    def has_add_permission(self, request: object) -> bool:
        return False


@admin.register(Answer)
class AnswerAdmin(admin.ModelAdmin):
    list_display = ("id", "workspace", "user", "vertical", "state", "refused", "model", "created_at")
    list_filter = ("vertical", "state", "refused")
    fields = readonly_fields = (
        "id", "workspace", "user", "api_key", "vertical", "state", "refused", "problem", "model",
        "model_digest",
        "prompt_version", "vertical_version", "timings", "created_at", "finished_at",
    )  # fmt: skip

    def has_add_permission(self, request: object) -> bool:
        return False
