"""DICOM uploads by the API and the real reading: what is kept, what the index sees, what is refused."""

from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.fileset import FileSet
from pydicom.sequence import Sequence

from collegium.sdk.answering import Question
from collegium.sdk.registry import vertical_get
from collegium.sdk.retrieval import SearchRequest, search
from tests.verticals.medical.imaging.made import ROOT, STUDY, dicom_bytes, dicom_make, ramp
from tests.verticals.medical.imaging.test_hostile import zipped
from verticals.medical.imaging.models import ImagingInstance
from verticals.medical.imaging.selectors import case_versions

pytestmark = pytest.mark.django_db
REPORT = b"# Chest CT report\n\nAccession number: ACC-77\n\nThere is a nodule of 7 mm in the left upper lobe of the lung.\n"


def slices(count: int = 3) -> dict[str, bytes]:
    return {f"IM{n}": dicom_bytes(dicom_make(ramp(-1000, 400 + n), number=n)) for n in range(1, count + 1)}


def structured_report() -> bytes:
    def code(meaning: str, value: str = "1") -> Sequence:
        one = Dataset()
        one.CodeValue, one.CodingSchemeDesignator, one.CodeMeaning = value, "99X", meaning
        return Sequence([one])

    text, number, person, measured = Dataset(), Dataset(), Dataset(), Dataset()
    text.ValueType, text.ConceptNameCodeSequence, text.TextValue = (
        "TEXT",
        code("Finding"),
        "Nodule in the lobe.",
    )
    measured.NumericValue, measured.MeasurementUnitsCodeSequence = "7.2", code("millimeter", "mm")
    number.ValueType, number.ConceptNameCodeSequence = "NUM", code("Diameter")
    number.MeasuredValueSequence = Sequence([measured])
    person.ValueType, person.ConceptNameCodeSequence, person.PersonName = (
        "PNAME",
        code("Observer"),
        "Keller^Anna",
    )
    made = dicom_make(number=9, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.33", Modality="SR")
    made.ConceptNameCodeSequence = code("Chest report")
    made.ContentSequence = Sequence([text, number, person])
    return dicom_bytes(made)


def on_a_disc(folder: Path, count: int = 3) -> dict[str, bytes]:
    """A DICOMDIR and the files that it names, as a device writes them on a disc: path -> content."""
    disc = FileSet()
    for number in range(1, count + 1):
        made = dicom_make(ramp(-1000, 400 + number), number=number)
        made.StudyTime, made.StudyID, made.SeriesNumber = "101500", "1", 1
        disc.add(made)
    disc.write(folder)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def text_of(version) -> str:
    return "\n".join(version.chunks.values_list("text", flat=True))


def test_images_are_off_until_an_administrator_turns_them_on(send):
    version = send(slices(1), state="failed")
    assert version.job.problem["code"] == "feature_off" and "administrator" in version.job.problem["detail"]
    assert not ImagingInstance.objects.exists() and not version.chunks.exists()


@pytest.mark.parametrize("packed", [False, True], ids=["a series without endings", "a zip"])
def test_a_series_becomes_one_document_of_which_the_index_sees_no_name(send, images_on, packed):
    files = slices() | {"SR": structured_report()}
    version = send({"study.zip": zipped(**files)} if packed else files)
    rows = list(ImagingInstance.objects.filter(version=version).order_by("number"))
    assert [(one.number, one.frames, one.modality) for one in rows] == [
        (1, 1, "CT"), (2, 1, "CT"), (3, 1, "CT"), (9, 0, "SR"),
    ]  # fmt: skip
    assert (
        {one.study_uid for one in rows} == {STUDY}
        and rows[0].low == -1000
        and rows[0].high == 402 - 1 + 1 - 0
    )
    text = text_of(version)
    assert "Finding: Nodule in the lobe." in text and "Diameter: 7.2 mm" in text and "3 CT, 1 SR" in text
    assert not [
        name for name in ("Brandt", "Oda", "MRN-4471", "Keller") if name in text + str(version.metadata)
    ]
    assert version.metadata["modality"] == "CT" and version.metadata["accession_number"] == "ACC-77"


def test_a_broken_file_among_good_ones_is_named_and_left_out(send, images_on):
    version = send(slices(2) | {"IM9": dicom_bytes(dicom_make(ramp(), number=9))[:-40]})
    assert ImagingInstance.objects.filter(version=version).count() == 2
    assert any("'IM9'" in one and "cut off" in one for one in version.warnings)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a.dcm": dicom_bytes(dicom_make(ramp()))[:-40]}, "dicom_truncated"),
        ({"a.dcm": b"\0\1" * 400}, "not_dicom"),
        ({"a.zip": zipped(**{"bomb.dcm": b"\0" * 40_000_000})}, "zip_too_large"),
        ({"a.zip": zipped(**{"notes.txt": b"Nothing."})}, "no_dicom"),
        ({"a.dcm": dicom_bytes(dicom_make(ramp(), Rows=65535, Columns=65535))}, "dicom_too_large_image"),
    ],
    ids=["truncated", "no DICOM", "bomb", "no images", "huge"],
)
def test_a_file_that_cannot_be_read_fails_with_its_reason(send, images_on, files, code):
    version = send(files, state="failed")
    assert version.job.problem["code"] == code, version.job.problem
    assert not ImagingInstance.objects.exists()


