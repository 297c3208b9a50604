"""The administrators' pages: a rule is written, tried, enabled and then acts; nobody else sees or changes it."""

import pytest
from django.test import Client

from collegium.accounts.models import AuditEvent
from collegium.answers.models import Answer, AnswerState, Conversation
from collegium.sdk.answering import Question
from collegium.sdk.registry import vertical_get
from tests.clients import client_of
from verticals.finance.models import ComplianceRule

pytestmark = pytest.mark.django_db
LIST = "/v/finance/compliance/"
NEW = f"{LIST}new/"
FORM = {
    "code": "no-rockets",
    "regulation": "House style",
    "clause": "4",
    "action": "block",
    "contexts": ["negated"],
    "title_en": "Rockets",
    "title_zh": "火箭",
    "forbids_en": "Talk of rockets.",
    "forbids_zh": "使用火箭一词。",
    "find_en": "\\brockets?\\b",
    "good_en": "The stock is not a rocket.\nSales rose by 4%.",
    "bad_en": "The stock is a rocket.",
}
ROCKET = "Net sales of the rocket division rose by 4% in 2023."


@pytest.fixture
def admin(owner):
    return client_of(owner)


def saved(admin) -> ComplianceRule:
    assert admin.post(NEW, {**FORM, "do": "save"}).status_code == 302
    return ComplianceRule.objects.get()


def href(row) -> str:
    return f"{LIST}rules/{row.pk}/"


def found(asker, text=ROCKET) -> list:
    return vertical_get("finance").check(text, Question(text="?", language="en", asker=asker))


def answered(user, workspace, text, quote=None) -> Answer:
    conversation = Conversation.objects.create(workspace=workspace, user=user, vertical="finance")
    return Answer.objects.create(
        workspace=workspace,
        conversation=conversation,
        user=user,
        vertical="finance",
        question="?",
        language="en",
        state=AnswerState.DONE,
        blocks=[{"kind": "rephrased", "text": text}, {"kind": "evidence", "text": "A rocket, quoted."}],
    )


def test_a_rule_is_saved_out_of_force_and_acts_once_it_is_enabled(admin, owner_asker):
    row = saved(admin)
    assert not row.enabled and found(owner_asker) == []
    assert admin.post(href(row), {"do": "enable"}).status_code == 302
    (finding,) = found(owner_asker)
    assert (finding.action, finding.rule, finding.citation) == ("blocked", "no-rockets", "House style 4")
    assert found(owner_asker, "Net sales did not come from a rocket division in 2023.") == []
    admin.post(href(row), {"do": "disable"})
    assert found(owner_asker) == []
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"compliance_rule.add", "compliance_rule.enable", "compliance_rule.disable"} <= actions


def test_a_rule_of_one_workspace_does_not_act_in_another(admin, outsider_asker):
    row = saved(admin)
    admin.post(href(row), {"do": "enable"})
    assert found(outsider_asker) == []


def test_an_edit_puts_the_rule_out_of_force(admin, owner_asker):
    row = saved(admin)
    admin.post(href(row), {"do": "enable"})
    admin.post(href(row), {**FORM, "find_en": "rocket", "do": "save"})
    row.refresh_from_db()
    assert not row.enabled and row.definition["match"]["en"][0]["find"] == ["rocket"]
    assert found(owner_asker) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"bad_en": "Nothing of the kind."},
        {"good_en": "A rocket is a vehicle."},
        {"find_en": "(?:a{1,99}){1,99}"},
    ],
)
def test_a_rule_that_fails_its_own_examples_is_not_enabled(admin, wrong):
    admin.post(NEW, {**FORM, **wrong, "do": "save"})
    row = ComplianceRule.objects.get()
    response = admin.post(href(row), {"do": "enable"})
    row.refresh_from_db()
    assert response.status_code == 400 and not row.enabled
    assert "not enabled" in response.content.decode()


