"""Questions over uploaded filings, through the whole way of an answer, without a language model."""

from decimal import Decimal
from typing import Any

import pytest

from collegium.answers.models import Answer
from collegium.answers.selectors import answer_data, answer_get
from collegium.answers.services import ask
from collegium.errors import NotFound
from tests.verticals.finance.cas_reports import HALF_YEAR, NINE_MONTHS, report
from tests.verticals.finance.filing_pages import CIK, CONTEXTS, COVER, context, figure, page
from verticals.finance.answering.grounded import answer_ungrounded

pytestmark = pytest.mark.django_db
NAMES = ("Tarnbeck Instruments plc", "霁川仪器股份有限公司")
YEARS = CONTEXTS + context("y23", "2023-01-01/2023-12-31")
DISCUSSION = (
    "<h2>Management's Discussion and Analysis</h2><p>The gross margin of Tarnbeck Instruments increased in 2024,"
    " driven mainly by the higher share of laboratory products. Freight became cheaper.</p>"
)


def filing(*, text: str = DISCUSSION) -> dict[str, str]:
    """Net sales of 1,000 after 800 thousand, cost of 600 after 520."""
    rows = "".join(
        f"<tr><td>{label}</td><td>{figure(now, scale='3', decimals='-3', name=name, id=f'{label[0]}24')}</td>"
        f"<td>{figure(then, scale='3', decimals='-3', name=name, ref='y23', id=f'{label[0]}23')}</td></tr>"
        for label, name, now, then in (
            ("Net sales", "us-gaap:Revenues", "1,000", "800"),
            ("Cost of sales", "us-gaap:CostOfRevenue", "600", "520"),
        )
    )
    return {"report.htm": page(f"{text}<table>{rows}</table>{COVER}", contexts=YEARS)}


def told(asker: Any, question: str, **more: Any) -> dict[str, Any]:
    data = answer_data(asker, ask(asker=asker, vertical="finance", question=question, **more))
    assert answer_ungrounded(data, names=NAMES) == [], data["text"]
    return data


def test_a_figure_is_computed_and_cites_where_its_facts_stand(ingest, colleague_asker):
    version = ingest(filing())
    data = told(colleague_asker, "What was Tarnbeck's gross margin in 2024?")
    assert not data["refused"] and "40.00%" in data["text"] and data["timings"].get("generation") is None
    margin = next(one for one in data["computations"] if one["metric"] == "gross_margin")
    assert (margin["value"], margin["period"], margin["entity"], margin["formula"]) == (
        "0.4", "FY2024", CIK, "gross_profit / revenue",
    )  # fmt: skip
    assert len(margin["inputs"]) == 2 and margin["shown"] == "40.00%"
    from verticals.finance import models

    stored = models.Fact.objects.filter(pk__in=margin["inputs"])
    assert {fact.concept for fact in stored} == {"us-gaap:Revenues", "us-gaap:CostOfRevenue"}
    cited = {one["citation"] for one in margin["operands"]}
    quotes = {one["id"]: one for one in data["citations"]}
    assert cited == set(quotes) and all(f"[{number}]" in data["text"] for number in cited)
    assert {one["document"] for one in quotes.values()} == {str(version.document_id)}
    assert any("1,000" in one["quote"] and "Net sales" in one["quote"] for one in quotes.values())


def test_a_series_comes_with_a_table_and_a_chart(ingest, colleague_asker):
    ingest(filing())
    data = told(colleague_asker, "Tarnbeck revenue from 2023 to 2024, as a chart")
    exhibits = {one["kind"]: one["data"] for one in data["exhibits"]}
    assert [one["label"] for one in exhibits["table"]["columns"]] == ["Company", "Metric", "FY2023", "FY2024"]
    (row, *_rest) = exhibits["table"]["rows"]
    assert [cell["value"] for cell in row[2:]] == ["800000", "1000000"] and all(
        cell["inputs"] for cell in row[2:]
    )
    assert exhibits["chart"]["series"][0]["data"] == [800000.0, 1000000.0]


def test_why_a_margin_changed_is_a_bridge_and_then_what_management_says(ingest, colleague_asker):
    ingest(filing())
    data = told(colleague_asker, "Why did the gross margin of Tarnbeck Instruments change in 2024?")
    computed, *others = [
        block["text"] for block in data["blocks"] if block["kind"] in ("computed", "evidence")
    ]
    assert "35.00% in FY2023 to 40.00% in FY2024" in computed and "+500" in computed
    assert len(others) == 1 and "driven mainly by the higher share of laboratory products" in others[0]
    bridge = [one for one in data["computations"] if one["metric"] == "gross_margin_bridge"]
    assert bridge[0]["value"] == "500" and all(one["inputs"] for one in bridge)
    assert any(one["kind"] == "chart" for one in data["exhibits"])


