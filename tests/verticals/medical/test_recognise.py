from datetime import date

import pytest

from collegium.sdk.parsing import Block, ParsedDocument
from verticals.medical.checks import doses_find
from verticals.medical.recognise import date_read, guideline_recognise


def head(*lines: str) -> ParsedDocument:
    first, *rest = lines
    return ParsedDocument("t/1", (Block("heading", first, level=1), *(Block("text", line) for line in rest)))


def test_a_guideline_tells_source_date_specialty_and_kind_on_lines_or_in_one_paragraph():
    expected = {
        "source": "Lindmere Institute (fictional)",
        "publication_date": "2024-03-18",
        "specialty": "neurology",
        "kind": "guideline",
    }
    lines = (
        "Source: Lindmere Institute (fictional)",
        "Publication date: 18 March 2024",
        "Specialty: neurology",
    )
    assert guideline_recognise(head("Migraine: guideline", *lines), "x.md") == expected
    assert guideline_recognise(head("Migraine: guideline", " ".join(lines)), "x.md") == expected
    chinese = guideline_recognise(
        head("成人高血压管理指南", "来源：澄湖研究组 发布日期：2024年5月20日 专科：心血管内科"), "x.md"
    )
    assert chinese == {
        "source": "澄湖研究组", "publication_date": "2024-05-20", "specialty": "心血管内科", "kind": "guideline",
    }  # fmt: skip


def test_the_last_word_of_a_title_tells_the_kind():
    assert guideline_recognise(head("Using guidelines on wards: practice note"), "")["kind"] == "note"
    assert guideline_recognise(head("Sepsis"), "sepsis-abstract.txt")["kind"] == "abstract"
    assert guideline_recognise(head("Sepsis"), "sepsis.txt") == {}


@pytest.mark.parametrize(
    ("title", "file", "expected"),
    [
        ("Discharge note of Anna Keller, managed by the NICE guideline", "x.md", "note"),
        ("Letter to the general practitioner, by the NICE guideline", "x.md", None),
        ("CT report, read by the Fleischner guideline", "x.md", None),
        ("Patient: Anna Keller, treated by the guideline", "x.md", None),
        ("Mrs. Keller, treated by the guideline", "x.md", None),
        ("Referral of Anna Keller", "by-the-nice-guideline.md", None),
        ("Pneumonia guideline", "keller_letter.md", None),
        ("患者李明出院小结，按高血压指南治疗", "x.md", None),
        ("按高血压指南的病程记录", "x.md", "note"),
        ("Guideline for the care of patients with asthma", "x.md", "guideline"),
        ("Patient blood management guideline", "x.md", "guideline"),
        ("高血压患者管理指南", "x.md", "guideline"),
        ("MS management guideline", "x.md", "guideline"),
        ("Asthma", "asthma_guideline.md", "guideline"),
    ],
)
def test_what_may_be_on_a_person_is_never_taken_for_a_guideline(title, file, expected):
    assert guideline_recognise(head(title), file).get("kind") == expected


@pytest.mark.parametrize(
    "label",
    [
        "Patient name: Anna Keller",
        "MRN: 4471-2208",
        "NHS number 943 476 5919",
        "DOB 3 May 1950",
        "She was born on May 3, 1950.",
        "SSN 536-90-4399",
        "姓名：李明",
        "住院号 20240077",
        "出生日期：1950年5月3日",
    ],
)
def test_a_text_that_states_its_patient_is_no_guideline(label):
    assert "kind" not in guideline_recognise(head("Treatment by the guideline", label), "x.md")