def test_a_study_and_its_report_are_one_case_and_search_finds_both(send, images_on, caller, medical_base):
    study = send(slices(1))
    report = send({"report.md": REPORT})
    assert report.metadata["accession_number"] == "ACC-77"
    hits = caller(
        "POST", "/api/v1/search",
        {"query": "ACC-77", "knowledge_bases": [str(medical_base.pk)], "filters": {"accession_number": "ACC-77"}},
    ).json()["data"]  # fmt: skip
    assert {one["document"] for one in hits} == {str(study.document_id), str(report.document_id)}


def test_an_image_of_colours_has_no_window_and_one_of_floats_has(send, images_on):
    made = dicom_make(np.zeros((8, 8), "uint8"))
    made.SamplesPerPixel, made.PhotometricInterpretation, made.PlanarConfiguration = 3, "RGB", 0
    made.PixelData = bytes(range(192))
    send({"rgb.dcm": dicom_bytes(made)})
    row = ImagingInstance.objects.get()
    assert row.centre is None and (row.rows, row.columns, row.frames) == (8, 8, 1)


def asked(asker, text, **more):
    """The documents that a question is asked of, and the query."""
    query = vertical_get("medical").understand(Question(text=text, language="en", asker=asker, **more))
    return {hit.document for hit in search(asker, query.search)}, query


def test_a_question_that_names_a_case_is_answered_from_it_alone(
    send, images_on, owner_asker, outsider_asker, medical_base
):
    study, report = send(slices(1)), send({"report.md": REPORT})
    send({"other.md": REPORT.replace(b"ACC-77", b"ACC-78").replace(b"7 mm", b"9 mm")})
    medical = vertical_get("medical")
    for text in ("What was found in ACC-77?", f"What was found in {STUDY}?", "ACC-77 的检查发现了什么？"):
        query = medical.understand(Question(text=text, language="en", asker=owner_asker))
        found = {hit.document for hit in search(owner_asker, query.search)}
        assert found == {study.document_id, report.document_id}, text
    theirs = medical.understand(
        Question(text="What was found in ACC-77?", language="en", asker=outsider_asker)
    )
    assert not theirs.search.filters and not search(outsider_asker, theirs.search)
    plain = medical.understand(Question(text="Since 2024, what is given?", language="en", asker=owner_asker))
    assert not plain.search.filters


def test_a_case_is_its_images_and_each_report_whichever_number_that_states(
    send, images_on, owner_asker, outsider_asker
):
    study = send(slices(1))
    by_study = send({"a.md": REPORT.replace(b"Accession number: ACC-77", b"Study UID: " + STUDY.encode())})
    by_number = send({"b.md": REPORT})
    send({"c.md": REPORT.replace(b"ACC-77", b"ACC-78")})
    case = {study.document_id, by_study.document_id, by_number.document_id}
    for text in ("What was found in ACC-77?", f"What was found in {STUDY}?"):
        found, query = asked(owner_asker, text)
        assert found == case and set(query.search.filters) == {"case"}, text
    assert case_versions(owner_asker, ["ACC-77"]) == {study.pk, by_study.pk, by_number.pk}
    assert case_versions(outsider_asker, ["ACC-77", STUDY]) == set()


