"""Recognisers of the names of hospitals and practices: who was treated where narrows who it was."""

import re
from collections.abc import Iterable

from verticals.medical.deidentify.span import Span

_ENGLISH = re.compile(
    r"\b(?:(?:St\.?|Saint|Mt\.?|[A-Z][a-z]+(?:['’-][A-Za-z]+)*)\s){1,5}(?:(?:and|of|the) [A-Z][a-z]+ )?"
    r"(?:Hospitals?|Infirmary|Clinic|Medical Cent(?:er|re)|Health Cent(?:er|re)|Cancer Cent(?:er|re)"
    r"|Surgery|Hospice"
    r"|Nursing Home|Care Home|Medical Practice|Medical Group|Healthcare|Sanatorium|Polyclinic)\b"
)
# A department or a kind of place is no name: "Pain Clinic", "Vascular Surgery", "Referral Hospital".
_GENERIC = {
    word
    for words in (
        "the a an this our your local general vascular cardiac thoracic cardiothoracic orthopaedic "
        "orthopedic plastic",
        "paediatric pediatric emergency oral maxillofacial colorectal breast bariatric day elective "
        "urgent trauma spinal",
        "laparoscopic robotic open major minor hepatobiliary pain memory outpatient outpatients "
        "cardiology neurology eye",
        "dermatology diabetes fracture oncology haematology hematology rheumatology renal respiratory "
        "gastroenterology",
        "urology psychiatry antenatal asthma heart failure stroke sleep walk-in community district "
        "university referral",
        "teaching private public rural mental health medical surgical dental hand endocrine transplant "
        "head neck previous",
        "to from at in of and on for by with dear via near their his her its another other any each no "
        "eating bowel fertility",
        "anticoagulation warfarin hypertension preoperative women children adult acute primary care "
        "specialist epilepsy",
    )
    for word in words.split()
}
_HAN = "一-鿿"
_CHINESE = re.compile(
    rf"[{_HAN}]{{2,20}}?(?:医院|卫生院|卫生服务中心|卫生服务站|诊所|门诊部|保健院|卫生室|疗养院|医学中心"
    rf"|急救中心|养老院|敬老院|福利院)"
    r"(?:[东西南北]院|分院|[东西南北]?院区)?"
)
# Words that come before the name in the same run of characters; the name begins after the last of them.
_BEFORE = re.compile(
    r"(?:由|至|往|到|在|于|从|经|自|回|向|赴|去|入|给|及|和(?!平|谐|睦|田)|与|曾|因|后|前|系|为|是|被|我们|患者|联系"
    r"|随访|转诊|就诊|求治|送|收治)"
)
_GENERIC_ZH = re.compile(r"^(?:本|我|外|该|当地|上级|下级|基层|社区|附近|某|多家|私立|公立|综合|专科"
    r"|三甲|三级|二级|县级|市级|省级|大|各)*(?:医院|卫生院|诊所|门诊部|急救中心|养老院)$")  # fmt: skip


def organisations_find(text: str) -> Iterable[Span]:
    """Named hospitals, practices and homes; generic ones ("the local hospital", "当地医院") are left."""
    for match in _ENGLISH.finditer(text):
        start, words = match.start(), match[0].split()
        while words and words[0].lower() in _GENERIC:
            start = text.index(words[0], start) + len(words[0])
            words = words[1:]
        if len(words) >= 2 and not (len(words) == 2 and words[0] in ("Medical", "Health")):
            start += len(text[start:]) - len(text[start:].lstrip())
            yield Span(start, match.end(), "organisation", "organisation.name", 0.92)
    for match in _CHINESE.finditer(text):
        start = max((one.end() for one in _BEFORE.finditer(match[0][:-3])), default=0)
        name = match[0][start:]
        if len(name) >= 4 and not _GENERIC_ZH.match(name):
            yield Span(match.start() + start, match.end(), "organisation", "organisation.zh", 0.92)