@pytest.mark.parametrize(
    "text",
    [
        "Adults born before 1957 are immune. Enquiries: 020 7946 0958. Reference number: NG158",
        "Record patient name, date of birth and hospital number. Patients: 120 adults.",
        "记录患者姓名、出生日期和住院号。出生体重低于2500克者应当复查。",
    ],
)
def test_a_guideline_that_speaks_of_patients_is_one(text):
    assert guideline_recognise(head("Treatment: guideline", text), "x.md")["kind"] == "guideline"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Accession number: ACC-77. There is a nodule.", "ACC-77"),
        ("Accession number: ACC-77.There is a nodule.", "ACC-77"),
        ("Accession number: CT.2024/77_1, read twice", "CT.2024/77_1"),
        ("accession: 12045", "12045"),
        ("Accession No ACC-77", "ACC-77"),
        ("Accession no. ACC-77", "ACC-77"),
        ("Accession # ACC-77", "ACC-77"),
        ("Accession No.: ACC-77;", "ACC-77"),
        ("The accession number is ACC-77.", "ACC-77"),
        ("检查单号:ACC77患者张三", "ACC77"),
        ("患者张三，检查号ACC77，胸部", "ACC77"),
        ("检查编号为 ACC-77。", "ACC-77"),
        ("检查号：\u3000ACC-77", "ACC-77"),
        ("Accession number: pending. Seen in 2024", None),
        ("No accession numbers of 2024 are kept, and none on accession 2004", None),
        ("Accession number: " + "1" * 65, None),
    ],
)
def test_the_accession_number_of_a_report_ends_where_the_number_ends(text, expected):
    assert guideline_recognise(head("Chest CT", text), "x.md").get("accession_number") == expected


@pytest.mark.parametrize(
    "text",
    [
        "Study UID: 1.2.840.77.1. Findings",
        "Study instance UID 1.2.840.77.1",
        "检查标识：1.2.840.77.1患者张三",
    ],
)
def test_the_study_of_a_report_ends_where_the_number_ends(text):
    assert guideline_recognise(head("Chest CT", text), "x.md")["study_uid"] == "1.2.840.77.1"


@pytest.mark.parametrize(
    "text",
    [
        "Date of birth: 1950-05-03. Seen on 12 March 2024.",
        "Birth date: 1950-05-03",
        "Born on the date: 3 May 1950",
        "Birth\nDate: 1950-05-03",
        "Published: not yet. Born 1950-05-03",
        "Report date: - Patient: Anna Keller (1950-05-03)",
        "Issued: date of birth 1950-05-03",
        "Next review date: 2031-05-03",
        "出生日期：1950-05-03",
        "出生日期：1950年5月3日，就诊于我院",
        "报告日期：，出生日期：1950年5月3日",
    ],
)
def test_no_date_of_a_life_is_taken_for_the_date_of_the_document(text):
    assert "publication_date" not in guideline_recognise(head("Visit", text), "x.md")


@pytest.mark.parametrize(
    "text",
    [
        "Date of birth: 1950-05-03. Report date: 12 March 2024",
        "Date: March 12, 2024",
        "DOB 3.5.50 Report date: 12 March 2024",
        "Patient: Anna Keller, born 1950-05-03\nDate: 2024-03-12",
        "Date of visit: 2024-03-12\nDate of birth: 1950-05-03",
        "Study date 2024-03-12",
        "Version date: 2024-03-12",
        "Reviewed on 1 May 2025. Published by the institute on 12 March 2024",
        "Publication date\n2024-03-12",
        "Issued: see below. Published: 2024-03-12",
        "出生日期：1950年5月3日\n报告日期：2024年3月12日",
        "检查时间2024-03-12，出生日期1950-05-03",
        "日期：2024年3月12日",
    ],
)
def test_dates_of_publication_report_study_and_visit_are_dates_of_the_document(text):
    assert guideline_recognise(head("Visit", text), "x.md")["publication_date"] == "2024-03-12"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-18", date(2024, 3, 18)),
        ("18 March 2024", date(2024, 3, 18)),
        ("March 18, 2024", date(2024, 3, 18)),
        ("2024年3月18日", date(2024, 3, 18)),
        ("2024-13-40", None),
        ("some day", None),
        ("12 aprıl 2024", None),
        ("12 Auguſt 2024", None),
        ("aprıl 12, 2024", None),
        ("18\u00a0MARCH 2024", date(2024, 3, 18)),
    ],
)
def test_dates_are_read_in_the_usual_forms_and_impossible_ones_are_none(text, expected):
    assert date_read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Give 500 mg by mouth.",
        "One dose of 0.5 mL.",
        "Take it twice a day.",
        "Every 8 hours.",
        "每次 5 毫克",
        "每日三次",
        "100 units/h",
    ],
)
def test_a_dose_in_generated_text_is_found(text):
    assert doses_find(text)[0].action == "dropped"


@pytest.mark.parametrize(
    "text",
    ["Oxygen below 92% is given.", "Review after 48 hours.", "In 2024, 214 cases.", "患者每年复查一次"],
)
def test_other_numbers_are_no_doses(text):
    assert doses_find(text) == []
