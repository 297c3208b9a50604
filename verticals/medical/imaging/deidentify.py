"""De-identification of a data set by the profile's table: at all depths, with a report of each change."""

import re
import zlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence

from collegium.sdk.parsing import ParseProblem
from verticals.medical.deidentify.project import Project
from verticals.medical.deidentify.recognise import TextUnreadable
from verticals.medical.deidentify.text import text_deidentify
from verticals.medical.imaging.codes import code_meaning
from verticals.medical.imaging.copies import (
    BINARY,
    copies_blank,
    identifying_names,
    identifying_words,
    values_written,
)
from verticals.medical.imaging.kept_text import chosen_identifies, dates_stated, texts_blank
from verticals.medical.imaging.profile import (
    OPTION_CODES,
    PROFILE_CODE,
    Options,
    is_coded_term,
    rule_of,
    technical_texts,
)
from verticals.medical.imaging.pseudonyms import Pseudonyms, date_moved
from verticals.medical.imaging.safe_private import is_safe_private
from verticals.medical.imaging.unused_bits import unused_bits_clear

TEXTS = {"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UN", "UR", "UT"}
DATES = {"DA", "DT", "TM"}
BINARY_KEPT = re.compile(
    r"PixelData|PaletteColorLookupTableData|LUTData|WaveformData|WaveformPaddingValue|ICCProfile"
    r"|SpectroscopyData|PointCoordinatesData|VertexData|^RedP|^GreenP|^BlueP|BlendingLUTData|ExtendedOffsetTable"
    r"|VectorGridData|SelectorO[BDFLVW]Value"
)
DUMMIES = {"DA": "19000101", "DT": "19000101000000", "TM": "000000", "PN": "Removed", "AS": "000Y"}
CODE_STRING = re.compile(r"[A-Z0-9_ ]{0,16}")
AGE_MAX_YEARS = 90  # whoever is as old or older is told as one group, as in texts
IMPLEMENTATION_UID = "2.25.187302467351893004211978551230911475201"


@dataclass(frozen=True, slots=True)
class Change:
    """One change, without the value that was there: the report may be read by anybody.

    `action`: removed, emptied, replaced, pseudonym, moved or cleaned; `why`: table, text, private, unknown,
    copy (of a removed identifier), identifier (in a text that is kept), age (over 89), form (no value
    of its kind), overlay (in bits of pixels that hold no value) or meta.
    """

    path: str
    keyword: str
    action: str
    why: str


@dataclass(slots=True)
class _Work:
    options: Options
    project: Project
    pseudonyms: Pseudonyms
    patient: str
    days: int
    changes: list[Change] = field(default_factory=list)
    identifiers: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


def dataset_deidentify(
    dataset: FileDataset, *, project: Project, options: Options = Options()
) -> tuple[FileDataset, tuple[Change, ...]]:
    """Change `dataset` in place by the profile and return it, with all changes.

    Args:
        project: within it a UID, patient or order has the same pseudonym everywhere, and all dates of a
            patient are moved by the same number of days, those in texts too.

    Raises: ParseProblem `dicom_no_kind` where the file does not say what it is, `overlay_in_pixels` where
        an overlay is in pixels that are compressed.
    """
    if not dataset.get("SOPClassUID"):
        raise ParseProblem(
            "dicom_no_kind", "The file states no SOP class, so nothing can be said of what is in it."
        )
    pseudonyms = Pseudonyms(project)
    if not dataset.get("SOPInstanceUID"):
        dataset.SOPInstanceUID = f"1.2.{zlib.crc32(dataset.get('PixelData') or b'')}"  # renamed below
    patient = patient_group(dataset)
    work = _Work(options, project, pseudonyms, patient, project.shift_days(patient))
    named = {name: str(dataset.get(name) or "") for name in ("PatientID", "AccessionNumber")}
    dates = set(dates_stated(dataset))
    if unused_bits_clear(dataset):
        work.changes.append(Change("PixelData", "PixelData", "cleaned", "overlay"))
    _set_clean(dataset, "", work)
    for path, keyword in copies_blank(dataset, work.identifiers, work.names):
        work.changes.append(Change(path, keyword, "emptied", "copy"))
    for path, keyword in texts_blank(dataset, dates):
        work.changes.append(Change(path, keyword, "emptied", "identifier"))
    _names_set(dataset, named, work)
    _meta_renew(dataset, work)
    _said(dataset, options)
    return dataset, tuple(work.changes)


def patient_group(dataset: Dataset) -> str:
    """The patient whose dates move together: of the file's patient number."""
    return " ".join(str(dataset.get("PatientID") or "").split()).casefold()


def changes_counted(changes: tuple[Change, ...]) -> dict[str, int]:
    return dict(Counter(f"{one.action}/{one.why}" for one in changes))


