"""The sample's documents and questions, for suites that run without a data set."""

from pathlib import Path

from verticals.medical.evaluation.abstracts import AskedAbstracts

SAMPLE = "sample"
SAMPLES = Path(__file__).parents[1] / "samples"
_PNEUMONIA, _MIGRAINE, _SEPSIS, _HYPERTENSION = (
    "community-acquired-pneumonia-guideline",
    "migraine-prevention-guideline",
    "sepsis-early-recognition-note",
    "hypertension-guideline-zh",
)
_QUESTIONS = (
    ("When should oxygen be given in suspected pneumonia?", _PNEUMONIA),
    ("Which antibiotic is given for CAP?", _PNEUMONIA),
    ("Why should topiramate not be used in pregnancy?", _MIGRAINE),
    ("When is prevention of migraine offered?", _MIGRAINE),
    ("How is sepsis recognised early?", _SEPSIS),
    ("妊娠期妇女为什么禁用血管紧张素转换酶抑制剂？", _HYPERTENSION),
    ("高血压患者的治疗目标是多少？", _HYPERTENSION),
)


def sample_files() -> list[Path]:
    return [SAMPLES / f"{stem}.md" for stem in (_PNEUMONIA, _MIGRAINE, _SEPSIS, _HYPERTENSION)]


def sample_questions() -> tuple[AskedAbstracts, ...]:
    return tuple(AskedAbstracts(text, frozenset({stem})) for text, stem in _QUESTIONS)
