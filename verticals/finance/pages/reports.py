"""The page of the finance vertical: which reports there are, by company and period."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from collegium.sdk.asker import Asker
from collegium.sdk.documents import documents_list


def reports(request: HttpRequest, asker: Asker) -> HttpResponse:
    """A table of reports for each company, the latest period first."""
    documents = documents_list(asker, "finance")

    def company(one: object) -> str:
        return str(one.metadata.get("company") or "")  # type: ignore[attr-defined]

    latest_first = sorted(
        documents,
        key=lambda one: (-int(one.metadata.get("fiscal_year") or 0), str(one.metadata.get("period") or "")),
    )
    grouped = [
        {"company": name, "reports": list(rows)}
        for name, rows in groupby(sorted(latest_first, key=company), key=company)
    ]
    return render(request, "finance/reports.html", {"companies": grouped, "section": "finance"})
