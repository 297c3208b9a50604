"""Studies over HTTP: list, one, changes, export, release; closed to strangers, and where images are off."""

import io
import zipfile

import pytest
from pydicom import dcmread

from tests.collegium.api.conftest import Caller
from tests.verticals.medical.imaging.made import ROOT, STUDY, dicom_bytes, dicom_make, ramp
from tests.verticals.medical.imaging.test_hostile import zipped
from tests.verticals.medical.imaging.test_uploads import REPORT, slices
from verticals.medical.features.switch import IMAGING, feature_set
from verticals.medical.imaging.models import ImagingInstance

pytestmark = pytest.mark.django_db
MEDICAL = "/api/v1/medical"
WHY = "Looked at every frame; nothing is written in it."


@pytest.fixture
def study(send, images_on):
    version = send(slices(2) | {"held": dicom_bytes(dicom_make(ramp(), number=5, BurnedInAnnotation="YES"))})
    send({"report.md": REPORT})
    return version


@pytest.fixture
def stranger(foreign, outsider, key_make, asker_of) -> Caller:
    feature_set(
        asker=asker_of(outsider, foreign), name=IMAGING, enabled=True, reason="Their own images only."
    )
    return Caller(key_make(foreign, user=outsider))


def test_studies_are_listed_and_shown_with_their_reports(study, caller):
    (listed,) = caller("GET", f"{MEDICAL}/studies").json()["data"]
    assert listed == {
        "study": STUDY,
        "accession_number": "ACC-77",
        "modality": "CT",
        "instances": 3,
        "frames": 3,
    }
    told = caller("GET", f"{MEDICAL}/studies/{STUDY}").json()
    assert [one["held_back"] for one in told["instances"]] == ["", "", "burned_in"]
    assert told["instances"][0]["version"] == str(study.pk) and told["reports"][0]["title"] == "report"


def test_the_report_of_changes_and_the_archive_agree(study, caller):
    body = {"project": "Lung study", "keep": ["modified_dates"]}
    changes = caller("POST", f"{MEDICAL}/studies/{STUDY}/changes", body).json()
    assert [one["code"] for one in changes["held_back"]] == ["burned_in"] and len(changes["files"]) == 2
    reply = caller("POST", f"{MEDICAL}/studies/{STUDY}/export", body)
    assert reply["Content-Type"] == "application/zip"
    names = zipfile.ZipFile(io.BytesIO(reply.content)).namelist()
    assert names == ["00001.dcm", "00002.dcm", "report-01.txt", "report.json"]


def test_an_export_may_take_as_long_as_reading_the_files(send, images_on, caller, monkeypatch):
    send(slices(1))
    monkeypatch.setattr("collegium.knowledge.derived.TIMEOUT_S", 0)
    reply = caller("POST", f"{MEDICAL}/studies/{STUDY}/export", {"project": "p"})
    assert reply.status_code == 200


@pytest.mark.parametrize("packed", [False, True], ids=["single files", "a zip"])
def test_an_export_holds_nothing_of_other_studies_in_the_same_upload(send, images_on, caller, packed):
    other = f"{ROOT}.2"
    files = slices(1) | {
        "theirs": dicom_bytes(dicom_make(ramp(5, 90), number=7, StudyInstanceUID=other)),
        "theirs-held": dicom_bytes(
            dicom_make(ramp(), number=8, StudyInstanceUID=other, BurnedInAnnotation="YES")
        ),
    }
    send({"both.zip": zipped(**files)} if packed else files)
    for study, low in ((STUDY, -1000), (other, 5)):
        body = {"project": "Lung study"}
        reply = caller("POST", f"{MEDICAL}/studies/{study}/export", body)
        archive = zipfile.ZipFile(io.BytesIO(reply.content))
        (name,) = [name for name in archive.namelist() if name.endswith(".dcm")]
        assert dcmread(io.BytesIO(archive.read(name))).pixel_array.min() == low
        changes = caller("POST", f"{MEDICAL}/studies/{study}/changes", body).json()
        assert [one["file"] for one in changes["files"]] == [name]
        assert [one["code"] for one in changes["held_back"]] == ([] if study == STUDY else ["burned_in"])


def test_a_held_back_image_is_released_and_held_again(study, caller):
    pk = ImagingInstance.objects.get(held_back="burned_in").pk
    reply = caller("POST", f"{MEDICAL}/images/{pk}/release", {"reason": WHY, "masks": [[0, 0, 4, 4]]})
    assert reply.status_code == 200 and reply.json()["masks"] == [[0, 0, 4, 4]]
    told = caller("GET", f"{MEDICAL}/studies/{STUDY}").json()
    assert not any(one["held_back"] for one in told["instances"])
    assert caller("POST", f"{MEDICAL}/images/{pk}/hold", {"reason": WHY}).status_code == 204
    assert caller("POST", f"{MEDICAL}/images/{pk}/hold", {"reason": WHY}).json()["code"] == "not_released"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"studies/{STUDY}/export", {}, 422),
        (f"studies/{STUDY}/export", {"project": "p", "keep": ["names"]}, 422),
        (f"studies/{STUDY}/export", {"project": "p", "version": "0198b2f0-0000-7000-8000-000000000000"}, 404),
        ("studies/1.2.3/export", {"project": "p"}, 404),
        ("images/999999/release", {"reason": WHY}, 404),
    ],
)
def test_what_cannot_be_done_is_named(study, caller, path, body, status):
    reply = caller("POST", f"{MEDICAL}/{path}", body)
    assert reply.status_code == status and reply.json()["detail"], reply.content


def test_a_stranger_learns_nothing_and_a_narrow_key_may_not_export(
    study, stranger, key_make, workspace, owner
):
    pk = ImagingInstance.objects.get(held_back="burned_in").pk
    assert stranger("GET", f"{MEDICAL}/studies").json() == {"data": []}
    assert stranger("GET", f"{MEDICAL}/studies/{STUDY}").status_code == 404
    for path in ("export", "changes"):
        assert stranger("POST", f"{MEDICAL}/studies/{STUDY}/{path}", {"project": "p"}).status_code == 404
    for path in ("release", "hold"):
        assert stranger("POST", f"{MEDICAL}/images/{pk}/{path}", {"reason": WHY}).status_code == 404
    reader = Caller(key_make(workspace, "read", user=owner))
    assert reader("POST", f"{MEDICAL}/studies/{STUDY}/export", {"project": "p"}).status_code == 403
    assert reader("POST", f"{MEDICAL}/images/{pk}/release", {"reason": WHY}).status_code == 403
    assert Caller()("GET", f"{MEDICAL}/studies").status_code == 401


def test_nothing_is_told_where_images_are_off(study, caller, owner_asker):
    feature_set(asker=owner_asker, name=IMAGING, enabled=False, reason="The review found open points.")
    for path in ("studies", f"studies/{STUDY}"):
        assert caller("GET", f"{MEDICAL}/{path}").json()["code"] == "feature_off"


def test_a_nul_character_in_an_address_finds_no_study(study, caller):
    for path in ("studies/%00", "studies/1.2%00.3"):
        assert caller("GET", f"{MEDICAL}/{path}").status_code == 404
        assert caller("POST", f"{MEDICAL}/{path}/export", {"project": "p"}).status_code == 404
        assert caller("POST", f"{MEDICAL}/{path}/changes", {"project": "p"}).status_code == 404
