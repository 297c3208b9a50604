"""The parser of DICOM uploads: the index gets whitelisted metadata, structured reports and measurements."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from collegium.sdk.parsing import (
    Block,
    ParsedDocument,
    ParseLimits,
    ParseProblem,
    SourceFile,
    files_parse,
    progress_report,
)
from verticals.medical.imaging.archive import DICOM, ZIP, Found, files_found
from verticals.medical.imaging.dataset import ReadFile, file_read
from verticals.medical.imaging.instance import instance_value
from verticals.medical.imaging.report import report_blocks, study_metadata, study_text

NAME = "dicom/1"
WARNINGS_MAX = 50
DICOMDIR = "1.2.840.10008.1.3.10"


class DicomParser:
    """Reads files, series, a DICOMDIR with its files, and archives of them; reports beside them too."""

    name = NAME
    media_types = (DICOM, ZIP)

    def accepts(self, files: Sequence[SourceFile]) -> bool:
        return any(file.media_type in self.media_types for file in files)

    def parse(self, files: Sequence[SourceFile], limits: ParseLimits) -> ParsedDocument:
        with tempfile.TemporaryDirectory() as folder:
            return _Reading().parsed(files_found(files, Path(folder)), limits)


class _Reading:
    def __init__(self) -> None:
        self._warnings: list[str] = []
        self._problems: list[ParseProblem] = []
        self._instances: list[dict[str, Any]] = []
        self._blocks: list[Block] = []
        self._listed: set[str] = set()
        self._metadata: dict[str, Any] = {}

    def parsed(self, found: Sequence[Found], limits: ParseLimits) -> ParsedDocument:
        images = [one for one in found if one.is_dicom]
        if not images:
            raise ParseProblem(
                "no_dicom", "There is no DICOM file in the upload. Upload those that the device exported."
            )
        for done, one in enumerate(images):
            progress_report(done, len(images))
            self._take(one)
        if not self._instances:
            raise self._problems[0] if self._problems else _only_a_directory()
        self._directory_check()
        blocks = [*study_text(self._instances, self._metadata), *self._blocks]
        parts = [files_parse([one.file], limits) for one in found if not one.is_dicom]
        text = [block for part in parts for block in part.blocks]
        return ParsedDocument(
            parser=NAME,
            blocks=(*blocks, *(replace(block, page=None, lines=()) for block in text)),
            title="",
            metadata=self._metadata,
            warnings=tuple(self._warnings[:WARNINGS_MAX]),
            data={"imaging": self._instances},
        )

    def _take(self, one: Found) -> None:
        """Read one file; a broken one among good ones is named and left out."""
        try:
            read = file_read(one.file.path, one.file.name)
            if (
                str(read.dataset.get("SOPClassUID") or read.dataset.file_meta.get("MediaStorageSOPClassUID"))
                == DICOMDIR
            ):
                self._list(read)
                return
            value = instance_value(read)
        except ParseProblem as problem:
            self._problems.append(problem)
            self._warnings.append(problem.detail[:480])
            return
        value |= {"position": one.position, "member": one.member, "ordinal": len(self._instances)}
        self._instances.append(value)
        self._warnings += read.tolerated
        self._blocks += report_blocks(read.dataset)
        for name, stated in study_metadata(read.dataset).items():
            self._metadata.setdefault(name, stated)

    def _list(self, read: ReadFile) -> None:
        """Which instances a DICOMDIR names (PS3.3, F.3)."""
        for record in read.dataset.get("DirectoryRecordSequence") or []:
            if uid := record.get("ReferencedSOPInstanceUIDInFile"):
                self._listed.add(str(uid))

    def _directory_check(self) -> None:
        missing = self._listed - {one["instance_uid"] for one in self._instances}
        if missing:
            self._warnings.insert(
                0, f"The DICOMDIR names {len(missing)} files that are not in the upload, or cannot be read."
            )


def _only_a_directory() -> ParseProblem:
    return ParseProblem(
        "dicom_directory_alone",
        "The upload holds a DICOMDIR without the files that it names. Upload the whole folder, for example "
        "as a .zip.",
    )
