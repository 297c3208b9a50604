"""An archive of a study: a linked report is in it only where all images are known to be of one patient."""

import json
import zipfile

import pytest

from collegium.sdk.parsing import SourceFile
from tests.verticals.medical.imaging.made import STUDY, dicom_bytes, dicom_make, ramp
from verticals.medical.imaging.archive import DICOM
from verticals.medical.imaging.export import images_export

HELD = {"BurnedInAnnotation": "YES"}
NOBODY = {"PatientID": "", "PatientName": ""}


@pytest.fixture
def exported(tmp_path):
    """exported({elements of an image}, ...) -> the archive of these images with one linked report."""

    def run(*images: dict, keep: tuple[str, ...] = ()) -> zipfile.ZipFile:
        files = []
        for number, elements in enumerate(images, start=1):
            path = tmp_path / f"{number}.dcm"
            path.write_bytes(dicom_bytes(dicom_make(ramp(), number=number, **elements)))
            files.append(SourceFile(path, path.name, DICOM))
        options = {
            "study": STUDY, "project": "p", "secret": "07" * 32, "keep": keep,
            "texts": [{"title": "report", "text": f"Oda Brandt has a nodule of 7 mm. Study UID: {STUDY}."}],
        }  # fmt: skip
        images_export(files, options, tmp_path / "out.zip")
        return zipfile.ZipFile(tmp_path / "out.zip")

    return run


@pytest.mark.parametrize(
    "images",
    [
        ({}, {}),
        ({}, {"PatientName": "BRANDT^ODA^"}),
        ({}, {"PatientName": ""}),
        ({}, {"PatientBirthDate": "19470923"}),
        ({"PatientID": ""}, {"PatientID": ""}),
        ({}, HELD),
    ],
)
def test_the_report_of_one_patient_leaves(exported, images):
    text = exported(*images).read("report-01.txt").decode()
    assert "nodule of 7 mm" in text and "Brandt" not in text


@pytest.mark.parametrize(
    "images",
    [
        ({}, {"PatientID": "MRN-8000"}),
        ({}, {"PatientName": "Quill^Maren"}),
        ({"PatientID": ""}, {"PatientID": "", "PatientName": "Quill^Maren"}),
        ({"PatientBirthDate": "19470923"}, {"PatientBirthDate": "19480923"}),
        ({"IssuerOfPatientID": "Harbour"}, {"IssuerOfPatientID": "Hill"}),
        ({}, {"PatientID": ""}),
        (NOBODY, NOBODY),
        ({"PatientID": "", "PatientName": "Anonymous"}, {"PatientID": "", "PatientName": "ANONYMOUS"}),
        ({}, HELD | {"PatientID": "MRN-8000"}),
        ({}, HELD | {"PatientName": "Quill^Maren"}),
    ],
)
def test_a_report_stays_where_the_images_may_be_of_several_patients(exported, images):
    archive = exported(*images)
    assert "report-01.txt" not in archive.namelist() and "00001.dcm" in archive.namelist()
    held = json.loads(archive.read("report.json"))["held_back"]
    assert [one["code"] for one in held if one["file"] == "report-01.txt"] == ["several_patients"]
    assert "Quill" not in json.dumps(held) and "Brandt" not in json.dumps(held)


def test_the_report_has_the_uid_of_the_study_that_its_images_have(exported):
    assert f"Study UID: {STUDY}." in exported({}, keep=("uids",)).read("report-01.txt").decode()
    assert STUDY not in exported({}).read("report-01.txt").decode()
