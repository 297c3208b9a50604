"""Held-back images leave only once a reviewer has let them go, masked where he said; all of it is on record."""

import io
import json
import zipfile

import numpy as np
import pytest
from pydicom import dcmread

from collegium.accounts.models import AuditEvent
from collegium.sdk.errors import Forbidden, Invalid, NotFound
from tests.clients import client_of
from tests.verticals.medical.imaging.made import STUDY, dicom_bytes, dicom_make, ramp
from tests.verticals.medical.imaging.test_uploads import slices
from verticals.medical.imaging.models import ImagingInstance, ImagingRelease
from verticals.medical.imaging.release import image_hold, image_release
from verticals.medical.imaging.sharing import study_changes, study_export

pytestmark = pytest.mark.django_db
WHY = "Looked at every frame; the corner shows a name."
REPORT = (
    b"# Chest CT report\n\nAccession number: ACC-77\n\nMrs Oda Brandt was seen on 12 March 2024. There is a "
    b"nodule of 7 mm in the left upper lobe.\n"
)


@pytest.fixture
def held(send, images_on):
    """The study's held-back image, beside one that may leave."""
    send(slices(1) | {"held": dicom_bytes(dicom_make(ramp(100, 400), number=5, BurnedInAnnotation="YES"))})
    return ImagingInstance.objects.get(held_back="burned_in")


def exported(asker, **more) -> zipfile.ZipFile:
    return zipfile.ZipFile(
        io.BytesIO(study_export(asker=asker, study=STUDY, version="", project="p", **more))
    )


def test_only_who_manages_the_workspace_lets_an_image_go_and_says_why(
    held, owner_asker, colleague_asker, outsider_asker
):
    with pytest.raises(Forbidden, match="manages"):
        image_release(asker=colleague_asker, pk=held.pk, reason=WHY)
    with pytest.raises(NotFound):
        image_release(asker=outsider_asker, pk=held.pk, reason=WHY)
    with pytest.raises(Invalid, match="reason"):
        image_release(asker=owner_asker, pk=held.pk, reason="ok")
    free = ImagingInstance.objects.get(held_back="")
    with pytest.raises(Invalid, match="not held back"):
        image_release(asker=owner_asker, pk=free.pk, reason=WHY)
    assert not ImagingRelease.objects.exists()
    row = image_release(asker=owner_asker, pk=held.pk, reason=WHY, masks=[[0, 0, 4, 2]])
    assert row.released_by_id == owner_asker.user_id and row.masks == [[0, 0, 4, 2]]
    event = AuditEvent.objects.get(action="imaging.release")
    assert event.detail["reason"] == WHY and event.detail["held_back"] == "burned_in"


@pytest.mark.parametrize("mask", [[0, 0, 17, 2], [3, 0, 3, 2], [0, 0, 4], [-1, 0, 4, 2], [0, 0, True, 2]])
def test_a_mask_outside_the_image_is_refused(held, owner_asker, mask):
    with pytest.raises(Invalid, match="mask"):
        image_release(asker=owner_asker, pk=held.pk, reason=WHY, masks=[mask])


def test_a_released_image_leaves_with_its_areas_blackened_and_the_report_says_so(held, owner_asker):
    assert exported(owner_asker).namelist() == ["00001.dcm", "report.json"]
    image_release(asker=owner_asker, pk=held.pk, reason=WHY, masks=[[0, 0, 4, 2], [10, 10, 16, 16]])
    archive = exported(owner_asker)
    images = [dcmread(io.BytesIO(archive.read(name))) for name in archive.namelist() if name.endswith("dcm")]
    (one,) = [image for image in images if image.pixel_array.max() == 400 or image.pixel_array.min() == 100]
    kept = ramp(100, 400)
    assert (one.pixel_array[:2, :4] == 100).all() and (one.pixel_array[10:, 10:] == 100).all()
    assert np.array_equal(one.pixel_array[2:10], kept[2:10]) and one.BurnedInAnnotation == "NO"
    report = json.loads(archive.read("report.json"))
    assert not report["held_back"]
    assert any(["PixelData", "masked", "reviewer"] in file["changes"] for file in report["files"])


def test_what_was_released_can_be_held_back_again(held, owner_asker):
    with pytest.raises(Invalid, match="not released"):
        image_hold(asker=owner_asker, pk=held.pk, reason=WHY)
    image_release(asker=owner_asker, pk=held.pk, reason=WHY)
    assert len(exported(owner_asker).namelist()) == 3
    image_hold(asker=owner_asker, pk=held.pk, reason="A second reviewer saw a face.")
    assert len(exported(owner_asker).namelist()) == 2
    assert AuditEvent.objects.filter(action="imaging.hold").count() == 1


def test_the_linked_report_leaves_without_names_its_dates_moved_with_the_images(held, send, owner_asker):
    send({"report.md": REPORT})
    archive = exported(owner_asker, keep=["modified_dates"])
    text = archive.read("report-01.txt").decode()
    assert (
        "nodule of 7 mm" in text and "Brandt" not in text and "ACC-77" not in text and "12 March" not in text
    )
    image = dcmread(io.BytesIO(archive.read("00001.dcm")))
    day = image.StudyDate
    assert f"Accession number: {image.AccessionNumber}" in text
    months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    assert f"{int(day[6:])} {months[int(day[4:6]) - 1]} {day[:4]}" in text
    report = json.loads(archive.read("report.json"))
    assert report["texts"][0]["file"] == "report-01.txt" and report["texts"][0]["replaced"]["date"] == 1
    told = study_changes(asker=owner_asker, study=STUDY, version="", project="p", keep=["modified_dates"])
    assert told == report


def test_the_page_of_an_image_lets_a_reviewer_decide(held, owner, colleague_client, outsider_client):
    page, review = f"/v/medical/images/{held.pk}/", f"/v/medical/images/{held.pk}/review/"
    admin = client_of(owner)
    assert 'name="masks"' in admin.get(page).content.decode()
    assert 'name="masks"' not in colleague_client.get(page).content.decode()
    sent = {"do": "release", "reason": WHY, "masks": "0 0 4 2\n10,10,16,16\n"}
    assert colleague_client.post(review, sent).status_code == 403
    assert outsider_client.post(review, sent).status_code in {403, 404}
    said = admin.post(review, sent | {"masks": "left"}, follow=True).content.decode()
    assert "four whole numbers" in said and not ImagingRelease.objects.exists()
    shown = admin.post(review, sent, follow=True).content.decode()
    assert "2 areas blackened" in shown and ImagingRelease.objects.get().masks[1] == [10, 10, 16, 16]
    admin.post(review, {"do": "hold", "reason": WHY})
    assert not ImagingRelease.objects.exists()
