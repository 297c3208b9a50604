"""The page of the medical vertical: which guidelines and notes there are."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from collegium.sdk.asker import Asker
from collegium.sdk.documents import documents_list


def guidelines(request: HttpRequest, asker: Asker) -> HttpResponse:
    """The documents with source and date, the latest first."""
    documents = sorted(
        documents_list(asker, "medical"),
        key=lambda one: str(one.metadata.get("publication_date") or ""),
        reverse=True,
    )
    return render(request, "medical/guidelines.html", {"documents": documents, "section": "medical"})