def test_where_no_report_says_why_no_cause_is_given(ingest, colleague_asker):
    ingest(filing(text="<p>Nothing else is told here.</p>"))
    data = told(colleague_asker, "Why did the gross margin of Tarnbeck Instruments change in 2024?")
    assert "40.00%" in data["text"] and "The reports at hand do not say why." in data["text"]


def test_a_follow_up_takes_what_it_leaves_out_from_the_question_before(ingest, colleague_asker):
    ingest(filing())
    first = ask(
        asker=colleague_asker, vertical="finance", question="What was Tarnbeck's gross margin in 2024?"
    )
    data = told(colleague_asker, "And the year before?", conversation=first.conversation_id)
    assert "35.00%" in data["text"] and "FY2023" in data["text"]
    assert data["replay"]["query"]["notes"]["typed"]["follows"] is True


@pytest.mark.parametrize(
    ("question", "code", "said"),
    [
        ("What was Tarnbeck's revenue in 2019?", "not_reported", "at hand are of: FY2024"),
        ("What was the revenue of Vellora Foods in 2024?", "unknown_company", "Tarnbeck Instruments plc"),
        ("What was the revenue in 2024?", "which_company", "Aldern Foods"),
        ("Vellora Foods公司2024年营业收入是多少？", "which_company", "Aldern Foods"),
    ],
)
def test_what_is_not_there_is_refused_by_saying_what_is(ingest, colleague_asker, question, code, said):
    ingest(filing())
    other = YEARS.replace(CIK, "0009990002")
    cover = COVER.replace("Tarnbeck Instruments plc", "Aldern Foods").replace(">TBK<", ">ALD<")
    ingest({"a.htm": page(f"<p>Net sales were {figure('70')}.</p>{cover}", contexts=other)})
    data = told(colleague_asker, question)
    assert data["refused"] and data["refusal"]["code"] == code, data["text"]
    assert said in data["refusal"]["detail"] and not data["computations"]


def test_a_figure_that_only_the_text_states_is_quoted(ingest, colleague_asker):
    ingest(filing(text="<p>At the year's end Tarnbeck Instruments had 2,140 employees at work.</p>"))
    data = told(colleague_asker, "How many employees did Tarnbeck Instruments have in 2024?")
    assert not data["refused"] and "2,140 employees" in data["text"] and data["citations"]


def test_words_that_computing_passes_over_are_named_and_looked_up_in_the_text(ingest, colleague_asker):
    ingest(filing(text="<p>Net sales of telescopes were 300 thousand in 2024.</p>"))
    data = told(colleague_asker, "What was Tarnbeck's revenue from telescopes in 2024?")
    assert any("telescopes" in line for line in data["interpretation"])
    assert "Net sales of telescopes were 300 thousand" in data["text"]


def test_a_report_without_facts_is_quoted_beside_those_with_facts(ingest, colleague_asker):
    ingest(filing())
    ingest(
        {
            "old.md": "# Annual report 2019\n\nIn 2019 the revenue of Tarnbeck Instruments was 512 thousand dollars."
        },
        metadata={"company": "Tarnbeck Instruments plc", "fiscal_year": 2019, "period": "FY2019"},
    )
    data = told(colleague_asker, "What was Tarnbeck's revenue in 2019?")
    assert not data["refused"] and "512 thousand dollars" in data["text"] and not data["computations"]


def test_only_the_companies_in_reach_are_listed(ingest, colleague_asker):
    ingest(filing())
    assert (
        "Tarnbeck Instruments plc" in told(colleague_asker, "Which companies are there? List them.")["text"]
    )


QUESTION_ZH = "霁川仪器2023年Q3毛利率是多少？"


def test_a_third_quarter_report_gives_nine_months_and_names_the_report_that_is_missing(
    ingest, colleague_asker
):
    version = ingest({"q3.pdf": report("Q3", NINE_MONTHS)})
    data = told(colleague_asker, QUESTION_ZH)
    assert not data["refused"] and "2023年前三季度毛利率为21.92%" in data["text"]
    assert "缺少2023年半年度报告" in data["text"]
    margin = next(one for one in data["computations"] if one["metric"] == "gross_margin")
    assert margin["period"] == "2023-9M"
    assert Decimal(margin["value"]).quantize(Decimal("0.0001")) == Decimal("0.2192")
    first = data["citations"][0]
    assert (first["document"], first["page"]) == (str(version.document_id), 2) and first["boxes"]
    assert {one["quote"].split(" | ")[0] for one in data["citations"]} == {"其中：营业收入", "其中：营业成本"}