def test_a_hostile_expression_is_told_as_too_slow_and_never_enabled(admin):
    hostile = {"find_en": "(?:(?:a{1,20}){1,20}){1,20}b", "bad_en": "a" * 900, "good_en": "a" * 901}
    tried = admin.post(NEW, {**FORM, **hostile, "do": "test"})
    assert "Too slow" in tried.content.decode()
    admin.post(NEW, {**FORM, **hostile, "do": "save"})
    row = ComplianceRule.objects.get()
    assert admin.post(href(row), {"do": "enable"}).status_code == 400
    row.refresh_from_db()
    assert not row.enabled


def test_a_slow_rule_removes_the_sentence_that_it_could_not_check(admin, owner_asker, workspace, owner):
    row = saved(admin)
    row.definition["match"]["en"][0]["find"] = ["(?:(?:a{1,20}){1,20}){1,20}b"]
    row.enabled = True
    row.save()
    (finding,) = found(owner_asker, "a" * 450 + ".")
    assert finding.action == "blocked" and "in time" in finding.message


def test_a_test_shows_each_example_and_a_dry_run_without_the_words_of_others(
    admin, owner, colleague, outsider, workspace, foreign
):
    answered(owner, workspace, "Our own text is a rocket too. Sales rose.")
    answered(colleague, workspace, "A secret rocket of a colleague.")
    answered(colleague, workspace, "Sales rose by 3%.")
    answered(outsider, foreign, "A foreign rocket.")
    page = admin.post(NEW, {**FORM, "do": "test"}).content.decode()
    assert "passes all of its own examples" in page and "The stock is a rocket." in page
    assert "It would have touched 2 of 3 answers." in page
    assert "Our own text is a rocket too." in page
    assert "A secret rocket" not in page and "A foreign rocket" not in page and "A rocket, quoted" not in page
    assert not ComplianceRule.objects.exists()
    assert AuditEvent.objects.filter(action="compliance_rule.dry_run").count() == 1


def test_what_is_wrong_in_a_rule_is_said_and_what_was_typed_stays(admin):
    response = admin.post(NEW, {**FORM, "find_en": "(rocket", "do": "save"})
    page = response.content.decode()
    assert response.status_code == 400 and "no regular expression" in page and "(rocket" in page
    assert not ComplianceRule.objects.exists()


def test_a_name_is_taken_once(admin):
    saved(admin)
    assert admin.post(NEW, {**FORM, "do": "save"}).status_code == 400
    assert admin.post(NEW, {**FORM, "code": "pressure", "do": "save"}).status_code == 400
    assert ComplianceRule.objects.count() == 1


def test_an_analyst_an_editor_and_a_stranger_reach_no_page(admin, colleague, editor):
    row = saved(admin)
    for user in (colleague, editor):
        client = client_of(user)
        for address in (LIST, NEW, href(row)):
            assert client.get(address).status_code == 403
            assert client.post(address, {**FORM, "do": "save"}).status_code == 403
        assert LIST not in client.get("/v/finance/reports/").content.decode()
    assert Client().get(LIST).status_code == 302


def test_an_administrator_of_another_workspace_finds_no_trace_of_the_rule(admin, outsider):
    row = saved(admin)
    client = client_of(outsider)
    assert (
        "no-rockets" not in client.get(LIST).content.decode()
        and "Rockets" not in client.get(LIST).content.decode()
    )
    assert client.get(href(row)).status_code == 404
    for do in ("enable", "disable", "delete", "save", "test"):
        assert client.post(href(row), {**FORM, "do": do}).status_code == 404
    row.refresh_from_db()
    assert not row.enabled


def test_the_list_shows_the_shipped_rules_and_the_workspaces_own_in_both_languages(admin, owner):
    row = saved(admin)
    page = admin.get(LIST).content.decode()
    assert "Promised returns" in page and "FINRA Rule 2210(d)(1)(B)" in page and "Not in force" in page
    assert href(row) in page
    owner.language = "zh-hans"
    owner.save()
    chinese = admin.get(LIST, headers={"accept-language": "zh-hans"}).content.decode()
    assert "承诺收益" in chinese and "未生效" in chinese and "火箭" in chinese


def test_a_rule_can_be_deleted(admin):
    row = saved(admin)
    assert admin.post(href(row), {"do": "delete"}).status_code == 302
    assert not ComplianceRule.objects.exists() and admin.get(href(row)).status_code == 404
