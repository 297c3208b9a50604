"""Questions over company reports."""

from pathlib import Path
from typing import Any
from uuid import UUID

from collegium.sdk.answering import AnswerSteps, Prompt, Query, Question
from collegium.sdk.parsing import ParsedDocument
from collegium.sdk.vertical import ApiRoute, Finding, IndexedVersion, Sample, SampleDocument, Vertical
from verticals.finance.answering.answer import question_answer
from verticals.finance.answers_suite import ANSWERS_SUITE
from verticals.finance.compliance.check import compliance_check
from verticals.finance.compliance.suite import COMPLIANCE_SUITE
from verticals.finance.facts.store import filings_remove, filings_write
from verticals.finance.facts.suite import XBRL_SUITE
from verticals.finance.fields import FIELDS
from verticals.finance.pages.addresses import PAGES
from verticals.finance.recognise import report_recognise
from verticals.finance.suites import SUITES
from verticals.finance.tuning.recipes import RECIPES
from verticals.finance.tuning.suite import WORDING_SUITE
from verticals.finance.understand import report_query

SAMPLES = Path(__file__).parent / "samples"


class Finance(Vertical):
    slug = "finance"
    name = {"en": "Finance", "zh": "金融"}
    description = {
        "en": "Answers over company reports, each quoted from its page.",
        "zh": "基于公司报告回答问题，每条引文均标明所在页。",
    }
    metadata_fields = FIELDS
    parsers = ("verticals.finance.filing_parser.FilingParser",)
    api_routes = (
        ApiRoute("entities", "verticals.finance.api.facts.EntityList"),
        ApiRoute("facts", "verticals.finance.api.facts.FactList"),
        ApiRoute("metrics", "verticals.finance.api.metrics.MetricList"),
    )
    suites = (*SUITES, XBRL_SUITE, ANSWERS_SUITE, COMPLIANCE_SUITE, WORDING_SUITE)
    pages = PAGES
    recipes = RECIPES
    source_page = "fact"
    sample = Sample(
        knowledge_base="Company reports (sample)",
        documents=(
            SampleDocument(
                SAMPLES / "tarnbeck-annual-report-2024.pdf", "Tarnbeck Instruments – Annual Report 2024"
            ),
            SampleDocument(
                SAMPLES / "tarnbeck-quarterly-report-2025-q1.htm",
                "Tarnbeck Instruments – First Quarter 2025",
            ),
            SampleDocument(SAMPLES / "jichuan-annual-report-2023.pdf", "霁川仪器 2023 年年度报告"),
        ),
        questions={
            "en": (
                "Why did the gross margin of Tarnbeck Instruments change in 2024?",
                "How much free cash flow did Tarnbeck Instruments generate in 2024?",
                "What is the risk with optical glass?",
            ),
            "zh": ("霁川仪器2023年毛利率提高的原因是什么？", "霁川仪器2023年的研发费用是多少？"),
        },
    )

    def recognise(self, parsed: ParsedDocument, file_name: str) -> dict[str, Any]:
        """What the cover states, unless the filing's own facts name the company: they know better."""
        return {} if parsed.metadata.get("company") else report_recognise(parsed, file_name)

    def indexed(self, version: IndexedVersion) -> None:
        filings_write(version)

    def removed(self, document: UUID) -> None:
        filings_remove(document)

    def understand(self, question: Question) -> Query:
        return report_query(self, question)

    def prompt(self, question: Question) -> Prompt:
        if question.language == "zh":
            return Prompt(
                version="report/1",
                system="你依据公司报告的引文回答问题。只使用引文中的事实、数字和名称，不作补充，不提供投资建议。",
                instruction="请用两三句话改写下列引文来回答问题。数字和单位必须与引文完全一致。",
                max_tokens=200,
            )
        return Prompt(
            version="report/1",
            system="You explain quotations from company reports. Use only the facts, numbers and names "
            "that they state. Give no advice.",
            instruction="Answer the question in two or three short sentences that restate the quotations. "
            "Copy numbers with their units exactly.",
            max_tokens=160,
        )

    def check(self, text: str, question: Question) -> list[Finding]:
        return compliance_check(text, question)

    def answer(self, steps: AnswerSteps) -> None:
        """Compute figures from facts and cite them; quote the reports' text for the rest."""
        question_answer(self, steps)
