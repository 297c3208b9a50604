"""An enabled rule that an update can no longer read: said on the rules' pages, and recorded with every answer."""

import pytest

from collegium.answers.models import Answer, AnswerState, Conversation, Finding
from collegium.sdk.answering import Question
from collegium.sdk.registry import vertical_get
from tests.clients import client_of
from verticals.finance.compliance.form import form_values
from verticals.finance.compliance.problem import RuleProblem
from verticals.finance.compliance.unreadable import CHECK, unreadable_rule
from verticals.finance.models import ComplianceRule

pytestmark = pytest.mark.django_db
LIST = "/v/finance/compliance/"
DEFINITION = {
    "id": "no-rockets",
    "title": {"en": "Rockets", "zh": "火箭"},
    "forbids": {"en": "Talk of rockets.", "zh": "使用火箭一词。"},
    "citations": [{"regulation": "House style", "clause": "4"}],
    "action": "block",
    "match": {"en": [{"find": [r"(rocket)s?\1"]}]},  # a reference back: taken once, refused by now
    "examples": {"en": {"good": ["Sales rose by 4%."], "bad": ["The stock is a rocket."]}},
}
MENDED = {
    **{"code": "no-rockets", "regulation": "House style", "clause": "4", "action": "block"},
    **{"title_en": "Rockets", "forbids_en": "Talk of rockets.", "find_en": r"\brockets?\b"},
    **{"good_en": "Sales rose by 4%.", "bad_en": "The stock is a rocket.", "do": "save"},
}
PLAIN = "Net sales rose by 4% in 2023."


@pytest.fixture
def stored(workspace):
    def make(**change) -> ComplianceRule:
        definition = DEFINITION | change
        return ComplianceRule.objects.create(
            workspace=workspace, code="no-rockets", definition=definition, enabled=True
        )

    return make


def href(row) -> str:
    return f"{LIST}rules/{row.pk}/"


def found(asker, text=PLAIN, language="en") -> list:
    return vertical_get("finance").check(text, Question(text="?", language=language, asker=asker))


def answered(user, workspace) -> None:
    conversation = Conversation.objects.create(workspace=workspace, user=user, vertical="finance")
    answer = Answer.objects.create(
        workspace=workspace, conversation=conversation, user=user, vertical="finance",
        question="?", language="en", state=AnswerState.DONE,
    )  # fmt: skip
    Finding.objects.create(answer=answer, ordinal=1, check_name=CHECK, action="blocked", rule="no-rockets")


@pytest.mark.parametrize("action", ["block", "rewrite", "shout", ["block"], None])
def test_without_a_rule_that_may_keep_text_back_no_text_passes(stored, owner_asker, action):
    stored(action=action)
    (finding,) = found(owner_asker)
    assert (finding.check, finding.action, finding.rule) == (CHECK, "blocked", "no-rockets")
    assert finding.whole and "“Rockets”" in finding.message and "left out" in finding.message


@pytest.mark.parametrize("action", ["disclose", "log"])
def test_without_a_rule_that_only_adds_or_notes_text_passes_with_a_note(stored, owner_asker, action):
    stored(action=action, text={"en": "Rockets may fall."})
    (finding,) = found(owner_asker)
    assert finding.action == "noted" and finding.whole and "not checked against it" in finding.message


def test_the_other_rules_still_act_and_only_one_blocks_where_all_is_left_out(stored, owner_asker):
    stored()
    kinds = [(one.rule, one.action) for one in found(owner_asker, "The fund guarantees a return of 7%.")]
    assert ("no-rockets", "blocked") in kinds and ("promised-returns", "blocked") in kinds


def test_it_is_told_in_the_language_of_the_answer(stored, owner_asker):
    stored()
    (finding,) = found(owner_asker, "2023年营业收入增长4%。", "zh")
    assert "规则“火箭”" in finding.message and "全部略去" in finding.message