def test_a_question_on_the_second_study_of_an_upload_reads_its_images_and_its_reports(
    send, images_on, owner_asker
):
    second = f"{ROOT}.7"
    other = dicom_make(ramp(), number=7, StudyInstanceUID=second, AccessionNumber="ACC-78")
    both = send(slices(1) | {"IM7": dicom_bytes(other)})
    first_report = send({"a.md": REPORT})
    second_report = send({"b.md": REPORT.replace(b"ACC-77", b"ACC-78")})
    for text in ("What was found in ACC-78?", f"What was found in {second}?"):
        assert asked(owner_asker, text)[0] == {both.document_id, second_report.document_id}, text
    found, _query = asked(owner_asker, "What was found in ACC-77?")
    assert found == {both.document_id, first_report.document_id}


def test_a_report_that_states_both_numbers_joins_images_without_an_accession_number(
    send, images_on, owner_asker
):
    study = send({"a.dcm": dicom_bytes(dicom_make(ramp(), AccessionNumber=None))})
    report = send({"a.md": REPORT.replace(b"ACC-77", b"ACC-77\n\nStudy UID: " + STUDY.encode())})
    assert asked(owner_asker, "What was found in ACC-77?")[0] == {study.document_id, report.document_id}


def test_a_search_may_be_limited_to_a_case_and_a_concept_at_once(
    send, images_on, owner_asker, outsider_asker
):
    study, report = send(slices(1)), send({"report.md": REPORT + b"\nThe patient has a fever.\n"})
    send({"other.md": REPORT.replace(b"ACC-77", b"ACC-78") + b"\nThe patient has a fever.\n"})

    def found(asker, **filters):
        return {one.document for one in search(asker, SearchRequest("lung nodule", filters=filters))}

    assert found(owner_asker, case="ACC-77") == {study.document_id, report.document_id}
    assert found(owner_asker, case="ACC-77", concept="fever") == {report.document_id}
    assert found(owner_asker, case="ACC-99") == set() == found(outsider_asker, case="ACC-77")


def test_a_number_narrows_a_question_only_where_it_is_called_a_case(send, images_on, owner_asker):
    send({"a.dcm": dicom_bytes(dicom_make(ramp(), AccessionNumber="120"))})
    send(
        {
            "b.dcm": dicom_bytes(
                dicom_make(ramp(), number=2, AccessionNumber="P53", StudyInstanceUID=f"{ROOT}.8")
            )
        }
    )
    for text in (
        "Is BP 120/80 normal, and when is 120 mmHg too low?",
        "收缩压120是否偏低？",
        "In case 120 mg fails, what is given?",
        "Is p53 or P53 mutated?",
    ):
        assert not asked(owner_asker, text)[1].search.filters, text
    for text in (
        "What was found in accession number 120?",
        "What was found in accession 120?",
        "What does study no. 120 show?",
        "What was found in case #120?",
        "检查号120有什么发现？",
        "病例：120 的影像有什么发现？",
    ):
        assert asked(owner_asker, text)[1].search.filters == {"case": ["120"]}, text
    assert asked(owner_asker, "What does case P53 show?")[1].search.filters == {"case": ["P53"]}


def test_a_disc_with_its_dicomdir_reads_whole(send, images_on, tmp_path):
    files = on_a_disc(tmp_path)
    assert len(files) == 4 and "DICOMDIR" in files
    version = send({"disc.zip": zipped(**files)})
    rows = ImagingInstance.objects.filter(version=version).order_by("number")
    assert [(one.number, one.frames) for one in rows] == [(1, 1), (2, 1), (3, 1)]
    assert {one.member for one in rows} == set(files) - {"DICOMDIR"} and not version.warnings


def test_files_that_a_dicomdir_names_and_the_upload_lacks_are_told(send, images_on, tmp_path):
    files = on_a_disc(tmp_path)
    del files[max(set(files) - {"DICOMDIR"})]
    version = send({"disc.zip": zipped(**files)})
    assert ImagingInstance.objects.filter(version=version).count() == 2
    assert "names 1 files that are not in the upload" in version.warnings[0]


@pytest.mark.parametrize("packed", [False, True], ids=["alone", "in a zip"])
def test_a_dicomdir_without_its_files_is_refused_with_its_reason(send, images_on, tmp_path, packed):
    listing = {"DICOMDIR": on_a_disc(tmp_path)["DICOMDIR"]}
    version = send({"disc.zip": zipped(**listing)} if packed else listing, state="failed")
    assert version.job.problem["code"] == "dicom_directory_alone"
    assert "Upload the whole folder" in version.job.problem["detail"]
