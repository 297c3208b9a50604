"""The page of the medical vertical: which guidelines and notes there are."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from collegium.sdk.asker import Asker
from collegium.sdk.documents import documents_list
from collegium.sdk.errors import Invalid
from verticals.medical.tagging.filters import versions_naming

CONCEPT_MAX_CHARS = 200


def guidelines(request: HttpRequest, asker: Asker) -> HttpResponse:
    """The documents with source and date, the latest first; by wish those that name a concept."""
    concept = request.GET.get("concept", "").replace("\x00", "").strip()[:CONCEPT_MAX_CHARS]
    problem = ""
    documents = documents_list(asker, "medical")
    if concept:
        try:
            naming = versions_naming(asker, concept)
            documents = [one for one in documents if one.version in naming]
        except Invalid as wrong:
            documents, problem = [], wrong.detail
    documents.sort(key=lambda one: str(one.metadata.get("publication_date") or ""), reverse=True)
    known = {"documents": documents, "concept": concept, "problem": problem, "section": "medical"}
    return render(request, "medical/guidelines.html", known)
