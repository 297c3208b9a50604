"""The pages of the vertical, and the addresses by which they lead to each other."""

from urllib.parse import urlencode

from django.urls import reverse

from collegium.sdk.vertical import Page
from verticals.finance.metrics.periods import FiscalPeriod

_VIEWS = "verticals.finance.pages"
_RULES = "verticals.finance.compliance.pages"
PAGES = (
    Page("companies/", {"en": "Companies", "zh": "公司"}, f"{_VIEWS}.companies.companies", name="companies"),
    Page("compare/", {"en": "Compare", "zh": "对比"}, f"{_VIEWS}.compare.compare", name="compare"),
    Page("reports/", {"en": "Reports", "zh": "公司报告"}, f"{_VIEWS}.reports.reports", name="reports"),
    *(
        Page(path, {"en": label, "zh": chinese}, f"{_VIEWS}.{view}", navigation=False, name=name)
        for path, label, chinese, view, name in (
            ("compare.csv", "Compare", "对比", "compare.compare_csv", "compare_csv"),
            ("companies/<path:key>/", "Company", "公司", "company.company", "company"),
            ("statements/<path:key>/", "Statements", "财务报表", "statements.statements", "statements"),
            ("filings/<path:key>/", "Filings", "报告", "filings.filings", "filings"),
            ("restatements/<path:key>/", "Restatements", "重述", "filings.restatements", "restatements"),
            ("facts/<int:fact>/", "Figure", "数据", "facts.fact", "fact"),
            ("values/", "Value", "数值", "values.value", "value"),
        )
    ),
    Page("compliance/", {"en": "Compliance", "zh": "合规预审"}, f"{_RULES}.rules", scope="manage"),
    *(
        Page(path, {"en": label, "zh": chinese}, f"{_RULES}.{view}", scope="manage", navigation=False)
        for path, label, chinese, view in (
            ("compliance/new/", "New rule", "新建规则", "rule_new"),
            ("compliance/rules/<int:pk>/", "Rule", "规则", "rule_edit"),
        )
    ),
)


def address(name: str, *args: object, **query: object) -> str:
    """The address of a page of the vertical; what is empty in the query is left out."""
    found = reverse(f"vertical-finance-{name}", args=args)
    asked = urlencode({key: value for key, value in query.items() if value not in ("", None)}, doseq=True)
    return f"{found}?{asked}" if asked else found


def fact_address(fact: int | str) -> str:
    return address("fact", int(fact))


def value_address(entity: str, metric: str, period: FiscalPeriod) -> str:
    return address("value", entity=entity, metric=metric, period=period.code)
