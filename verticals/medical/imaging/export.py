"""A document's images without what identifies a person, as an archive with a report of each change."""

import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from collegium.sdk.parsing import ParseProblem, SourceFile
from verticals.medical.deidentify.project import Project
from verticals.medical.imaging.archive import files_found
from verticals.medical.imaging.dataset import file_read
from verticals.medical.imaging.deidentify import changes_counted, dataset_deidentify
from verticals.medical.imaging.profile import Options
from verticals.medical.imaging.quarantine import REASONS, quarantine_reason


def images_export(files: Sequence[SourceFile], options: Mapping[str, Any], out: Path) -> None:
    """Write a .zip to `out`: the images under their pseudonyms, and report.json.

    `secret` (hex) and `project` make the pseudonyms, `keep` names the options of the profile. What may show a
    name in its pixels, and what is no DICOM, is held back and listed. Raises ParseProblem where nothing may
    leave.
    """
    kept = Options(**dict.fromkeys(options["keep"], True))
    project = Project(str(options["project"]), bytes.fromhex(options["secret"]))
    told: list[dict[str, Any]] = []
    held: list[dict[str, str]] = []
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, found in enumerate(files_found(files, Path(folder)), start=1):
            try:
                if not found.is_dicom:
                    raise ParseProblem("no_dicom", "It is no DICOM file; de-identify texts as texts.")
                dataset = file_read(found.file.path, f"file {number}").dataset
                if reason := quarantine_reason(dataset):
                    raise ParseProblem(reason, REASONS[reason])
                clean, changes = dataset_deidentify(dataset, project=project, options=kept)
            except ParseProblem as problem:
                held.append({"file": str(number), "code": problem.code, "reason": problem.detail})
                continue
            name = f"{number:05}.dcm"
            raw = BytesIO()
            clean.save_as(raw, enforce_file_format=True)
            archive.writestr(name, raw.getvalue())
            rows = [[one.path, one.action, one.why] for one in changes]
            told.append({"file": name, "summary": changes_counted(changes), "changes": rows})
        if not told:
            raise ParseProblem(
                "all_held_back",
                "No image may leave: %(reason)s",
                reason=held[0]["reason"] if held else "there is none.",
            )
        report = {"options": list(kept.chosen()), "files": told, "held_back": held}
        archive.writestr("report.json", json.dumps(report, ensure_ascii=False, indent=1))
