"""The pages of images: for members where images are on, closed to everybody else."""

import io
import json
import zipfile

import pytest
from PIL import Image
from pydicom import dcmread

from tests.clients import client_of
from tests.verticals.medical.imaging.made import STUDY, dicom_bytes, dicom_make, ramp
from tests.verticals.medical.imaging.test_uploads import REPORT, slices
from verticals.medical.features.switch import IMAGING, feature_set
from verticals.medical.imaging.models import ImagingInstance
from verticals.medical.imaging.selectors import study_instances, study_reports
from verticals.medical.models import Feature

pytestmark = pytest.mark.django_db
CASE = f"/v/medical/images/study/{STUDY}/"


@pytest.fixture
def owner_client(owner):
    return client_of(owner)


@pytest.fixture
def study(send, images_on):
    return send(slices(2) | {"held": dicom_bytes(dicom_make(ramp(), number=5, BurnedInAnnotation="YES"))})


def test_only_an_administrator_turns_images_on_and_the_reason_is_kept(
    owner_client, colleague_client, workspace
):
    page, switch = "/v/medical/images/", "/v/medical/features/imaging/"
    sent = {"do": "on", "reason": "Radiology reads its own images."}
    assert "Turn on" not in colleague_client.get(page).content.decode()
    assert colleague_client.post(switch, sent).status_code == 403
    assert (
        "in 10 to 500 characters"
        in owner_client.post(switch, sent | {"reason": "why"}, follow=True).content.decode()
    )
    assert not Feature.objects.exists()
    assert owner_client.post(switch, sent).headers["Location"] == page
    row = Feature.objects.get()
    assert row.enabled and row.workspace_id == workspace.pk and row.changed_by.username == "owner"
    assert "Radiology reads its own images." in colleague_client.get(page).content.decode()


def test_a_case_shows_images_and_report_and_the_viewer_draws(study, send, colleague_client):
    send({"report.md": REPORT})
    shown = colleague_client.get(CASE).content.decode()
    assert "report" in shown and "ACC-77" in shown and "Held back:" in shown
    one = ImagingInstance.objects.get(number=1)
    assert f"/v/medical/images/{one.pk}/" in shown
    viewer = colleague_client.get(f"/v/medical/images/{one.pk}/").content.decode()
    assert f'data-url="/v/medical/images/{one.pk}/"' in viewer and "Window centre" in viewer
    frame = colleague_client.get(f"/v/medical/images/{one.pk}/1.png")
    assert frame["Content-Type"] == "image/png" and Image.open(io.BytesIO(frame.content)).size == (16, 16)
    other = colleague_client.get(f"/v/medical/images/{one.pk}/1.png?c=-600&w=200")
    assert other.content != frame.content
    kept = colleague_client.get(f"/v/medical/images/{one.pk}/1.png?c=-600&w=200")
    assert kept.content == other.content
    for bad in ("?c=x&w=1", "?c=1&w=0", "?c=nan&w=5"):
        assert colleague_client.get(f"/v/medical/images/{one.pk}/1.png{bad}").status_code == 422
    assert colleague_client.get(f"/v/medical/images/{one.pk}/2.png").status_code == 404


@pytest.mark.parametrize("uid", ["1.2/3", "../1.2", "1.2?x", "1" * 65])
def test_an_image_whose_study_is_no_uid_is_listed_and_shown_as_a_study_of_its_own(
    uid, send, images_on, colleague_client
):
    made = [dicom_make(ramp(), number=1, StudyInstanceUID=uid)]
    made.append(dicom_make(ramp(), number=2, StudyInstanceUID=uid, SOPInstanceUID="4/5"))
    send({f"{number}.dcm": dicom_bytes(one) for number, one in enumerate(made)})
    assert "ACC-77" in colleague_client.get("/v/medical/images/").content.decode()
    first, second = ImagingInstance.objects.order_by("number")
    assert first.study_uid == f"alone-{STUDY}.2.1"[:56] and second.study_uid.startswith("alone-")
    assert first.study_uid != second.study_uid
    for one in (first, second):
        assert colleague_client.get(f"/v/medical/images/{one.pk}/").status_code == 200
        assert colleague_client.get(f"/v/medical/images/study/{one.study_uid}/").status_code == 200


def test_windows_that_differ_by_less_than_a_grey_level_are_drawn_and_kept_once(
    study, colleague_client, settings
):
    one = ImagingInstance.objects.get(number=1)
    folder = settings.HOME.cache / "pages" / str(study.pk)

    def kept(*windows: str) -> set[str]:
        for window in windows:
            reply = colleague_client.get(f"/v/medical/images/{one.pk}/1.png?{window}")
            assert reply.status_code == 200
        return {path.name.split("-", 4)[-1] for path in folder.glob("*.png")}

    same = ("c=40&w=400", "c=40.0&w=400.0", "c=40.004&w=399.96", "c=4e1&w=4e2")
    assert kept(*same) == {"40-400.png"}
    assert kept("c=0&w=80", "c=-0.01&w=80.01") == {"40-400.png", "0-80.png"}
    assert kept("c=41&w=400") == {"40-400.png", "0-80.png", "41-400.png"}
    assert len(kept("c=0.00052&w=0.0041")) == 4
    assert "0.00052-0.0041.png" in kept("c=2e6&w=4e6")
    assert colleague_client.get(f"/v/medical/images/{one.pk}/1.png?c=0&w=1e-300").status_code == 422


