"""The page of a computed answer: figures with their formula, a table, a chart, and where the facts stand."""

import json
import re

import pytest

from collegium.answers.services import ask
from tests.clients import client_of
from tests.verticals.finance.answering.test_answer import filing

pytestmark = pytest.mark.django_db


@pytest.fixture
def page_of(ingest, colleague, colleague_asker):
    ingest(filing())

    def opened(question: str) -> tuple:
        answer = ask(asker=colleague_asker, vertical="finance", question=question)
        return answer, client_of(colleague).get(f"/answers/{answer.pk}/").content.decode()

    return opened


def test_the_page_shows_formula_working_and_the_citation_of_each_operand(page_of):
    answer, page = page_of("What was Tarnbeck's gross margin in 2024?")
    assert "Gross margin, FY2024 = 40.00%" in page
    assert "USD 1.00 million" in page
    assert f"/answers/{answer.pk}/citations/1/" in page and "us-gaap:Revenues 2024-01-01/2024-12-31" in page


def test_the_page_draws_table_and_chart_from_data_that_no_script_runs(page_of):
    answer, page = page_of("Tarnbeck revenue from 2023 to 2024, as a chart")
    (found,) = re.findall(r'<script id="(chart-[^"]+)" type="application/json">(.*?)</script>', page)
    assert f'data-chart="{found[0]}"' in page and str(answer.pk) in found[0]
    assert json.loads(found[1])["series"][0]["data"] == [800000.0, 1000000.0]
    assert "dashboard/chart.js" in page and "vendor/echarts" in page
    table = page[page.index('<table class="figures">') : page.index("</table>")]
    assert re.findall(r'scope="col"[^>]*>([^<]+)', table) == [
        "Company", "Metric", "FY2023", "FY2024",
    ]  # fmt: skip
    assert re.findall(r'<th scope="row">([^<]+)', table)[:2] == ["Tarnbeck Instruments plc", "Revenue"]


def test_how_a_question_was_read_stands_below_the_figures(page_of):
    _answer, page = page_of("What was Tarnbeck's gross margin?")
    assert page.index("No period was named") > page.index("block-computed")
