"""A study's images without what identifies a person, as an archive with a report of each change."""

import json
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from pydicom.dataset import FileDataset

from collegium.sdk.parsing import ParseProblem, SourceFile
from verticals.medical.deidentify.project import Project
from verticals.medical.deidentify.recognise import TextUnreadable
from verticals.medical.imaging.archive import Found, files_found
from verticals.medical.imaging.dataset import ReadFile, file_read
from verticals.medical.imaging.deidentify import Change, changes_counted, dataset_deidentify
from verticals.medical.imaging.instance import study_uid
from verticals.medical.imaging.known import identifiers_known, text_deidentify_known
from verticals.medical.imaging.masks import Mask, masks_apply
from verticals.medical.imaging.patients import Patients
from verticals.medical.imaging.profile import Options
from verticals.medical.imaging.quarantine import NONE_MAY_LEAVE, REASONS, quarantine_reason

MASKED = Change("PixelData", "PixelData", "masked", "reviewer")
RELEASED = Change("BurnedInAnnotation", "BurnedInAnnotation", "replaced", "reviewer")


@dataclass(frozen=True, slots=True)
class _Cleaned:
    """An image that may leave, and what was changed in it."""

    dataset: FileDataset
    changes: tuple[Change, ...]


def images_export(files: Sequence[SourceFile], options: Mapping[str, Any], out: Path) -> None:
    """Write a .zip to `out`: the study's images under their pseudonyms, linked reports, and report.json.

    Options: `study` is the UID of the study, nothing of another leaves; `secret` (hex) and `project` make the
    pseudonyms, `keep` names the options of the profile, `released` the held-back images that a reviewer lets
    go ({position, member, masks}), `texts` the linked reports ({title, text}); `report_only` writes
    report.json alone. What may show a name in its pixels, what cannot be read, and what is no DICOM, is held
    back and listed. Raises ParseProblem where nothing may leave.
    """
    project = Project(str(options["project"]), bytes.fromhex(options["secret"]))
    kept = Options(**dict.fromkeys(options["keep"], True))
    released = {(one["position"], one["member"]): one["masks"] for one in options.get("released", ())}
    told: list[dict[str, Any]] = []
    held: list[dict[str, str]] = []
    problems: list[ParseProblem] = []
    patients = Patients()
    known: dict[str, str] = {}  # what identifies patient, order and study: linked texts name it too
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, found in enumerate(files_found(files, Path(folder)), start=1):
            masks = released.get((found.position, found.member))
            try:
                read = _read(found, number)
                if study_uid(read.dataset) != options["study"]:
                    continue
                patients.add(read.dataset)
                known |= identifiers_known(read.dataset, project, kept)
                one = _cleaned(read, project, kept, masks)
            except ParseProblem as problem:
                problems.append(problem)
                held.append({"file": str(number), "code": problem.code, "reason": problem.detail})
                continue
            name = f"{number:05}.dcm"
            if not options.get("report_only"):
                archive.writestr(name, _written(one.dataset))
            rows = [[change.path, change.action, change.why] for change in one.changes]
            told.append({"file": name, "summary": changes_counted(one.changes), "changes": rows})
        if not told:
            raise _all_held_back(problems)
        texts = list(_texts(options.get("texts", ()), project, patients.only(), known, held))
        for name, text, _counts in texts:
            if not options.get("report_only"):
                archive.writestr(name, text)
        report = {
            "options": list(kept.chosen()),
            "files": told,
            "texts": [{"file": name, "replaced": counts} for name, _text, counts in texts],
            "held_back": held,
        }
        archive.writestr("report.json", json.dumps(report, ensure_ascii=False, indent=1))


def _all_held_back(problems: Sequence[ParseProblem]) -> ParseProblem:
    """Why nothing is left to hand out: what held back the first image, in words that have a translation."""
    if not problems:
        return ParseProblem("all_held_back", "No image may leave: there is none.")
    first = next((one for one in problems if one.code in NONE_MAY_LEAVE), problems[0])
    if first.code in NONE_MAY_LEAVE:
        return ParseProblem("all_held_back", NONE_MAY_LEAVE[first.code])
    return ParseProblem("all_held_back", first.message, **first.params)


def _read(found: Found, number: int) -> ReadFile:
    if not found.is_dicom:
        raise ParseProblem("no_dicom", "It is no DICOM file; de-identify texts as texts.")
    return file_read(found.file.path, f"file {number}")


def _cleaned(read: ReadFile, project: Project, kept: Options, masks: Sequence[Mask] | None) -> _Cleaned:
    """An image without what identifies a person; `masks` is None where nobody has let it go."""
    reason = quarantine_reason(read.dataset)
    if reason and masks is None:
        raise ParseProblem(reason, REASONS[reason])
    dataset = masks_apply(read, masks) if reason and masks else read.dataset
    clean, changes = dataset_deidentify(dataset, project=project, options=kept)
    if reason:
        clean.BurnedInAnnotation = "NO"
        changes = (*changes, *([MASKED] if masks else []), RELEASED)
    return _Cleaned(clean, changes)


def _written(dataset: FileDataset) -> bytes:
    raw = BytesIO()
    dataset.save_as(raw, enforce_file_format=True)
    return raw.getvalue()


def _texts(
    given: Sequence[Mapping[str, str]],
    project: Project,
    patient: str | None,
    known: Mapping[str, str],
    held: list[dict[str, str]],
) -> Iterator[tuple[str, str, dict[str, int]]]:
    """The linked reports with surrogates: name, text and how much was replaced of each kind.

    Their dates move with those of the images, so that they leave only where all images of the study, those
    that are held back too, are known to be of one `patient`.
    """
    for number, one in enumerate(given, start=1):
        name = f"report-{number:02}.txt"
        if patient is None:
            reason = "The images are not known to be of one patient, so that the report may be of another."
            held.append({"file": name, "code": "several_patients", "reason": reason})
            continue
        try:
            clean = text_deidentify_known(one["text"], project=project, group=patient, known=known)
        except TextUnreadable as error:
            held.append({"file": name, "code": "text_unreadable", "reason": str(error)})
            continue
        yield name, clean.text, clean.counts
