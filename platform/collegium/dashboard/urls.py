"""The addresses of the analysts' pages."""

from django.urls import URLPattern, path

from collegium.dashboard.views import (
    ask,
    citations,
    documents,
    engine,
    knowledge,
    search,
    sharing,
    sign_in,
)
from collegium.sdk.pages import vertical_urls

urlpatterns: list[URLPattern] = [
    path("sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("language/", sign_in.language_set, name="language"),
    path("workspace/", sign_in.workspace_set, name="workspace"),
    path("", ask.ask_page, name="ask"),
    path("ask/", ask.ask_run, name="ask_run"),
    path("conversations/", ask.conversations, name="conversations"),
    path("answers/<uuid:answer_id>/", ask.answer_page, name="answer"),
    path("answers/<uuid:answer_id>/part/", ask.answer_part, name="answer_part"),
    path("answers/<uuid:answer_id>/citations/<int:number>/", citations.citation, name="citation"),
    path("passages/<int:chunk_id>/", citations.passage, name="passage"),
    path("search/", search.search, name="search"),
    path("knowledge/", knowledge.knowledge_list, name="knowledge"),
    path("knowledge/<uuid:base_id>/", knowledge.knowledge_base, name="knowledge_base"),
    path("knowledge/<uuid:base_id>/upload/", knowledge.upload, name="upload"),
    path("knowledge/<uuid:base_id>/sharing/", sharing.base_sharing, name="base_sharing"),
    path("documents/stages/", knowledge.stages, name="stages"),
    path("documents/<uuid:document_id>/", documents.document, name="document"),
    path("documents/<uuid:document_id>/new-version/", documents.version_upload, name="version_upload"),
    path("documents/<uuid:document_id>/re-index/", documents.reindex, name="reindex"),
    path("documents/<uuid:document_id>/details/", documents.describe, name="document_describe"),
    path("documents/<uuid:document_id>/delete/", documents.delete, name="document_delete"),
    path("documents/<uuid:document_id>/sharing/", sharing.document_sharing, name="document_sharing"),
    path("documents/<uuid:document_id>/versions/<uuid:version_id>/", citations.version_page, name="version"),
    path(
        "documents/<uuid:document_id>/versions/<uuid:version_id>/pages/<int:number>.png",
        citations.image,
        name="page_image",
    ),
    path("jobs/<uuid:job_id>/cancel/", documents.cancel, name="job_cancel"),
    path("jobs/<uuid:job_id>/retry/", documents.retry, name="job_retry"),
    path("engine/", engine.engine, name="engine"),
    path("engine/badge/", engine.badge, name="engine_badge"),
    *vertical_urls(),
]
