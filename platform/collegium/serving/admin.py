from django.contrib import admin

from collegium.serving.models import ModelAlias, ModelVersion


@admin.register(ModelVersion)
class ModelVersionAdmin(admin.ModelAdmin):
    list_display = ("name", "version", "url", "digest", "created_at")
    search_fields = ("name", "version", "digest")
    readonly_fields = ("digest", "created_at")


@admin.register(ModelAlias)
class ModelAliasAdmin(admin.ModelAdmin):
    list_display = ("name", "model_version", "moved_at")
