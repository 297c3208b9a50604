"""The addresses of the platform's own API."""

from django.urls import URLPattern, path

from collegium.api.openai.chat import ChatCompletions
from collegium.api.openai.embeddings import Embeddings
from collegium.api.openai.models import ModelList, ModelOne
from collegium.api.views.answers import AnswerCreate, AnswerEvents, AnswerList, AnswerOne
from collegium.api.views.documents import DocumentList, DocumentOne, DocumentReindex
from collegium.api.views.jobs import JobCancel, JobList, JobOne, JobRetry
from collegium.api.views.knowledge_bases import KnowledgeBaseList, KnowledgeBaseOne
from collegium.api.views.search import SearchView
from collegium.api.views.tuning import (
    BudgetList,
    TuningJobCancel,
    TuningJobList,
    TuningJobOne,
    TuningJobResume,
)
from collegium.api.views.verticals import VerticalList

urlpatterns: list[URLPattern] = [
    path("api/v1/verticals", VerticalList.as_view(), name="api_verticals"),
    path("api/v1/knowledge-bases", KnowledgeBaseList.as_view(), name="api_knowledge_bases"),
    path(
        "api/v1/knowledge-bases/<str:knowledge_base_id>",
        KnowledgeBaseOne.as_view(),
        name="api_knowledge_base",
    ),
    path("api/v1/documents", DocumentList.as_view(), name="api_documents"),
    path("api/v1/documents/<str:document_id>", DocumentOne.as_view(), name="api_document"),
    path("api/v1/documents/<str:document_id>/reindex", DocumentReindex.as_view(), name="api_reindex"),
    path("api/v1/jobs", JobList.as_view(), name="api_jobs"),
    path("api/v1/jobs/<str:job_id>", JobOne.as_view(), name="api_job"),
    path("api/v1/jobs/<str:job_id>/cancel", JobCancel.as_view(), name="api_job_cancel"),
    path("api/v1/jobs/<str:job_id>/retry", JobRetry.as_view(), name="api_job_retry"),
    path("api/v1/tuning/jobs", TuningJobList.as_view(), name="api_tuning_jobs"),
    path("api/v1/tuning/jobs/<str:run_id>", TuningJobOne.as_view(), name="api_tuning_job"),
    path("api/v1/tuning/jobs/<str:run_id>/cancel", TuningJobCancel.as_view(), name="api_tuning_cancel"),
    path("api/v1/tuning/jobs/<str:run_id>/resume", TuningJobResume.as_view(), name="api_tuning_resume"),
    path("api/v1/tuning/budgets", BudgetList.as_view(), name="api_tuning_budgets"),
    path("api/v1/search", SearchView.as_view(), name="api_search"),
    path("api/v1/answers", AnswerList.as_view(), name="api_answers"),
    path("api/v1/answers/<str:answer_id>", AnswerOne.as_view(), name="api_answer"),
    path("api/v1/answers/<str:answer_id>/events", AnswerEvents.as_view(), name="api_answer_events"),
    path("api/v1/<slug:vertical>/answers", AnswerCreate.as_view(), name="api_ask"),
    path("v1/chat/completions", ChatCompletions.as_view(), name="openai_chat"),
    path("v1/embeddings", Embeddings.as_view(), name="openai_embeddings"),
    path("v1/models", ModelList.as_view(), name="openai_models"),
    path("v1/models/<path:model>", ModelOne.as_view(), name="openai_model"),
]