def test_with_the_half_year_report_the_single_quarter_comes_first_and_nine_months_beside(
    ingest, colleague_asker
):
    ingest({"q3.pdf": report("Q3", NINE_MONTHS)})
    ingest({"h1.pdf": report("H1", HALF_YEAR)})
    data = told(colleague_asker, QUESTION_ZH)
    computed = next(block["text"] for block in data["blocks"] if block["kind"] == "computed")
    assert "2023年第三季度毛利率为22.46%" in computed and "21.92%" not in computed
    assert any("前三季度" in line and "21.92%" in line for line in data["interpretation"])
    assert len({one["document"] for one in data["citations"]}) == 2
    values = {(one["metric"], one["period"]): one["value"] for one in data["computations"]}
    assert values["revenue", "2023Q3"] == "105431209400"


def test_an_outsider_gets_no_figure_and_learns_no_name(ingest, colleague_asker, outsider_asker, editor_asker):
    ingest(filing(), access="restricted")
    own = ask(asker=editor_asker, vertical="finance", question="What was Tarnbeck's gross margin in 2024?")
    assert "40.00%" in own.text
    for stranger in (colleague_asker, outsider_asker):
        data = told(stranger, "What was Tarnbeck's gross margin in 2024?")
        assert data["refused"] and not data["computations"] and not data["exhibits"]
        assert "40.00" not in data["text"] and "Tarnbeck Instruments plc" not in data["text"]
        with pytest.raises(NotFound):
            answer_get(stranger, own.pk)


def test_an_answer_is_withheld_once_a_document_that_it_computed_from_is_gone(ingest, editor_asker):
    from collegium.knowledge.services import document_delete

    ingest({"h1.pdf": report("H1", HALF_YEAR)})
    version = ingest({"q3.pdf": report("Q3", NINE_MONTHS)})
    data = told(editor_asker, QUESTION_ZH)
    assert not data["withheld"]
    document_delete(asker=editor_asker, document_id=version.document_id)
    later = answer_data(editor_asker, Answer.objects.get(pk=data["id"]))
    assert (
        later["withheld"]
        and not later["computations"]
        and not later["interpretation"]
        and not later["exhibits"]
    )
    again = told(editor_asker, QUESTION_ZH)
    assert "22.46%" not in again["text"] and "21.92%" not in again["text"]


@pytest.mark.parametrize(
    "question",
    [
        "What was Tarnbeck's gross margin in 2011?",
        "What was the gross margin in 2024?",
        "What was the revenue of Contoso in 2024?",
        "Which companies are there?",
    ],
)
def test_an_answer_that_says_what_is_there_is_withheld_once_that_is_closed(ingest, editor_asker, question):
    from collegium.knowledge.services import document_delete

    version = ingest(filing())
    ingest({"q3.pdf": report("Q3", NINE_MONTHS)})
    data = told(editor_asker, question)
    assert "Tarnbeck" in data["text"] and not data["citations"] and not data["withheld"]
    document_delete(asker=editor_asker, document_id=version.document_id)
    later = answer_data(editor_asker, Answer.objects.get(pk=data["id"]))
    assert later["withheld"] and "Tarnbeck" not in f"{later['text']}{later['refusal']}"


@pytest.mark.parametrize("measure", ["non-GAAP gross margin", "gross margin excluding freight"])
def test_a_figure_by_another_measure_is_not_given_the_plain_one(ingest, colleague_asker, measure):
    ingest(filing())
    data = told(colleague_asker, f"What was Tarnbeck's {measure} in 2024?")
    assert "40.00%" not in data["text"] and not data["computations"]


def test_the_profit_of_the_group_is_not_given_as_that_of_the_parent_company(ingest, colleague_asker):
    ingest({"q3.pdf": report("Q3", NINE_MONTHS)})
    assert told(colleague_asker, "霁川仪器2023年前三季度净利润是多少？")["computations"]
    assert not told(colleague_asker, "霁川仪器2023年前三季度母公司净利润是多少？")["computations"]


def test_the_revenue_of_a_month_is_refused_and_not_that_of_the_year_to_date(ingest, colleague_asker):
    ingest({"q3.pdf": report("Q3", NINE_MONTHS)})
    data = told(colleague_asker, "霁川仪器2023年9月营业收入是多少？")
    assert data["refused"] and data["refusal"]["code"] == "not_reported" and not data["computations"]
    assert "没有单月数据" in data["refusal"]["detail"]
