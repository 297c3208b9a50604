"""Who may see a knowledge base or a document."""

import re
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from collegium.accounts.asker import Asker
from collegium.dashboard.access import page
from collegium.dashboard.selectors import members
from collegium.knowledge.models import Access, Document, KnowledgeBase
from collegium.knowledge.selectors import document_get, knowledge_base_get
from collegium.knowledge.sharing import access_set, people_granted

PERSON_ID = re.compile(r"[0-9]{1,18}")


@page("upload", methods=("GET", "POST"))
def base_sharing(request: HttpRequest, asker: Asker, base_id: UUID) -> HttpResponse:
    base = knowledge_base_get(asker, base_id)
    return _sharing(request, asker, base, back="knowledge_base", title=base.name)


@page("upload", methods=("GET", "POST"))
def document_sharing(request: HttpRequest, asker: Asker, document_id: UUID) -> HttpResponse:
    document = document_get(asker, document_id)
    return _sharing(request, asker, document, back="document", title=document.title)


def _sharing(
    request: HttpRequest, asker: Asker, subject: KnowledgeBase | Document, *, back: str, title: str
) -> HttpResponse:
    if request.method == "POST":
        people = [int(text) for text in request.POST.getlist("people") if PERSON_ID.fullmatch(text)]
        access_set(asker=asker, subject=subject, access=request.POST.get("access", ""), people=people)
        messages.success(request, _("Saved."))
        return redirect(back, subject.pk)
    known = {
        "subject": subject,
        "title": title,
        "back": back,
        "access_choices": Access.choices,
        "people": members(asker),
        "granted": people_granted(subject),
        "section": "knowledge",
    }
    return render(request, "dashboard/sharing.html", known)
