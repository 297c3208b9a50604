"""Assistance over guidelines and clinical notes. It quotes; it does not diagnose."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from collegium.sdk.answering import AnswerSteps, Prompt, Query, Question
from collegium.sdk.asker import Asker
from collegium.sdk.language import is_supported
from collegium.sdk.parsing import ParsedDocument
from collegium.sdk.passages import Mark, PassageFilter, Passages, passages_in_all
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
from verticals.medical.answering.emergency import emergency_write
from verticals.medical.answering.understand import context_read, medical_query
from verticals.medical.checks import doses_find
from verticals.medical.deidentify.suite import DEIDENTIFY_SUITE
from verticals.medical.evaluation.answers import ANSWERS_SUITE
from verticals.medical.evaluation.retrieval import RETRIEVAL_SUITE
from verticals.medical.imaging.filter_fields import CASE
from verticals.medical.imaging.filter_fields import FILTERS as CASE_FILTERS
from verticals.medical.patient.form import patient_posted
from verticals.medical.recognise import guideline_recognise
from verticals.medical.tagging.filter_fields import FILTERS
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
UNSUPPORTED = {
    "en": "The question is in a language in which no answer can be checked here: ask in English or Chinese.",
    "zh": "无法核对以该语言提出的问题，请用中文或英文提问。",
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
    context_template = "medical/_patient_form.html"
    passage_filters: tuple[PassageFilter, ...] = (*FILTERS, *CASE_FILTERS)
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
            path="features/<slug:name>/",
            label={"en": "Feature", "zh": "功能"},
            view="verticals.medical.features.pages.feature_switch",
            navigation=False,
            name="feature",
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
            path="images/<int:pk>/review/",
            label={"en": "Review", "zh": "审核"},
            view="verticals.medical.imaging.pages.review",
            navigation=False,
            name="image-review",
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
        ApiRoute("studies", "verticals.medical.imaging.api.StudyList"),
        ApiRoute("studies/<str:study>", "verticals.medical.imaging.api.StudyDetail"),
        ApiRoute("studies/<str:study>/export", "verticals.medical.imaging.api.StudyExport"),
        ApiRoute("studies/<str:study>/changes", "verticals.medical.imaging.api.StudyChanges"),
        ApiRoute("images/<int:pk>/release", "verticals.medical.imaging.api.ImageRelease"),
        ApiRoute("images/<int:pk>/hold", "verticals.medical.imaging.api.ImageHold"),
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
            SampleDocument(SAMPLES / "aspirin-in-diabetes-guideline.md", "Aspirin in adults with diabetes"),
            SampleDocument(
                SAMPLES / "prevention-in-diabetes-guideline.md", "Cardiovascular prevention in diabetes"
            ),
            SampleDocument(SAMPLES / "asthma-adults-guideline.md", "Asthma in adults"),
            SampleDocument(
                SAMPLES / "atrial-fibrillation-guideline.md", "Anticoagulation in atrial fibrillation"
            ),
            SampleDocument(SAMPLES / "kidney-injury-medicines-note.md", "Medicines in acute kidney injury"),
            SampleDocument(SAMPLES / "childhood-fever-guideline-zh.md", "儿童发热家庭与门诊处理指南"),
            SampleDocument(SAMPLES / "type-2-diabetes-guideline-zh.md", "成人2型糖尿病基层管理指南"),
            SampleDocument(SAMPLES / "copd-guideline-zh.md", "慢性阻塞性肺疾病稳定期管理指南"),
        ),
        questions={
            "en": (
                "When should oxygen be given in suspected pneumonia?",
                "Why should topiramate not be used in pregnancy?",
                "Should adults with type 2 diabetes take aspirin for primary prevention?",
            ),
            "zh": (
                "妊娠期妇女为什么禁用血管紧张素转换酶抑制剂？",
                "高血压患者的治疗目标是多少？",
                "儿童发热可以用阿司匹林退热吗？",
            ),
        },
    )

    def installed(self) -> None:
        """ICD-10-CM, for workspaces that have no terminology of their own, and tags where there are none."""
        from verticals.medical.tagging.store import untagged_tag

        icd10cm_ensure()
        untagged_tag()

    def kept(self) -> Mapping[str, int]:
        from verticals.medical.models import Feature, TerminologyVersion

        return {"terminologies": TerminologyVersion.objects.count(), "switches": Feature.objects.count()}

    def purged(self) -> None:
        from verticals.medical.models import Feature
        from verticals.medical.terminology.versions import versions_purge

        Feature.objects.all().delete()
        versions_purge()

    def recognise(self, parsed: ParsedDocument, file_name: str) -> dict[str, Any]:
        return guideline_recognise(parsed, file_name)

    def understand(self, question: Question) -> Query:
        from verticals.medical.imaging.case_questions import case_narrowed

        return case_narrowed(medical_query(self, question), question)

    def context_form(self, posted: Mapping[str, str], files: Mapping[str, Any]) -> dict[str, Any]:
        return patient_posted(posted, files)

    def context_check(self, given: Mapping[str, Any]) -> None:
        context_read(given)

    def indexed(self, version: IndexedVersion) -> None:
        from verticals.medical.imaging.store import instances_store
        from verticals.medical.tagging.store import version_tag

        instances_store(version)
        version_tag(version.version, version.workspace)

    def passages(self, asker: Asker, given: Mapping[str, tuple[str, ...]]) -> Passages:
        from verticals.medical.imaging.case_questions import case_passages
        from verticals.medical.tagging.filters import passages_filter

        parts = [case_passages(asker, given[CASE])] if CASE in given else []
        concepts = {name: values for name, values in given.items() if name != CASE}
        return passages_in_all([*parts, passages_filter(asker, concepts)] if concepts else parts)

    def marks(self, asker: Asker, text: str, language: str) -> Sequence[Mark]:
        from verticals.medical.tagging.marks import marks_find

        return marks_find(asker, text, language)

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

    def warn(self, steps: AnswerSteps) -> None:
        """Call for help where the question tells of an emergency and the workspace has turned triage on."""
        emergency_write(steps)

    def answer(self, steps: AnswerSteps) -> None:
        """Quote with kind and date of the sources, show where these differ, then let the model rephrase."""
        if not is_supported(steps.question.text):
            language = "zh" if steps.question.language == "zh" else "en"
            steps.refuse(code="language_unsupported", detail=UNSUPPORTED[language])
            return
        answer_write(self, steps, NOTICE["zh" if steps.question.language == "zh" else "en"])

    def check(self, text: str, question: Question) -> list[Finding]:
        return doses_find(text, language=question.language)
