"""What a guideline or note says of itself: source, date of publication, kind and specialty."""

import re
from datetime import date
from typing import Any

from collegium.sdk.parsing import ParsedDocument
from verticals.medical.patient_signs import is_on_a_patient

HEAD_CHARS = 3000
_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
)  # fmt: skip
_LABELS = (
    r"source|publisher|published by|issued by|publication date|date of publication|specialty|speciality"
    r"|来源|发布机构|制定单位|发布日期|发布时间|专科|学科"
)
# A value ends with its line, or where the next label begins: a paragraph may have joined the lines.
_END = rf"(?=\s*(?:\n|$|\b(?:{_LABELS})\s*[:：]|(?:发布日期|发布时间|专科|学科|来源)\s*[:：]))"
_SOURCE = re.compile(
    rf"(?:source|publisher|published by|issued by|来源|发布机构|制定单位)\s*[:：]\s*(.{{3,200}}?){_END}",
    re.IGNORECASE,
)
_SPECIALTY = re.compile(rf"(?:specialty|speciality|专科|学科)\s*[:：]\s*(.{{2,80}}?){_END}", re.IGNORECASE)
_SAID = r"(?=\W{0,20}(?P<said>.{6,40}))"


def _dates(english: str, more: str, chinese: str) -> re.Pattern[str]:
    labels = rf"(?<!next )(?<![a-z])(?:(?:{english}) date|date of (?:{english})|{more})(?![a-z])"
    return re.compile(rf"(?:{labels}|(?:{chinese})(?:日期|时间)){_SAID}", re.IGNORECASE)


# The dates that tell how old a document is, the best first. Never one of a person's life: "date" alone counts
# only where it begins a line or a part of a sentence.
_DATED = (
    _dates(
        "publication|issue|release|version",
        "published(?: on)?|issued(?: on)?",
        "发布|发表|出版|印发|颁布|版本",
    ),
    _dates(
        "revision|review|update|report|reporting|study|scan|exam|examination|visit|consultation|encounter|note",
        "reported(?: on)?|revised(?: on)?|reviewed(?: on)?|updated(?: on)?",
        "修订|更新|审核|审阅|报告|检查|就诊|门诊|随访|会诊|记录|书写",
    ),
    re.compile(
        rf"(?:(?:^|[\n.;,)|。；，）])\s{{0,9}}date\s{{0,9}}[:：]|(?<![一-鿿])日期){_SAID}",
        re.IGNORECASE,
    ),
)
_LIFE = r"birth|born|\bd\.?o\.?b\b|death|died|出生|生日|死亡"
_LIFE_BEFORE = re.compile(rf"(?:{_LIFE})\W{{0,3}}$", re.IGNORECASE)
_SAID_ENDS = re.compile(rf"\n|[;；。!！?？]|\.\s|{_LIFE}|patient|患者|病人", re.IGNORECASE)
_BEFORE_CHARS = 12
_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
_CHINESE = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
# By ASCII alone, as the month is looked up as it is written: i is no ı, and s no ſ.
_MONTH = rf"(?a:({'|'.join(_MONTHS)}))"
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})\s+{_MONTH}\s+(\d{{4}})\b", re.IGNORECASE)
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\s+(\d{{1,2}}),?\s+(\d{{4}})\b", re.IGNORECASE)
# What a report says of the study that it is about. Chinese text follows a number without a space, and a full
# stop that ends the sentence is no part of it. The word "accession" alone needs a sign before the number.
_NAMED = (
    r"\s{0,3}(?:(?:number|num|nr|no)(?![a-z])\.?\s{0,3}#?\s{0,3}(?:[:：]|is(?![a-z]))?|#\s{0,3}[:：]?|[:：])"
)
_ACCESSION = (
    r"(?=[a-z_/.-]{0,20}[0-9])([a-z0-9](?:[a-z0-9_/-]|\.(?=[a-z]{0,4}[0-9])){1,62}[a-z0-9])(?![a-z0-9])"
)
_LINKS = {
    "accession_number": re.compile(
        rf"(?:(?<![a-z])accession{_NAMED}|检查[单编]?号码?\s{{0,3}}[为是:：]?)\s{{0,9}}{_ACCESSION}",
        re.IGNORECASE,
    ),
    "study_uid": re.compile(
        r"(?:(?<![a-z])study(?:\s+instance)?\s+uid(?![a-z])|检查标识)\s{0,3}(?:[:：为是]|is(?![a-z]))?\s{0,9}"
        r"([0-9][0-9.]{3,62}[0-9])(?![0-9])",
        re.IGNORECASE,
    ),
}
GUIDELINE, NOTE = "guideline", "note"
_KINDS = (
    (GUIDELINE, re.compile(r"guideline|guidance|指南|规范|共识", re.IGNORECASE)),
    ("abstract", re.compile(r"(?<![a-z])abstract(?![a-z])|摘要", re.IGNORECASE)),
    (NOTE, re.compile(r"(?<![a-z])notes?(?![a-z])|札记|备忘|记录", re.IGNORECASE)),
)
# What names a document on one person. "Patients" are in the titles of guidelines, too, "patient:" is not.
_ON_A_PERSON = re.compile(
    r"(?<![a-z])(?:notes?|letters?|reports?|records?|referrals?|discharged"
    r"|(?:discharge|case|clinical) summary|patient(?:['’]s)? (?:file|chart|history))(?![a-z])"
    r"|(?<![a-z])patient\s?[:：]|(?-i:\b(?:Mrs?|Ms|Miss)\.? [A-Z])"
    r"|病历|病案|病程|小结|记录|报告|转诊|信函|患者[:：]",
    re.IGNORECASE,
)