def _set_clean(dataset: Dataset, path: str, work: _Work) -> None:
    for tag in list(dataset.keys()):
        element = dataset[tag]
        here = f"{path}{element.keyword or f'({tag.group:04X},{tag.element:04X})'}"
        if tag.is_private or tag.group % 2:
            if not (work.options.safe_private and is_safe_private(dataset, element)):
                _remove(dataset, element, here, "private", work)
            continue
        rule = rule_of(int(tag))
        if rule is not None:
            _by_action(dataset, element, here, rule.settled(work.options), work)
        elif element.VR == "SQ":
            _items_clean(element, here, work)
        else:
            _by_kind(dataset, element, here, work)


def _items_clean(element: DataElement, here: str, work: _Work) -> None:
    for number, item in enumerate(element.value):
        _set_clean(item, f"{here}[{number}].", work)


def _by_action(dataset: Dataset, element: DataElement, here: str, action: str, work: _Work) -> None:
    """PS3.15, table E.1-1a: X removed, Z emptied, D replaced, U pseudonymous, K kept, C cleaned."""
    if element.VR == "SQ":
        if action in {"K", "C", "U"}:
            _items_clean(element, here, work)
        elif action == "X":
            _remove(dataset, element, here, "table", work)
        else:
            _remember(element, work)
            element.value = Sequence([Dataset()] if action == "D" else [])
            work.changes.append(Change(here, element.keyword, "emptied", "table"))
    elif action == "X":
        _remove(dataset, element, here, "table", work)
    elif action == "U":
        _uids_replace(element, here, "table", work)
    elif action == "K":
        _kept(dataset, element, here, work)
    elif action == "C":
        _clean(dataset, element, here, work)
    else:
        _blank(element, here, "table", work, dummy=action == "D")


def _by_kind(dataset: Dataset, element: DataElement, here: str, work: _Work) -> None:
    """An attribute that the table does not name: kept where its value cannot tell of anybody."""
    vr = element.VR
    if not element.keyword:
        _remove(dataset, element, here, "unknown", work)
    elif vr == "UI":
        _uids_replace(element, here, "unnamed", work)
    elif element.keyword == "CodeMeaning":
        _meaning_renew(dataset, element, here, work)
    elif vr in TEXTS and element.keyword not in technical_texts():
        _remove(dataset, element, here, "text", work)
    elif vr in DATES:
        _clean(dataset, element, here, work) if work.options.modified_dates else _blank(
            element, here, "unnamed", work, dummy=False
        )
    elif vr in BINARY and not BINARY_KEPT.search(element.keyword):
        _remove(dataset, element, here, "unknown", work)
    else:
        _form_check(element, here, work)


def _kept(dataset: Dataset, element: DataElement, here: str, work: _Work) -> None:
    """Kept by an option, where it is a value of its kind and, as text, tells of no person beside it."""
    if element.VR in TEXTS and element.VR != "PN":
        if any(chosen_identifies(value) for value in values_written(element)):
            _blank(element, here, "identifier", work, dummy=False)
        return
    _form_check(element, here, work)


def _form_check(element: DataElement, here: str, work: _Work) -> None:
    """Empty a code, number, age or date that is none: text may have been put there."""
    forms = {
        "CS": lambda value: CODE_STRING.fullmatch(value) and is_coded_term(value),
        "AS": re.compile(r"\d{3}[DWMY]|").fullmatch,
        "DS": re.compile(r"\s*[-+0-9.eE]*\s*").fullmatch,
        "IS": re.compile(r"\s*[-+]?\d*\s*").fullmatch,
        "DA": re.compile(r"[\d.]*|").fullmatch,
        "DT": re.compile(r"[\d.+-]*").fullmatch,
        "TM": re.compile(r"[\d.:]*").fullmatch,
        "SH": re.compile(r".{0,64}", re.DOTALL).fullmatch,
    }
    form = forms.get(element.VR)
    if form is not None and not all(form(value) for value in values_written(element)):
        _blank(element, here, "form", work, dummy=False)
    elif element.VR == "AS":
        _age_cap(element, here, work)


def _age_cap(element: DataElement, here: str, work: _Work) -> None:
    values = values_written(element)
    capped = [f"{AGE_MAX_YEARS:03}Y" if _is_old(value) else value for value in values]
    if capped != values:
        element.value = capped if len(capped) > 1 else capped[0]
        work.changes.append(Change(here, element.keyword, "replaced", "age"))


def _is_old(age: str) -> bool:
    return age.endswith("Y") and int(age[:3]) > AGE_MAX_YEARS


def _clean(dataset: Dataset, element: DataElement, here: str, work: _Work) -> None:
    """Dates are moved; text is de-identified as text; what else there is goes."""
    if element.VR in {"DA", "DT"}:
        moved = [date_moved(value, work.days) for value in values_written(element)]
        if None in moved:
            _blank(element, here, "form", work, dummy=False)
        elif moved:
            element.value = moved if len(moved) > 1 else moved[0]
            work.changes.append(Change(here, element.keyword, "moved", "table"))
    elif element.VR == "TM":
        _form_check(element, here, work)  # a time of day moves with its date
    elif element.VR in TEXTS - {"PN", "UN", "UR"}:
        _text_clean(dataset, element, here, work)
    else:
        _remove(dataset, element, here, "table", work)