def test_a_report_is_shown_however_many_documents_come_before_it(
    study, send, owner_asker, outsider_asker, monkeypatch
):
    from collegium.sdk.documents import documents_list

    for other in (b"78", b"79"):
        send({"a.md": REPORT.replace(b"ACC-77", b"ACC-" + other)})
    report = send({"report.md": REPORT})
    instances = study_instances(owner_asker, STUDY)
    monkeypatch.setitem(documents_list.__kwdefaults__, "limit", 2)
    assert [one.version for one in study_reports(owner_asker, instances)] == [report.pk]
    assert study_reports(outsider_asker, instances) == []


def test_the_pages_speak_chinese(study, colleague_client):
    colleague_client.cookies["django_language"] = "zh-hans"
    one = ImagingInstance.objects.get(number=1)
    for address, words in (
        (CASE, "病例"),
        (f"/v/medical/images/{one.pk}/", "窗位"),
        ("/v/medical/images/", "影像"),
    ):
        shown = colleague_client.get(address, headers={"accept-language": "zh-hans"}).content.decode()
        assert words in shown, address


def test_an_outsider_sees_no_case_no_image_and_no_frame(study, outsider_client, outsider, foreign, asker_of):
    feature_set(
        asker=asker_of(outsider, foreign), name=IMAGING, enabled=True, reason="Their own images only."
    )
    one = ImagingInstance.objects.get(number=1)
    assert STUDY not in outsider_client.get("/v/medical/images/").content.decode()
    for address in (CASE, f"/v/medical/images/{one.pk}/", f"/v/medical/images/{one.pk}/1.png"):
        assert outsider_client.get(address).status_code == 404
    sent = {"version": str(study.pk), "project": "Theirs"}
    assert outsider_client.post(CASE, sent).status_code == 404


def test_nothing_is_shown_once_images_are_turned_off(study, colleague_client, owner_asker):
    one = ImagingInstance.objects.get(number=1)
    feature_set(asker=owner_asker, name=IMAGING, enabled=False, reason="The review found open points.")
    for address in (CASE, f"/v/medical/images/{one.pk}/", f"/v/medical/images/{one.pk}/1.png"):
        assert colleague_client.get(address).status_code == 403


def test_images_leave_without_names_and_with_a_report_and_held_back_ones_stay(
    study, owner_client, colleague_client
):
    sent = {"version": str(study.pk), "project": "Lung study", "keep": ["modified_dates"]}
    assert colleague_client.post(CASE, sent).status_code == 403
    assert owner_client.post(CASE, sent | {"project": " "}).status_code == 422
    replies = [owner_client.post(CASE, sent) for _ in range(2)]
    archives = [zipfile.ZipFile(io.BytesIO(reply.content)) for reply in replies]
    names = sorted(archives[0].namelist())
    assert names == ["00001.dcm", "00002.dcm", "report.json"]
    report = json.loads(archives[0].read("report.json"))
    assert [one["code"] for one in report["held_back"]] == ["burned_in"]
    assert report["options"] == ["modified_dates"] and report["files"][0]["changes"]
    for name in names:
        assert not [
            one
            for one in (b"Brandt", b"MRN-4471", b"ACC-77", STUDY.encode())
            if one in archives[0].read(name)
        ]
    first, again = (dcmread(io.BytesIO(one.read("00001.dcm"))) for one in archives)
    assert (
        first.StudyInstanceUID == again.StudyInstanceUID and first.StudyDate == again.StudyDate != "20240312"
    )


def test_a_nul_character_in_an_address_or_a_form_is_no_failure(study, owner_client):
    for address in ("/v/medical/images/study/%00/", "/v/medical/images/study/1.2%00.3/"):
        assert owner_client.get(address).status_code == 404
        assert owner_client.post(address, {"project": "Lung study"}).status_code == 404
    nothing = owner_client.post(CASE, {"project": "\0"})
    assert nothing.status_code == 422 and "Name the project" in nothing.content.decode()
    reply = owner_client.post(CASE, {"project": "Lung\0 study"})
    report = zipfile.ZipFile(io.BytesIO(reply.content)).read("report.json")
    assert reply.status_code == 200 and b"\\u0000" not in report


def test_only_held_back_images_give_no_archive(send, images_on, owner_client):
    version = send({"us.dcm": dicom_bytes(dicom_make(ramp(), Modality="US"))})
    reply = owner_client.post(CASE, {"version": str(version.pk), "project": "x"})
    assert reply.status_code == 422 and "No image may leave" in reply.content.decode()
