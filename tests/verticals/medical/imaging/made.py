"""DICOM files made by code, so that every value in them is known."""

import io
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import (
    UID,
    CTImageStorage,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

ROOT = "1.2.826.0.1.3680043.10.9999"
STUDY = f"{ROOT}.1"


def dicom_make(
    values: Any = None, *, syntax: str = ExplicitVRLittleEndian, number: int = 1, **elements: Any
) -> FileDataset:
    """A CT slice of `values` (int16), or what `elements` make of it; None for an element leaves it out."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = elements.get("SOPClassUID", CTImageStorage)
    meta.MediaStorageSOPInstanceUID = f"{STUDY}.2.{number}"
    meta.TransferSyntaxUID = UID(syntax)
    little, implicit = syntax != ExplicitVRBigEndian, syntax == ImplicitVRLittleEndian
    made = FileDataset(
        None,
        Dataset(),
        file_meta=meta,
        preamble=b"\0" * 128,
        is_little_endian=little,
        is_implicit_VR=implicit,
    )
    made.SOPClassUID = CTImageStorage
    made.SOPInstanceUID = f"{STUDY}.2.{number}"
    made.StudyInstanceUID = STUDY
    made.SeriesInstanceUID = f"{STUDY}.2"
    made.Modality = "CT"
    made.PatientName = "Brandt^Oda"
    made.PatientID = "MRN-4471"
    made.AccessionNumber = "ACC-77"
    made.StudyDate = "20240312"
    made.InstanceNumber = number
    made.BurnedInAnnotation = "NO"
    if values is not None:
        pixels_set(made, np.asarray(values))
    for name, value in elements.items():
        if value is None:
            del made[name]
        else:
            setattr(made, name, value)
    return made


def pixels_set(made: FileDataset, values: np.ndarray) -> None:
    """Put [rows, columns] or [frames, rows, columns] of integers into the data set."""
    made.Rows, made.Columns = values.shape[-2:]
    made.SamplesPerPixel = 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.BitsAllocated = made.BitsStored = values.dtype.itemsize * 8
    made.HighBit = made.BitsStored - 1
    made.PixelRepresentation = int(values.dtype.kind == "i")
    if values.ndim == 3:
        made.NumberOfFrames = values.shape[0]
    raw = values.tobytes()
    made.PixelData = raw + b"\0" * (len(raw) % 2)
    made["PixelData"].VR = "OW" if values.dtype.itemsize == 2 else "OB"


def dicom_bytes(made: FileDataset) -> bytes:
    out = io.BytesIO()
    made.save_as(out, enforce_file_format=True)
    return out.getvalue()


def ramp(low: int = 0, high: int = 255, *, dtype: str = "int16") -> np.ndarray:
    """16 × 16 values from `low` to `high`, evenly."""
    return np.linspace(low, high, 256).round().astype(dtype).reshape(16, 16)


__all__ = ["ROOT", "STUDY", "ImplicitVRLittleEndian", "dicom_bytes", "dicom_make", "pixels_set", "ramp"]
