"""Knowledge bases and documents in the administration, with uploads that take the same way as everywhere."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collegium.accounts.asker import ROLE_SCOPES, Asker
from collegium.errors import Problem, problem_told
from collegium.jobs.models import Job
from collegium.knowledge.models import Access, Document, DocumentVersion, Grant, KnowledgeBase
from collegium.knowledge.services import document_add, document_delete, document_reindex
from collegium.read_only_admin import ReadOnlyAdmin
from collegium.sdk.registry import loaded_verticals


class FilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One or more files; together they are one document."""

    widget = FilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data]
        return [super(FilesField, self).clean(file, initial) for file in files]


class UploadForm(forms.Form):
    knowledge_base = forms.ModelChoiceField(
        KnowledgeBase.objects.order_by("workspace__name", "name"), label=gettext_lazy("Knowledge base")
    )
    files = FilesField(label=gettext_lazy("Files"))
    title = forms.CharField(label=gettext_lazy("Title"), max_length=400, required=False)
    access = forms.ChoiceField(label=gettext_lazy("Who may see it"), choices=Access.choices)
    metadata = forms.JSONField(
        label=gettext_lazy("Metadata"), required=False, help_text=gettext_lazy('Such as {"period": "2024"}')
    )


def administrator(request: HttpRequest, workspace_id: Any) -> Asker:
    """A member of the site's staff acts as an administrator of the workspace whose row they change."""
    return Asker(workspace_id, request.user.pk, role="admin", scopes=ROLE_SCOPES["admin"])


class ReadOnlyInline(admin.TabularInline):
    extra = 0
    can_delete = False

    def has_add_permission(self, request: object, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: object, obj: object = None) -> bool:
        return False


class VersionInline(ReadOnlyInline):
    model = DocumentVersion
    fk_name = "document"
    fields = readonly_fields = (
        "number",
        "state",
        "page_count",
        "chunk_count",
        "size_bytes",
        "parser",
        "created_at",
        "indexed_at",
    )
    show_change_link = True


class GrantInline(admin.TabularInline):
    model = Grant
    extra = 0
    fields = ("user",)
    autocomplete_fields = ("user",)


@admin.register(KnowledgeBase)
class KnowledgeBaseAdmin(admin.ModelAdmin):
    list_display = ("name", "workspace", "vertical", "access", "created_at")
    list_filter = ("vertical", "access", "workspace")
    search_fields = ("name", "description")
    fields = ("workspace", "name", "vertical", "description", "access")
    inlines = (GrantInline,)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "vertical":
            choices = [(slug, slug) for slug in sorted(loaded_verticals())]
            return forms.ChoiceField(choices=choices, label=db_field.verbose_name)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: KnowledgeBase | None = None) -> tuple[str, ...]:
        return ("workspace", "vertical") if obj else ()

    def save_model(self, request: HttpRequest, obj: KnowledgeBase, form: Any, change: bool) -> None:
        if not change:
            obj.created_by_id = request.user.pk
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: KnowledgeBase | None = None) -> bool:
        """Only an empty one: its documents are deleted first, each with its passages and files."""
        allowed = super().has_delete_permission(request, obj)
        return allowed and obj is not None and not obj.documents.exists()


@admin.register(Document)
class DocumentAdmin(admin.ModelAdmin):
    list_display = ("title", "workspace", "knowledge_base", "access", "latest_job", "created_at")
    list_filter = ("knowledge_base__vertical", "access", "workspace", "knowledge_base")
    search_fields = ("title", "id")
    date_hierarchy = "created_at"
    fields = ("title", "access", "workspace", "knowledge_base", "created_by", "created_at", "latest_job")
    readonly_fields = ("workspace", "knowledge_base", "created_by", "created_at", "latest_job")
    inlines = (GrantInline, VersionInline)
    actions = ("reindex",)

    @admin.display(description=gettext_lazy("Newest job"))
    def latest_job(self, document: Document) -> str:
        job = Job.objects.filter(document=document.pk).order_by("-created_at").first()
        if job is None:
            return "-"
        why = f": {problem_told(job.problem).get('detail', '')}" if job.problem else ""
        return f"{job.get_state_display()} {job.stage} {job.done}/{job.total}{why}"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Upload files as one document."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            base = form.cleaned_data["knowledge_base"]
            try:
                version, _job = document_add(
                    asker=administrator(request, base.workspace_id),
                    knowledge_base=base,
                    files=form.cleaned_data["files"],
                    title=form.cleaned_data["title"],
                    metadata=form.cleaned_data["metadata"] or {},
                    access=form.cleaned_data["access"],
                )
            except Problem as problem:
                form.add_error(None, problem.detail)
            else:
                self.message_user(request, _("Uploaded. It is being read."), messages.SUCCESS)
                return redirect("admin:knowledge_document_change", version.document_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "form": form,
            "title": _("Upload a document"),
        }
        return TemplateResponse(request, "admin/knowledge/upload.html", context)

    @admin.action(description=gettext_lazy("Read the chosen documents again"), permissions=["change"])
    def reindex(self, request: HttpRequest, rows: QuerySet[Document]) -> None:
        for document in rows:
            try:
                document_reindex(asker=administrator(request, document.workspace_id), document_id=document.pk)
            except Problem as problem:
                self.message_user(request, f"{document}: {problem.detail}", messages.ERROR)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], Any]:
        """What goes with a document is not deleted by itself, so it needs no permission of its own."""
        listed, counts, _needed, protected = super().get_deleted_objects(objs, request)
        return listed, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: Document) -> None:
        document_delete(asker=administrator(request, obj.workspace_id), document_id=obj.pk)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Document]) -> None:
        for document in queryset:
            self.delete_model(request, document)


@admin.register(DocumentVersion)
class DocumentVersionAdmin(ReadOnlyAdmin):
    list_display = (
        "document",
        "number",
        "state",
        "language",
        "page_count",
        "chunk_count",
        "parser",
        "indexed_at",
    )
    list_filter = ("state", "language", "parser", "knowledge_base")
    search_fields = ("document__title", "content_hash")
    exclude = ("outline",)
