"""Assistance over guidelines and clinical notes. It quotes; it does not diagnose."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collegium.sdk.answering import AnswerSteps, Prompt, Query, Question
from collegium.sdk.parsing import ParsedDocument
from collegium.sdk.vertical import (
    ApiRoute,
    Finding,
    IndexedVersion,
    MetadataField,
    Page,
    Sample,
    SampleDocument,
    Vertical,
)
from verticals.medical.answering.answer import answer_write
from verticals.medical.answering.understand import context_read, medical_query
from verticals.medical.checks import doses_find
from verticals.medical.deidentify.suite import DEIDENTIFY_SUITE
from verticals.medical.evaluation.answers import ANSWERS_SUITE
from verticals.medical.evaluation.retrieval import RETRIEVAL_SUITE
from verticals.medical.recognise import guideline_recognise
from verticals.medical.tagging.suite import TAGGING_SUITE
from verticals.medical.terminology.icd10cm import icd10cm_ensure
from verticals.medical.terminology.suite import TERMINOLOGY_SUITE
from verticals.medical.triage.suite import TRIAGE_SUITE
from verticals.medical.tuning.recipes import RECIPES
from verticals.medical.tuning.suite import NOTES_SUITE

SAMPLES = Path(__file__).parent / "samples"
NOTICE = {
    "en": "This is assistance for professionals, quoted from the documents named. It replaces neither "
    "examination nor judgement.",
    "zh": "以上内容引自所列文档，仅供专业人员参考，不能代替临床检查和判断。",
}


class Medical(Vertical):
    slug = "medical"
    name = {"en": "Medical", "zh": "医学"}
    description = {
        "en": "Assistance over guidelines and notes, quoted with source and date.",
        "zh": "基于指南和记录提供参考，引文均标明来源和日期。",
    }
    metadata_fields = (
        MetadataField("source", {"en": "Source", "zh": "来源"}),
        MetadataField("publication_date", {"en": "Publication date", "zh": "发布日期"}, kind="date"),
        MetadataField(
            "kind",
            {"en": "Kind", "zh": "类别"},
            kind="choice",
            choices=("guideline", "note", "abstract", "image"),
        ),
        MetadataField("specialty", {"en": "Specialty", "zh": "专科"}),
        MetadataField("modality", {"en": "Modality", "zh": "成像方式"}),
        MetadataField("body_part", {"en": "Body part", "zh": "检查部位"}),
        MetadataField("accession_number", {"en": "Accession number", "zh": "检查单号"}, describes=False),
        MetadataField("study_uid", {"en": "Study", "zh": "检查标识"}, describes=False),
    )
    parsers = ("verticals.medical.imaging.parser.DicomParser",)
    pages = (
        Page(
            path="guidelines/",
            label={"en": "Guidelines", "zh": "指南"},
            view="verticals.medical.pages.guidelines",
        ),
        Page(
            path="terminology/",
            label={"en": "Terminology", "zh": "术语"},
            view="verticals.medical.terminology.pages.terminology",
            name="terminology",
        ),
        Page(
            path="terminology/<slug:terminology>/<str:code>/",
            label={"en": "Concept", "zh": "概念"},
            view="verticals.medical.terminology.pages.concept",
            navigation=False,
            name="concept",
        ),
        Page(
            path="triage/",
            label={"en": "Emergency recognition", "zh": "急症识别"},
            view="verticals.medical.triage.pages.triage_page",
            scope="ask",
        ),
        Page(
            path="images/",
            label={"en": "Images", "zh": "影像"},
            view="verticals.medical.imaging.pages.images",
            name="images",
        ),
        Page(
            path="images/study/<str:study>/",
            label={"en": "Case", "zh": "病例"},
            view="verticals.medical.imaging.pages.case",
            navigation=False,
            name="case",
        ),
        Page(
            path="images/<int:pk>/",
            label={"en": "Image", "zh": "图像"},
            view="verticals.medical.imaging.pages.viewer",
            navigation=False,
            name="image",
        ),
        Page(
            path="images/<int:pk>/<int:number>.png",
            label={"en": "Frame", "zh": "帧"},
            view="verticals.medical.imaging.pages.frame",
            navigation=False,
            name="image-frame",
        ),
    )
    recipes = RECIPES
    suites = (
        RETRIEVAL_SUITE,
        ANSWERS_SUITE,
        TERMINOLOGY_SUITE,
        TAGGING_SUITE,
        TRIAGE_SUITE,
        DEIDENTIFY_SUITE,
        NOTES_SUITE,
    )
    api_routes = (
        ApiRoute("concepts", "verticals.medical.api.concepts.ConceptList"),
        ApiRoute("concepts/<str:code>", "verticals.medical.api.concepts.ConceptDetail"),
        ApiRoute("expand", "verticals.medical.api.concepts.Expand"),
        ApiRoute("subsumes", "verticals.medical.api.concepts.Subsumes"),
        ApiRoute("triage", "verticals.medical.triage.api.TriageView"),
    )
    sample = Sample(
        knowledge_base="Clinical guidelines (sample)",
        documents=(
            SampleDocument(
                SAMPLES / "community-acquired-pneumonia-guideline.md", "Community-acquired pneumonia"
            ),
            SampleDocument(SAMPLES / "migraine-prevention-guideline.md", "Prevention of migraine"),
            SampleDocument(SAMPLES / "sepsis-early-recognition-note.md", "Early recognition of sepsis"),
            SampleDocument(SAMPLES / "hypertension-guideline-zh.md", "成人高血压门诊管理指南"),
        ),
        questions={
            "en": (
                "When should oxygen be given in suspected pneumonia?",
                "Why should topiramate not be used in pregnancy?",
            ),
            "zh": ("妊娠期妇女为什么禁用血管紧张素转换酶抑制剂？", "高血压患者的治疗目标是多少？"),
        },
    )

    def installed(self) -> None:
        """ICD-10-CM, for workspaces that have no terminology of their own."""
        icd10cm_ensure()

    def recognise(self, parsed: ParsedDocument, file_name: str) -> dict[str, Any]:
        return guideline_recognise(parsed, file_name)

    def understand(self, question: Question) -> Query:
        from verticals.medical.imaging.case_questions import case_narrowed

        return case_narrowed(medical_query(self, question), question)

    def context_check(self, given: Mapping[str, Any]) -> None:
        context_read(given)

    def indexed(self, version: IndexedVersion) -> None:
        from verticals.medical.imaging.store import instances_store

        instances_store(version)

    def prompt(self, question: Question) -> Prompt:
        if question.language == "zh":
            return Prompt(
                version="guideline/1",
                system="你依据临床文档的引文回答专业人员的问题。只使用引文中的事实，不作诊断，不写剂量。",
                instruction="请用两三句话改写下列引文来回答问题。",
                max_tokens=200,
            )
        return Prompt(
            version="guideline/1",
            system="You restate quotations from clinical documents for professionals. Use only what they "
            "state. Make no diagnosis and write no doses.",
            instruction="Answer the question in two or three short sentences that restate the quotations.",
            max_tokens=160,
        )

    def answer(self, steps: AnswerSteps) -> None:
        """Quote with kind and date of the sources, show where these differ, then let the model rephrase."""
        answer_write(self, steps, NOTICE["zh" if steps.question.language == "zh" else "en"])

    def check(self, text: str, question: Question) -> list[Finding]:
        return doses_find(text)