def guideline_recognise(parsed: ParsedDocument, file_name: str) -> dict[str, Any]:
    """The metadata that the head of the document states."""
    head = "\n".join([parsed.title, *(block.text for block in parsed.blocks[:40])])[:HEAD_CHARS]
    found: dict[str, Any] = {}
    if source := _SOURCE.search(head):
        found["source"] = source[1].strip()
    if specialty := _SPECIALTY.search(head):
        found["specialty"] = specialty[1].strip()
    for name, pattern in _LINKS.items():
        if linked := pattern.search(head):
            found[name] = linked[1]
    if day := _date_stated(head):
        found["publication_date"] = day.isoformat()
    title = next((block.text for block in parsed.blocks if block.kind == "heading"), parsed.title)
    kind = _kind(f"{title} {parsed.title}", file_name, head)
    return found | ({"kind": kind} if kind else {})


def _date_stated(head: str) -> date | None:
    """The date of publication, or else of review, report, study or visit; never one of a person's life."""
    for labels in _DATED:
        for stated in labels.finditer(head):
            before = head[max(0, stated.start() - _BEFORE_CHARS) : stated.start()]
            if not _LIFE_BEFORE.search(before) and (day := date_read(_SAID_ENDS.split(stated["said"])[0])):
                return day
    return None


def _kind(title: str, file_name: str, head: str) -> str:
    """The kind that the title names, or else the file's name; empty where they do not tell.

    The last word decides: "early recognition guideline: practice note" is a note. But guidelines are trained
    on as they are, so what may be on a person is never taken for one: a letter that names a guideline, or a
    text that states who its patient is.
    """
    places = _kinds(title) or _kinds(file_name)
    kind = max(places)[1] if places else ""
    if kind == GUIDELINE and (_ON_A_PERSON.search(f"{title}\n{file_name}") or is_on_a_patient(head)):
        return NOTE if NOTE in {one for _at, one in places} else ""
    return kind


def _kinds(text: str) -> list[tuple[int, str]]:
    return [(match.start(), kind) for kind, pattern in _KINDS for match in pattern.finditer(text)]


def date_read(text: str) -> date | None:
    """The first date of a text: 2024-03-18, 18 March 2024, March 18, 2024, or 2024年3月18日."""
    found: tuple[int, int, int] | None = None
    if match := _ISO.search(text) or _CHINESE.search(text):
        found = int(match[1]), int(match[2]), int(match[3])
    elif match := _DAY_FIRST.search(text):
        found = int(match[3]), _MONTHS.index(match[2].lower()) + 1, int(match[1])
    elif match := _MONTH_FIRST.search(text):
        found = int(match[3]), _MONTHS.index(match[1].lower()) + 1, int(match[2])
    if found is None:
        return None
    try:
        return date(*found)
    except ValueError:
        return None
