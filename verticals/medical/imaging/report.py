"""What the index may know of images: whitelisted metadata, and what structured reports say and measure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from pydicom.dataset import Dataset

from collegium.sdk.parsing import Block
from verticals.medical.deidentify.recognise import TextUnreadable, identifiers_find
from verticals.medical.imaging.profile import is_coded_term

DEPTH_MAX = 30
CODED = {"body_part": "BodyPartExamined", "modality": "Modality"}
DESCRIPTIONS = ("StudyDescription", "SeriesDescription", "ProtocolName")


def study_metadata(dataset: Dataset) -> dict[str, Any]:
    """The metadata fields that an instance states; free descriptions only where they name nobody."""
    found: dict[str, Any] = {}
    for name, keyword in CODED.items():
        value = str(dataset.get(keyword) or "").strip()
        if value and is_coded_term(value):
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
    """One paragraph that says what the upload holds, so that search finds it."""
    kinds = Counter(one["modality"] or "unknown" for one in instances)
    parts = ["Imaging study: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))]
    labels = {"body_part": "body part", "accession_number": "accession number", "publication_date": "date"}
    parts += [f"{label} {metadata[name]}" for name, label in labels.items() if metadata.get(name)]
    series = len({one["series_uid"] for one in instances})
    parts.append(f"{series} series, {sum(one.get('frames', 0) for one in instances)} frames")
    return [Block("text", "; ".join(parts) + ".")]


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
