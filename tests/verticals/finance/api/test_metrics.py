"""`/metrics` over HTTP: values with what they came from, reasons where there is none, nothing for strangers."""

import pytest

from tests.collegium.api.conftest import Caller
from tests.verticals.finance.filing_pages import CIK, CONTEXTS, COVER, context, figure, page

pytestmark = pytest.mark.django_db
METRICS = "/api/v1/finance/metrics"


@pytest.fixture
def version(ingest):
    contexts = CONTEXTS + context("9m", "2024-01-01/2024-09-30")
    body = "".join(
        (
            figure("1,000", scale="3", decimals="-3"),
            figure("600", scale="3", decimals="-3", name="us-gaap:CostOfRevenue"),
            figure("700", scale="3", decimals="-3", ref="9m"),
        )
    )
    return ingest({"report.htm": page(f"<p>Net sales {body}.</p>{COVER}", contexts=contexts)})


def row(caller, query: str) -> dict:
    reply = caller("GET", f"{METRICS}?{query}")
    assert reply.status_code == 200, reply.content
    (found,) = reply.json()["data"]
    return found


def test_a_computed_metric_names_its_formula_and_the_facts_behind_it(caller, version):
    found = row(caller, "entity=TBK&metric=gross_margin&period=FY2024")
    facts = caller("GET", f"/api/v1/finance/facts?entity={CIK}&start=2024-01-01&end=2024-12-31").json()[
        "data"
    ]
    assert found.pop("inputs") == sorted(fact["id"] for fact in facts)
    assert found == {
        "entity": CIK, "metric": "gross_margin", "names": {"en": "Gross margin", "zh": "毛利率"}, "period": "FY2024",
        "start": "2024-01-01", "end": "2024-12-31", "value": "0.4", "unit": "pure", "shown": "40.00%", "basis": "derived",
        "formula": "gross_profit / revenue", "notes": [], "reason": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("query", "value", "basis"),
    [
        ("metric=revenue&period=FY2024", "1000000", "reported"),
        ("metric=营业收入&period=2024年", "1000000", "reported"),
        ("metric=revenue", "1000000", "reported"),
        ("metric=revenue&period=2024Q4", "300000", "derived"),
        ("metric=revenue&period=2024-9M", "700000", "reported"),
        ("metric=revenue&period=2024-01-01/2024-09-30", "700000", "reported"),
        ("metric=revenue&period=fourth%20quarter%20of%202024", "300000", "derived"),
        ("metric=revenue&period=2024Q3", None, "not_reported"),
        ("metric=total_assets&period=FY2024", None, "not_reported"),
        ("metric=revenue&period=FY2024&as_of=2020-01-01", None, "not_reported"),
    ],
)
def test_metrics_and_periods_are_named_by_code_or_in_words(caller, version, query, value, basis):
    found = row(caller, f"entity={CIK}&{query}")
    assert (found["value"], found["basis"]) == (value, basis)
    assert (found["reason"] is None) == (value is not None)


def test_a_reason_says_what_it_would_take_in_the_language_asked_for(caller, version):
    found = row(caller, "entity=TBK&metric=revenue&period=2024Q3&language=zh")
    assert found["reason"]["code"] == "other_periods" and "2024年半年度报告" in found["reason"]["detail"]
    assert found["inputs"] == [] and found["shown"] == ""
    english = row(caller, "entity=TBK&metric=revenue&period=2024Q3")
    assert "half-year report 2024" in english["reason"]["detail"]


def test_several_metrics_and_periods_come_in_one_reply(caller, version):
    data = caller("GET", f"{METRICS}?entity=TBK&metric=revenue,gross_margin&period=FY2024,2024Q4").json()[
        "data"
    ]
    assert [(one["metric"], one["period"]) for one in data] == [
        ("revenue", "FY2024"), ("revenue", "2024Q4"), ("gross_margin", "FY2024"), ("gross_margin", "2024Q4"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("", 422, "invalid"), ("entity=TBK", 422, "invalid"), ("metric=revenue", 422, "invalid"),
        ("entity=TBK&metric=revenu", 404, "unknown_metric"), ("entity=TBK&metric=revenue of", 404, "unknown_metric"),
        ("entity=Vellora&metric=revenue", 404, "unknown_entity"),
        ("entity=TBK&metric=revenue&period=soon", 422, "unknown_period"),
        ("entity=TBK&metric=revenue&period=2024-13-01/2024-12-31", 422, "unknown_period"),
        ("entity=TBK&metric=revenue&period=2024-12-31/2024-01-01", 422, "unknown_period"),
        ("entity=TBK&metric=revenue&as_of=soon", 422, "invalid"), ("entity=TBK&metric=%00", 422, "invalid"),
        ("entity=TBK&metric=revenue&knowledge_base=00000000-0000-0000-0000-000000000000", 404, "not_found"),
        ("entity=TBK&metric=revenue&period=" + "FY2024," * 21, 422, "too_many"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_named(caller, version, query, status, code):
    reply = caller("GET", f"{METRICS}?{query}")
    assert (reply.status_code, reply.json()["code"]) == (status, code), reply.content
    assert reply["Content-Type"] == "application/problem+json" and reply.json()["detail"]


def test_a_mistyped_metric_is_told_what_comes_close(caller, version):
    detail = caller("GET", f"{METRICS}?entity=TBK&metric=gros_margin").json()["detail"]
    assert "gross_margin" in detail


def test_a_stranger_learns_nothing(stranger, version, finance_base, key_make, workspace, owner):
    reply = stranger("GET", f"{METRICS}?entity={CIK}&metric=revenue")
    assert reply.status_code == 404 and "Tarnbeck" not in reply.content.decode()
    inside = f"entity={CIK}&metric=revenue&knowledge_base={finance_base.pk}"
    assert stranger("GET", f"{METRICS}?{inside}").status_code == 404
    assert Caller()("GET", f"{METRICS}?entity={CIK}&metric=revenue").status_code == 401
    unable = Caller(key_make(workspace, "ask", user=owner))
    assert unable("GET", f"{METRICS}?entity={CIK}&metric=revenue").status_code == 403
