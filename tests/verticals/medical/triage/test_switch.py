"""Triage is off until an administrator turns it on with a reason, for that workspace alone."""

import ast
from pathlib import Path

import pytest
from django.utils import translation

from collegium.accounts.models import AuditEvent
from collegium.sdk.errors import Forbidden, Invalid
from tests.clients import client_of
from tests.collegium.api.conftest import Caller
from verticals.medical.features.switch import feature_open, feature_set
from verticals.medical.models import Feature

pytestmark = pytest.mark.django_db
PATH = "/api/v1/medical/triage"
PAGE, SWITCH = "/v/medical/triage/", "/v/medical/features/triage/"
REASON = "Trial on the nurses' line, agreed by the board"
BODY = {"text": "My dad collapsed, he is not breathing"}

MARKS = {"noop", "_", "gettext_lazy"}


def _told_in(path: Path) -> set[str]:
    """The messages that a module marks for translation."""
    calls = [one for one in ast.walk(ast.parse(path.read_text())) if isinstance(one, ast.Call)]
    marked = [
        one.args[0] for one in calls if isinstance(one.func, ast.Name) and one.func.id in MARKS and one.args
    ]
    return {one.value for one in marked if isinstance(one, ast.Constant)}


FOLDER = Path(__file__).resolve().parents[4] / "verticals" / "medical" / "triage"
CHINESE_TOLD = sorted(set().union(*(_told_in(one) for one in FOLDER.glob("*.py"))))


def turn_on(asker):
    return feature_set(asker=asker, name="triage", enabled=True, reason=REASON)


@pytest.fixture
def caller(workspace, owner, key_make) -> Caller:
    return Caller(key_make(workspace, user=owner))


@pytest.fixture
def stranger(foreign, outsider, key_make) -> Caller:
    return Caller(key_make(foreign, user=outsider))


def test_only_an_administrator_turns_it_on_and_the_reason_is_on_record(owner_asker, colleague_asker):
    with pytest.raises(Forbidden):
        turn_on(colleague_asker)
    with pytest.raises(Invalid, match="reason"):
        feature_set(asker=owner_asker, name="triage", enabled=True, reason="ok")
    with pytest.raises(Invalid, match="no feature"):
        feature_set(asker=owner_asker, name="surgery", enabled=True, reason=REASON)
    assert not Feature.objects.exists()
    row = turn_on(owner_asker)
    assert row.enabled and row.reason == REASON and row.changed_by_id == owner_asker.user_id
    event = AuditEvent.objects.get(action="medical_feature.on")
    assert event.detail["reason"] == REASON and event.workspace_id == owner_asker.workspace_id


def test_another_workspace_stays_off(owner_asker, outsider_asker, stranger, caller):
    turn_on(owner_asker)
    feature_open(owner_asker, "triage")
    with pytest.raises(Forbidden):
        feature_open(outsider_asker, "triage")
    assert caller("POST", PATH, BODY).status_code == 200
    reply = stranger("POST", PATH, BODY)
    assert reply.status_code == 403 and reply.json()["code"] == "feature_off"


def test_the_interface_answers_with_rules_citations_and_places(caller, owner_asker):
    assert caller("POST", PATH, BODY).json()["code"] == "feature_off"
    turn_on(owner_asker)
    told = caller("POST", PATH, BODY | {"age": 70, "vitals": {"spo2": 80}}).json()
    assert told["emergency"] and told["age_years"] == 70 and told["limits"]
    (breathing,) = [one for one in told["rules"] if one["rule"] == "breathing.distress"]
    assert breathing["citation"] and breathing["vitals"][0]["value"] == 80
    for span in breathing["spans"]:
        assert BODY["text"][span["start"] : span["end"]] == span["text"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"text": "Болит грудь"}, "text_unusable"),
        ({"text": "sore", "language": "de"}, "text_unusable"),
        ({"text": "sore", "vitals": {"spo2": 200}}, "vitals_invalid"),
    ],
)
def test_what_cannot_be_looked_at_is_refused_with_a_reason(caller, owner_asker, body, code):
    turn_on(owner_asker)
    reply = caller("POST", PATH, body)
    assert reply.status_code in {400, 422} and reply.json()["code"] == code and reply.json()["detail"]


def test_the_page_shows_the_switch_to_administrators_only(owner, colleague_client, outsider_client):
    admin = client_of(owner)
    assert 'name="reason"' in admin.get(PAGE).content.decode()
    assert 'name="reason"' not in colleague_client.get(PAGE).content.decode()
    assert colleague_client.post(SWITCH, {"do": "on", "reason": REASON}).status_code == 403
    assert admin.get(SWITCH).status_code == 405
    assert admin.post("/v/medical/features/surgery/", {"do": "on", "reason": REASON}).status_code == 404
    assert not Feature.objects.exists()
    for sent, said in (
        ({"do": "on", "reason": "why"}, "in 10 to 500 characters"),
        ({"reason": REASON}, "on or off"),
    ):
        page = admin.post(SWITCH, sent, follow=True)
        assert page.redirect_chain == [(PAGE, 302)] and said in page.content.decode()
        assert not Feature.objects.exists()
    assert "Turned on." in admin.post(SWITCH, {"do": "on", "reason": REASON}, follow=True).content.decode()
    shown = colleague_client.post(PAGE, {"do": "look", "text": BODY["text"]}).content.decode()
    assert "Possible emergency" in shown and "<mark>" in shown
    refused = outsider_client.post(PAGE, {"do": "look", "text": BODY["text"]}).content.decode()
    assert "<mark>" not in refused


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("age", "seventy", "no number"),
        ("age", "nan", "no number"),
        ("age", "-3", "cannot be"),
        ("spo2", "low", "no number"),
        ("spo2", "150", "between 10 and 100"),
    ],
)
def test_the_page_refuses_what_is_no_number_and_keeps_what_was_typed(owner, owner_asker, field, value, told):
    turn_on(owner_asker)
    shown = client_of(owner).post(PAGE, {"do": "look", "text": "sore toe", field: value}).content.decode()
    assert told in shown and f'value="{value}"' in shown and "sore toe" in shown
    assert "Possible emergency" not in shown


def test_the_page_takes_sex_and_vital_signs(owner, owner_asker):
    turn_on(owner_asker)
    given = {"do": "look", "text": "seen at the desk", "age": "30", "sex": "female", "temperature": "37"}
    shown = client_of(owner).post(PAGE, given).content.decode()
    assert '<option value="female" selected>' in shown
    assert "Possible emergency" in client_of(owner).post(PAGE, given | {"spo2": "82"}).content.decode()


def test_what_is_told_exists_in_chinese(owner, owner_asker):
    turn_on(owner_asker)
    client = client_of(owner)
    with translation.override("zh-hans"):
        for told in CHINESE_TOLD:
            assert translation.gettext(told) != told, told
    headers = {"HTTP_ACCEPT_LANGUAGE": "zh-hans"}
    shown = client.post(PAGE, {"do": "look", "text": "脚痛", "age": "七十"}, **headers).content.decode()
    assert "“七十”不是数字" in shown and "生命体征" in shown
