"""What covers say, in the shapes that real reports have."""

import uuid

import pytest

from collegium.sdk.documents import DocumentInfo
from collegium.sdk.parsing import Block, ParsedDocument
from verticals.finance.recognise import report_recognise
from verticals.finance.understand import companies_named, years_asked, years_covering

TEN_K = """UNITED STATES SECURITIES AND EXCHANGE COMMISSION
FORM 10-K
ANNUAL REPORT PURSUANT TO SECTION 13 OR 15(d)
For the fiscal year ended December 1, 2017
QUILLMARK SYSTEMS INCORPORATED
(Exact name of registrant as specified in its charter)"""
TEN_Q = """FORM 10-Q
For the quarterly period ended June 30, 2023
Vellora Foods Company
(Exact name of registrant as specified in its charter)"""


def cover(*lines: str, title: str = "") -> ParsedDocument:
    return ParsedDocument("test/1", tuple(Block("text", line, page=1) for line in lines), title=title)


@pytest.mark.parametrize(
    ("lines", "file_name", "expected"),
    [
        (
            TEN_K.splitlines(),
            "QUILLMARK_2017_10K.pdf",
            {
                "company": "QUILLMARK SYSTEMS INCORPORATED",
                "form": "10-K",
                "period": "FY2017",
                "fiscal_year": 2017,
            },
        ),
        (
            TEN_Q.splitlines(),
            "x.pdf",
            {"company": "Vellora Foods Company", "form": "10-Q", "period": "2023Q2", "fiscal_year": 2023},
        ),
        (
            ["no cover at all"],
            "ADOBE_2017_10K.pdf",
            {"company": "ADOBE", "form": "10-K", "period": "FY2017", "fiscal_year": 2017},
        ),
        (
            ["no cover at all"],
            "CONTOSO-annual-report-2023.pdf",
            {"form": "annual report", "period": "FY2023", "fiscal_year": 2023},
        ),
        (
            ["no cover at all"],
            "VELLORA_2022Q3_10Q.pdf",
            {"company": "VELLORA", "form": "10-Q", "period": "2022Q3", "fiscal_year": 2022},
        ),
        (
            ["霁川仪器股份有限公司", "2023 年年度报告", "公司简称：霁川仪器 股票代码：600000"],
            "report.pdf",
            {
                "company": "霁川仪器股份有限公司",
                "ticker": "600000",
                "form": "annual report",
                "period": "FY2023",
                "fiscal_year": 2023,
            },
        ),
        (
            ["霁川仪器股份有限公司", "2023年第三季度报告"],
            "report.pdf",
            {
                "company": "霁川仪器股份有限公司",
                "form": "quarterly report",
                "period": "2023Q3",
                "fiscal_year": 2023,
            },
        ),
        (
            ["霁川仪器股份有限公司2024年半年度报告"],
            "report.pdf",
            {
                "company": "霁川仪器股份有限公司",
                "form": "half-year report",
                "period": "2024H1",
                "fiscal_year": 2024,
            },
        ),
        (
            ["Form 10-K", "For the fiscal year ended February 3, 2018", "Brindle Stores, Inc."],
            "BRINDLE_2017_10K.pdf",
            {"company": "Brindle Stores, Inc.", "form": "10-K", "period": "FY2017", "fiscal_year": 2017},
        ),
        (["A letter about nothing in particular."], "letter.txt", {}),
    ],
)
def test_the_cover_and_the_files_name_tell_company_form_and_period(lines, file_name, expected):
    assert report_recognise(cover(*lines), file_name) == expected


def report(company: str, year: int, **more: object) -> DocumentInfo:
    return DocumentInfo(
        document=uuid.uuid4(), version=uuid.uuid4(), knowledge_base=uuid.uuid4(), knowledge_base_name="",
        title=company, language="en", page_count=1, indexed_at=None,
        metadata={"company": company, "fiscal_year": year, **more},
    )  # fmt: skip


REPORTS = [
    report("Tarnbeck Instruments plc", 2024, ticker="TBI"),
    report("Vellora Foods Company", 2022),
    report("霁川仪器股份有限公司", 2023),
    report("The Ox Group", 2023),
    report("QVL Resorts International", 2022),
]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why did Tarnbeck's margin rise?", ["Tarnbeck Instruments plc"]),
        ("TARNBECK INSTRUMENTS revenue", ["Tarnbeck Instruments plc"]),
        ("What did TBI earn?", ["Tarnbeck Instruments plc"]),
        ("Compare Vellora Foods and Tarnbeck", ["Tarnbeck Instruments plc", "Vellora Foods Company"]),
        ("霁川仪器的毛利率", ["霁川仪器股份有限公司"]),
        ("Which region had QVL's highest margin?", ["QVL Resorts International"]),
        ("Where is qvl to be found?", []),
        ("What do oxen eat?", []),
        ("What is the dividend policy?", []),
    ],
)
def test_a_question_names_companies_by_name_first_word_or_ticker(question, expected):
    assert sorted(companies_named(question, REPORTS)) == expected


def test_years_are_read_and_matched_to_the_report_that_states_them():
    assert years_asked("from FY22 to 2024") == [2022, 2024]
    assert years_asked("2023年的毛利率") == [2023]
    assert years_covering([2024], REPORTS) == [2024]
    assert years_covering([2021], REPORTS) == [2022]  # the next report compares with it
    assert years_covering([2021], REPORTS, quarters=True) == []
    assert years_covering([2011], REPORTS) == []
    assert years_covering([2022, 2024], REPORTS) == [2022, 2024]