def test_a_rule_that_is_out_of_force_leaves_answers_alone(stored, owner_asker):
    row = stored()
    ComplianceRule.objects.filter(pk=row.pk).update(enabled=False)
    assert found(owner_asker) == []


def test_another_workspace_is_not_held_back_by_it(stored, outsider_asker):
    stored()
    assert found(outsider_asker) == []


def test_the_list_says_that_it_is_not_in_force_why_and_what_to_do(stored, owner, workspace, colleague):
    row = stored()
    answered(colleague, workspace)
    page = client_of(owner).get(LIST).content.decode()
    assert "notice error" in page and "1 rule of this workspace was enabled" in page
    assert "Rockets" in page and href(row) in page and "<b>Not in force</b>" in page
    assert "uses \\1, which is not allowed here" in page
    assert "Open it, correct it, test it, save it and enable it." in page
    assert "1 answer was given without it." in page


def test_the_list_says_so_in_chinese(stored, owner, workspace, colleague):
    stored()
    answered(colleague, workspace)
    page = client_of(owner).get(LIST, headers={"accept-language": "zh-hans"}).content.decode()
    assert "有 1 条规则曾启用" in page and "火箭" in page and "<b>未生效</b>" in page
    assert "使用了此处不允许的 \\1" in page and "请打开、更正、测试、保存并启用" in page
    assert "已有 1 个回答未经其检查" in page
    assert "which is not allowed" not in page and "can no longer be read" not in page


def test_it_is_opened_corrected_and_enabled(stored, owner, owner_asker):
    row, client = stored(), client_of(owner)
    page = client.get(href(row)).content.decode()
    assert "can no longer be read" in page and "uses \\1" in page and "(rocket)s?\\1" in page
    assert "<p>Not in force</p>" in page
    assert client.post(href(row), {"do": "enable"}).status_code == 400
    assert found(owner_asker)
    assert client.post(href(row), MENDED).status_code == 302
    assert found(owner_asker) == []
    assert client.post(href(row), {"do": "enable"}).status_code == 302
    assert "can no longer be read" not in client.get(href(row)).content.decode()
    assert "notice error" not in client.get(LIST).content.decode()
    assert [one.check for one in found(owner_asker, "The stock is a rocket.")][:1] == ["compliance"]


@pytest.mark.parametrize(
    "definition", [[], "x", None, {}, {"match": []}, {"citations": "a", "match": {"en": "a"}, "title": 3},
                   {"citations": [3], "match": {"en": [3]}, "examples": [], "except": "asked", "action": {}}],
)  # fmt: skip
def test_whatever_is_stored_the_pages_open(owner, workspace, definition):
    row = ComplianceRule.objects.create(
        workspace=workspace, code="odd-rule", definition=definition or [], enabled=True
    )
    client = client_of(owner)
    assert "odd-rule" in client.get(LIST).content.decode()
    assert client.get(href(row)).status_code == 200
    assert client.post(href(row), {"do": "disable"}).status_code == 302
    assert form_values(definition)["find_en"] in ("", [])
    assert unreadable_rule("odd-rule", definition, RuleProblem("why")).title("zh") == "odd-rule"


def test_people_without_the_right_and_outsiders_learn_nothing_of_it(stored, outsider, colleague, editor):
    row = stored()
    for user in (colleague, editor):
        assert client_of(user).get(LIST).status_code == 403
        assert client_of(user).get(href(row)).status_code == 403
    client = client_of(outsider)
    page = client.get(LIST).content.decode()
    assert "Rockets" not in page and "notice error" not in page and "no-rockets" not in page
    assert client.get(href(row)).status_code == 404


def test_answers_of_other_workspaces_are_not_counted(stored, owner, outsider, foreign, workspace):
    stored()
    answered(outsider, foreign)
    assert "without it." not in client_of(owner).get(LIST).content.decode()
    ComplianceRule.objects.create(workspace=foreign, code="no-rockets", definition=DEFINITION, enabled=True)
    assert "1 answer was given without it." in client_of(outsider).get(LIST).content.decode()
