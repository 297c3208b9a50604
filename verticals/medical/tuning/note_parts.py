"""The parts of a clinical note: the dialogue that it was written from, if it holds one, and its sections."""

import re
from dataclasses import dataclass

DIALOGUE = "dialogue"
# Each section with its name in English and Chinese, and what notes and the headers of data sets call it.
_SECTIONS = {
    "complaint": ("Chief complaint", "主诉", "cc|reason for visit"),
    "history": (
        "History of present illness",
        "现病史",
        "hpi|genhx|present illness|history of the present illness|interval history",
    ),
    "past": ("Past medical history", "既往史", "pastmedicalhx|pmh|medical history|past history"),
    "surgical": ("Past surgical history", "手术史", "pastsurgical|surgical history|手术外伤史"),
    "family_social": (
        "Family and social history",
        "个人及家族史",
        "fam/sochx|family/social history|social and family history",
    ),
    "social": ("Social history", "个人史", ""),
    "family": ("Family history", "家族史", ""),
    "gynaecology": (
        "Gynecologic history",
        "月经婚育史",
        "gynhx|gynaecologic history|obstetric history|月经史|婚育史",
    ),
    "other": ("Other history", "其他病史", "other_history"),
    "allergies": ("Allergies", "过敏史", "allergy"),
    "medications": ("Medications", "用药情况", "current medications|medication list|目前用药|用药史"),
    "immunizations": ("Immunizations", "免疫接种", "immunisations|预防接种史"),
    "systems": ("Review of systems", "系统回顾", "ros"),
    "vitals": ("Vitals", "生命体征", "vital signs|vitals reviewed"),
    "exam": ("Physical examination", "体格检查", "exam|physical exam|examination|查体"),
    "results": ("Results", "检查结果", "辅助检查"),
    "labs": ("Labs", "化验", "laboratory results|laboratory|实验室检查"),
    "imaging": ("Imaging", "影像检查", ""),
    "course": ("Emergency department course", "急诊经过", "edcourse|ed course|hospital course|诊疗经过"),
    "procedures": ("Procedures", "操作", "procedure"),
    "assessment_plan": ("Assessment and plan", "评估与计划", "assessment & plan|a/p|诊断与计划"),
    "assessment": ("Assessment", "评估", "impression|印象"),
    "diagnosis": ("Diagnosis", "诊断", "diagnoses|初步诊断|入院诊断|出院诊断"),
    "plan": ("Plan", "诊疗计划", "treatment plan|处理|治疗计划"),
    "instructions": ("Instructions", "医嘱", "patient instructions|出院医嘱"),
    "disposition": ("Disposition", "去向", ""),
    DIALOGUE: ("Dialogue", "对话", "conversation|transcript|问诊记录|问诊对话"),
}
_KEYS = {
    name.casefold(): key
    for key, (english, chinese, more) in _SECTIONS.items()
    for name in (english, chinese, *more.split("|"))
    if name
}
_NAMES = "|".join(re.escape(name).replace(r"\ ", r"[ \t]+") for name in sorted(_KEYS, key=len, reverse=True))
# A heading on a line of its own, or before what it heads; in Chinese also within a line.
_HEADING = re.compile(
    rf"^[ \t]*(?:\#+[ \t]*|\*\*)?(?P<own>{_NAMES})(?:\*\*)?[ \t]*(?:[:：][ \t]*|$)"
    rf"|(?<=[。；;\s])(?P<within>[一-鿿]{{2,6}})[:：]",
    re.IGNORECASE | re.MULTILINE,
)
_SPEAKERS = {
    "doctor": ("Doctor", "医生"),
    "patient": ("Patient", "患者"),
    "family": ("Family", "家属"),
    "clinician": ("Clinician", "其他医务人员"),
    "nurse": ("Nurse", "护士"),
}
_SAID_BY = {
    "doctor": "doctor", "dr": "doctor", "physician": "doctor", "医生": "doctor", "大夫": "doctor",
    "医师": "doctor", "patient": "patient", "pt": "patient", "患者": "patient", "病人": "patient",
    "guest_family": "family", "family": "family", "mother": "family", "father": "family", "家属": "family",
    "guest_clinician": "clinician", "clinician": "clinician", "nurse": "nurse", "护士": "nurse",
}  # fmt: skip
# By ASCII alone, as who speaks is looked up as it is written: i is no ı.
_SAID_NAMES = f"(?a:{'|'.join(sorted(_SAID_BY, key=len, reverse=True))})"
_TURN = re.compile(
    rf"(?:^|(?<=\s))(?:\[(?P<marked>{_SAID_NAMES})(?:_?\d+)?\]|(?P<named>{_SAID_NAMES})(?:_?\d+)?[ \t]*[:：])"
    r"\s*",
    re.IGNORECASE | re.MULTILINE,
)
TURNS_LEAST = 2


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a note; `key` says which, whatever the note calls it."""

    key: str
    text: str

    def name(self, language: str) -> str:
        """What the section is called in a language."""
        return section_name(self.key, language)


@dataclass(frozen=True, slots=True)
class NoteParts:
    """A note's dialogue, one turn a line, or empty; and its sections in the order of the note."""

    dialogue: str
    sections: tuple[Section, ...]


def section_name(key: str, language: str) -> str:
    """A section's name in English or Chinese."""
    return _SECTIONS[key][1 if language == "zh" else 0]


def section_key(heading: str) -> str:
    """Which section a heading names; empty where it names none."""
    return _KEYS.get(" ".join(heading.casefold().split()), "")


def note_parts(text: str) -> NoteParts:
    """Read the parts of a note. One without headings that are known has no sections."""
    language = 1 if re.search("[一-鿿]", text[:2000]) else 0
    before, found = _split(text)
    spoken = [section for section in found if section.key == DIALOGUE]
    told = "\n".join(section.text for section in spoken) or before
    sections = [one for one in found if one.key != DIALOGUE and one.text]
    return NoteParts(dialogue_read(told, language), tuple(sections))


def _split(text: str) -> tuple[str, list[Section]]:
    """What stands before the first heading, and what follows each."""
    headings = [
        (match, key)
        for match in _HEADING.finditer(text)
        if (key := section_key(match["own"] or match["within"]))
    ]
    if not headings:
        return text, []
    ends = [match.start() for match, _key in headings[1:]] + [len(text)]
    sections = [
        Section(key, _tidy(text[match.end() : end])) for (match, key), end in zip(headings, ends, strict=True)
    ]
    return text[: headings[0][0].start()], sections


def _tidy(text: str) -> str:
    """Without blank lines and without blanks around lines."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def dialogue_read(text: str, language: int = 0) -> str:
    """The turns of a dialogue, one a line, each after who says it; empty where a text holds none.

    Doctor and patient, or whoever speaks for them, both have to speak: a form's "Patient: ..." is no turn.
    """
    turns: list[str] = []
    speakers: set[str] = set()
    marks = list(_TURN.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    for mark, end in zip(marks, ends, strict=False):
        said = " ".join(text[mark.end() : end].split())
        who = _SAID_BY[(mark["marked"] or mark["named"]).casefold()]
        if said:
            speakers.add(who)
            turns.append(f"{_SPEAKERS[who][language]}{'：' if language else ': '}{said}")
    return "\n".join(turns) if len(turns) >= TURNS_LEAST and len(speakers) > 1 else ""
