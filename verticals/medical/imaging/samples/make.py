"""Writes the sample studies and their reports: `python -m verticals.medical.imaging.samples.make FOLDER`.

Patients, people and places are fictional; the pictures are computed. Nothing is copied from anywhere.
"""

import sys
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    CTImageStorage,
    ExplicitVRLittleEndian,
)

from verticals.medical.imaging.samples.phantom import chest_radiograph, chest_slice

ROOT = "2.25.187302467351893004211978551230911475202"
SLICES = 9
CT_REPORT = """# Chest CT report

Source: Radiology of the Lindmere Institute (fictional)
Publication date: 2025-01-17
Accession number: LM-2025-0117
Study instance UID: {study}

**This report is fictional, written as a sample, and must not be used for the care of patients.**

## Findings

There is a solid nodule of about 7 mm in the left upper lobe. There is no pleural effusion and no enlarged
lymph node. The heart is of normal size.

## Assessment

Solitary pulmonary nodule on the left. A follow-up CT in six to twelve months is suggested.
"""
CR_REPORT = """# 胸部 X 线报告

来源：林德米尔研究所放射科（虚构）
发布日期：2025年1月20日
检查单号：LM-2025-0120

**本报告纯属虚构，仅作示例文档，不得用于患者诊疗。**

## 所见

双肺纹理清晰，未见实变。左上肺可见一小结节影，建议结合 CT。心影不大，双侧肋膈角锐利。
"""


def _common(kind: str, study: str, number: int, **elements: Any) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = kind
    meta.MediaStorageSOPInstanceUID = f"{study}.1.{number}"
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made = FileDataset(None, Dataset(), file_meta=meta, preamble=b"\0" * 128)
    made.SpecificCharacterSet = "ISO_IR 192"
    made.SOPClassUID, made.SOPInstanceUID = kind, f"{study}.1.{number}"
    made.StudyInstanceUID, made.SeriesInstanceUID = study, f"{study}.1"
    made.PatientName, made.PatientID = "Quill^Maren", "LM-48213"
    made.PatientBirthDate, made.PatientSex, made.PatientAge = "19620511", "F", "062Y"
    made.ReferringPhysicianName, made.InstitutionName = "Ashdown^Piet", "Lindmere Institute"
    made.StudyID, made.SeriesNumber, made.InstanceNumber = "1", 1, number
    made.BodyPartExamined, made.BurnedInAnnotation = "CHEST", "NO"
    made.Manufacturer = "Collegium samples"
    for name, value in elements.items():
        setattr(made, name, value)
    return made


def _pixels(made: FileDataset, values: Any, kind: str) -> FileDataset:
    made.Rows, made.Columns = values.shape
    made.SamplesPerPixel, made.PhotometricInterpretation = 1, kind
    made.BitsAllocated, made.BitsStored = 16, 16 if values.dtype.kind == "i" else 12
    made.HighBit, made.PixelRepresentation = made.BitsStored - 1, int(values.dtype.kind == "i")
    made.PixelData = values.astype("<i2" if values.dtype.kind == "i" else "<u2").tobytes()
    made["PixelData"].VR = "OW"
    return made


def ct_series() -> list[FileDataset]:
    """A series through a chest, with a nodule in its middle slices."""
    dated = {"StudyDate": "20250117", "AccessionNumber": "LM-2025-0117", "Modality": "CT"}
    shown = {"WindowCenter": 40, "WindowWidth": 400, "RescaleSlope": 1, "RescaleIntercept": 0}
    made = []
    for number in range(1, SLICES + 1):
        place = (number - 1) / (SLICES - 1)
        one = _common(CTImageStorage, f"{ROOT}.1", number, **dated, **shown)
        one.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        one.StudyDescription = "CT chest"
        one.PixelSpacing, one.SliceThickness = [1.4, 1.4], 5
        one.ImagePositionPatient = [0, 0, round(-200 * place, 1)]
        one.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        made.append(_pixels(one, chest_slice(place), "MONOCHROME2"))
    return made


def cr_image() -> FileDataset:
    """A radiograph, white where the least is absorbed as its maker stores it."""
    made = _common(
        ComputedRadiographyImageStorage, f"{ROOT}.2", 1, StudyDate="20250120", Modality="CR",
        AccessionNumber="LM-2025-0120", ViewPosition="PA", StudyDescription="Chest PA",
    )  # fmt: skip
    made.ImageType = ["ORIGINAL", "PRIMARY"]
    made.ImagerPixelSpacing = [1.0, 1.0]
    return _pixels(made, 4095 - chest_radiograph(), "MONOCHROME1")


def samples_write(folder: Path) -> list[Path]:
    """Write two studies and a report of each; returns the paths."""
    ct, cr = folder / "chest-ct", folder / "chest-radiograph"
    written = []
    for place, images in ((ct, ct_series()), (cr, [cr_image()])):
        place.mkdir(parents=True, exist_ok=True)
        for image in images:
            path = place / f"IM{image.InstanceNumber:04}.dcm"
            image.save_as(path, enforce_file_format=True)
            written.append(path)
    for path, text in (
        (folder / "chest-ct-report.md", CT_REPORT),
        (folder / "chest-radiograph-report-zh.md", CR_REPORT),
    ):
        path.write_text(text.format(study=f"{ROOT}.1"), encoding="utf-8")
        written.append(path)
    return written


if __name__ == "__main__":
    for written_path in samples_write(Path(sys.argv[1])):
        print(written_path)