def _text_clean(dataset: Dataset, element: DataElement, here: str, work: _Work) -> None:
    try:
        cleaned = [
            text_deidentify(value, project=work.project, group=work.patient).text
            for value in values_written(element)
        ]
    except TextUnreadable:
        _remove(dataset, element, here, "text", work)
        return
    if cleaned != values_written(element):
        element.value = cleaned if len(cleaned) > 1 else cleaned[0]
        work.changes.append(Change(here, element.keyword, "cleaned", "table"))


def _remove(dataset: Dataset, element: DataElement, here: str, why: str, work: _Work) -> None:
    _remember(element, work)
    del dataset[element.tag]
    work.changes.append(Change(here, element.keyword, "removed", why))


def _blank(element: DataElement, here: str, why: str, work: _Work, *, dummy: bool) -> None:
    """Empty an element, or give it a value that says nothing."""
    _remember(element, work)
    before = element.value
    if not dummy:
        element.value = None if element.VR in BINARY | {"UN"} else ""
    elif element.VR in BINARY | {"UN"}:
        element.value = b"\0\0"
    elif element.VR in {"DS", "IS", "SS", "US", "SL", "UL", "SV", "UV", "FL", "FD"}:
        element.value = 0
    elif element.VR == "UI":
        element.value = work.pseudonyms.uid("1.2.3.4")
    else:
        element.value = DUMMIES.get(element.VR, "REMOVED")
    if before not in (None, "", b"") or dummy:
        work.changes.append(Change(here, element.keyword, "replaced" if dummy else "emptied", why))


def _uids_replace(element: DataElement, here: str, why: str, work: _Work) -> None:
    values = values_written(element)
    renamed = [work.pseudonyms.uid(value) for value in values]
    if renamed != values:
        element.value = renamed if len(renamed) > 1 else renamed[0]
        work.changes.append(Change(here, element.keyword, "pseudonym", why))


def _meaning_renew(dataset: Dataset, element: DataElement, here: str, work: _Work) -> None:
    """A code's meaning as its scheme gives it: what a writer put there may be anything."""
    known = code_meaning(
        str(dataset.get("CodingSchemeDesignator") or ""), str(dataset.get("CodeValue") or "")
    )
    if str(element.value) != known:
        _remember(element, work)
        element.value = known or "REMOVED"
        work.changes.append(Change(here, element.keyword, "replaced", "text"))


def _remember(element: DataElement, work: _Work) -> None:
    work.identifiers |= identifying_words(element)
    work.names |= identifying_names(element)


def _names_set(dataset: Dataset, named: dict[str, str], work: _Work) -> None:
    """Give patient and order their pseudonyms, so that what belongs together can be put together."""
    patient = f"P-{work.pseudonyms.name('patient', named['PatientID'])}" if named["PatientID"].strip() else ""
    dataset.PatientID = patient
    dataset.PatientName = patient
    if "AccessionNumber" in dataset:
        order = named["AccessionNumber"]
        dataset.AccessionNumber = work.pseudonyms.name("order", order, 12) if order.strip() else ""


def _meta_renew(dataset: FileDataset, work: _Work) -> None:
    """Meta information from nothing but the transfer syntax; a preamble may hold anything."""
    before = getattr(dataset, "file_meta", None) or FileMetaDataset()
    for element in before:
        work.changes.append(Change(f"meta.{element.keyword}", element.keyword, "replaced", "meta"))
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", "")
    meta.MediaStorageSOPInstanceUID = dataset.get("SOPInstanceUID", "")
    meta.TransferSyntaxUID = before.TransferSyntaxUID
    meta.ImplementationClassUID = IMPLEMENTATION_UID
    meta.ImplementationVersionName = "COLLEGIUM"
    dataset.file_meta = meta
    dataset.preamble = b"\0" * 128


def _said(dataset: Dataset, options: Options) -> None:
    """State what was done (PS3.15, E.1.1; PS3.3, C.12.1.1.1.2)."""
    dataset.PatientIdentityRemoved = "YES"
    codes = [PROFILE_CODE, *(OPTION_CODES[name] for name in options.chosen())]
    dataset.DeidentificationMethod = "PS3.15 Basic Profile"
    items: list[Any] = []
    for value, meaning in codes:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning[:64]
        items.append(item)
    dataset.DeidentificationMethodCodeSequence = Sequence(items)
    dates = "MODIFIED" if options.modified_dates else "UNMODIFIED" if options.full_dates else "REMOVED"
    dataset.LongitudinalTemporalInformationModified = dates
