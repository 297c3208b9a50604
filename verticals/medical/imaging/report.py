"""What the index may know of images: whitelisted metadata, and what structured reports say and measure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pydicom.dataset import Dataset

from collegium.sdk.parsing import Block
from verticals.medical.deidentify.recognise import TextUnreadable, identifiers_find
from verticals.medical.imaging.copies import PEOPLE, identifying_names
from verticals.medical.imaging.profile import is_coded_term
from verticals.medical.imaging.short_names import code_names

DEPTH_MAX = 30
CODED = {"body_part": "BodyPartExamined", "modality": "Modality"}
LABELS = {
    "body_part": ("body part", "检查部位"),
    "accession_number": ("accession number", "检查单号"),
    "publication_date": ("date", "日期"),
}
KINDS_ZH = {
    "CT": "CT（计算机断层扫描）", "MR": "MR（磁共振）", "US": "US（超声）", "CR": "CR（X线摄影）",
    "DX": "DX（数字X线摄影）", "MG": "MG（乳腺X线摄影）", "NM": "NM（核医学）",
    "PT": "PT（正电子发射断层扫描）",
    "XA": "XA（血管造影）", "RF": "RF（透视）", "SR": "SR（结构化报告）", "ES": "ES（内镜）",
    "SC": "SC（二次采集）",
}  # fmt: skip
PARTS_ZH = {
    "CHEST": "胸部", "HEAD": "头部", "BRAIN": "脑", "ABDOMEN": "腹部", "PELVIS": "盆腔", "NECK": "颈部",
    "SPINE": "脊柱", "CSPINE": "颈椎", "TSPINE": "胸椎", "LSPINE": "腰椎", "HEART": "心脏", "BREAST": "乳腺",
    "KNEE": "膝", "HIP": "髋", "SHOULDER": "肩", "HAND": "手", "FOOT": "足", "ANKLE": "踝", "WRIST": "腕",
    "ELBOW": "肘", "SKULL": "颅骨", "LIVER": "肝", "KIDNEY": "肾",
}  # fmt: skip
DESCRIPTIONS = ("StudyDescription", "SeriesDescription", "ProtocolName")


def study_metadata(dataset: Dataset) -> dict[str, Any]:
    """The metadata fields that an instance states; free descriptions only where they name nobody."""
    found: dict[str, Any] = {}
    names = {name for one in PEOPLE if one in dataset for name in identifying_names(dataset[one])}
    for name, keyword in CODED.items():
        value = str(dataset.get(keyword) or "").strip()
        if value and is_coded_term(value) and not code_names(value, names):
            found[name] = value
    day = str(dataset.get("StudyDate") or "")
    if len(day) == 8 and day.isdigit():
        found["publication_date"] = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    for name, keyword in (("accession_number", "AccessionNumber"), ("study_uid", "StudyInstanceUID")):
        if value := str(dataset.get(keyword) or "").strip():
            found[name] = value[:64]
    return found | {"kind": "image"}


def description_safe(text: str) -> bool:
    """Whether nothing that identifies a person was recognised in a free description."""
    try:
        return not identifiers_find(text)
    except TextUnreadable:
        return False


def study_text(instances: Sequence[dict[str, Any]], metadata: dict[str, Any]) -> list[Block]:
    """A paragraph in each language that says what the upload holds, so that search finds it."""
    kinds = sorted(Counter(one["modality"] for one in instances).items())
    series = len({one["series_uid"] for one in instances})
    frames = sum(one.get("frames", 0) for one in instances)
    english = ["Imaging study: " + ", ".join(f"{count} {kind or 'unknown'}" for kind, count in kinds)]
    chinese = [
        "影像检查：" + "、".join(f"{KINDS_ZH.get(kind, kind or '未知')} {count} 份" for kind, count in kinds)
    ]
    for name, (label, label_zh) in LABELS.items():
        if value := metadata.get(name):
            english.append(f"{label} {value}")
            chinese.append(f"{label_zh} {PARTS_ZH.get(str(value).upper(), value)}")
    english.append(f"{series} series, {frames} frames")
    chinese.append(f"{series} 个序列，{frames} 帧")
    return [Block("text", "; ".join(english) + "."), Block("text", "；".join(chinese) + "。")]


def report_blocks(dataset: Dataset) -> list[Block]:
    """The content of a structured report, and descriptions that name nobody."""
    blocks = []
    for keyword in DESCRIPTIONS:
        text = " ".join(str(dataset.get(keyword) or "").split())
        if text and "ContentSequence" in dataset and description_safe(text):
            blocks.append(Block("text", text))
    if "ContentSequence" in dataset:
        title = _meaning(dataset.get("ConceptNameCodeSequence"))
        blocks.insert(0, Block("heading", title or "Structured report", level=1))
        blocks += [Block("text", line) for line in _content(dataset, 0)]
    return blocks


def _content(item: Dataset, depth: int) -> Iterator[str]:
    """A line for each finding and measurement; names of people, dates and identifiers are passed over."""
    if depth > DEPTH_MAX:
        return
    for one in item.get("ContentSequence") or []:
        name = _meaning(one.get("ConceptNameCodeSequence"))
        kind = str(one.get("ValueType") or "")
        if kind == "TEXT" and (text := " ".join(str(one.get("TextValue") or "").split())):
            yield f"{name}: {text}" if name else text
        elif kind == "CODE" and (code := _meaning(one.get("ConceptCodeSequence"))):
            yield f"{name}: {code}" if name else code
        elif kind == "NUM":
            for measured in one.get("MeasuredValueSequence") or []:
                unit = _meaning(measured.get("MeasurementUnitsCodeSequence"), value=True)
                yield f"{name or 'Measurement'}: {measured.get('NumericValue', '')} {unit}".strip()
        elif kind == "CONTAINER" and name:
            yield name
        yield from _content(one, depth + 1)


def _meaning(codes: Any, *, value: bool = False) -> str:
    if not codes:
        return ""
    code = codes[0]
    return str(
        (code.get("CodeValue") if value else code.get("CodeMeaning")) or code.get("CodeMeaning") or ""
    ).strip()
