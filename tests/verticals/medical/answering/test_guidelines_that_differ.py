"""Two loaded guidelines that differ are quoted side by side, with kind and date, and nothing merges them."""

import pytest

pytestmark = pytest.mark.django_db
HEAD = "# Guideline on croup in children\n\nSource: {source}\n\nPublication date: {day}\n\n"
FOR = HEAD.format(source="Northern Society", day="2024-03-18") + (
    "## Steroids\n\nOral steroids should be given to children with croup of any severity.\n"
)
AGAINST = HEAD.format(source="Southern Society", day="2009-01-02") + (
    "## Steroids\n\nOral steroids should not be given to children with croup of mild severity.\n"
)
DOSE = HEAD.format(source="Northern Society", day="2024-03-18") + (
    "## Oxygen\n\nGive oxygen to children with croup when the saturation is below 92%.\n"
)
OTHER_DOSE = HEAD.format(source="Southern Society", day="2009-01-02") + (
    "## Oxygen\n\nGive oxygen to children with croup when the saturation is below 94%.\n"
)
HEAD_ZH = "# 妊娠期高血压管理指南\n\n来源：{source}\n\n发布日期：{day}\n\n"
FOR_ZH = HEAD_ZH.format(source="北方学会", day="2024-03-18") + (
    "## 治疗\n\n妊娠期高血压患者推荐使用拉贝洛尔控制血压。\n"
)
AGAINST_ZH = HEAD_ZH.format(source="南方学会", day="2009-01-02") + (
    "## 治疗\n\n妊娠期高血压患者不推荐使用拉贝洛尔控制血压。\n"
)


@pytest.fixture
def asked(send, colleague_asker, colleague_client):
    """asked(texts, question) -> the stored answer's data, and the page that shows it."""
    from collegium.answers.selectors import answer_data
    from collegium.answers.services import ask

    def run(texts, question):
        for number, text in enumerate(texts):
            send({f"guideline-{number}.md": text})
        answer = ask(asker=colleague_asker, vertical="medical", question=question)
        page = colleague_client.get(f"/answers/{answer.pk}/").content.decode()
        return answer_data(colleague_asker, answer), page

    return run


def block(data, kind: str) -> str:
    return "\n".join(one["text"] for one in data["blocks"] if one["kind"] == kind)


def test_advice_for_and_against_is_shown_side_by_side(asked):
    data, page = asked([FOR, AGAINST], "Should oral steroids be given to children with croup?")
    told = block(data, "difference")
    assert "do not advise the same" in told and "neither is preferred" in told
    assert "Northern Society, 2024-03-18" in told and "Southern Society, 2009-01-02" in told
    quoted = block(data, "evidence")
    assert "should be given" in quoted and "should not be given" in quoted
    assert len({one["document"] for one in data["citations"]}) == 2
    assert not block(data, "rephrased") and "do not advise the same" in page


def test_different_figures_are_told_and_the_same_are_not(asked):
    question = "When is oxygen given to children with croup?"
    data, _page = asked([DOSE, OTHER_DOSE], question)
    assert "state different figures" in block(data, "difference")
    assert "92%" in block(data, "evidence") and "94%" in block(data, "evidence")


def test_sources_that_agree_are_not_said_to_differ(asked):
    data, _page = asked([FOR, DOSE], "Should oral steroids be given to children with croup?")
    assert not block(data, "difference") and block(data, "evidence")


def test_chinese_guidelines_that_differ_are_told_in_chinese(asked):
    data, page = asked([FOR_ZH, AGAINST_ZH], "妊娠期高血压患者是否使用拉贝洛尔控制血压？")
    told = block(data, "difference")
    assert "来源之间存在分歧" in told and "建议不一致" in told
    assert "北方学会" in told and "2009-01-02" in told
    quoted = block(data, "evidence")
    assert "不推荐使用" in quoted and quoted.count("推荐使用") == 2
    assert "来源之间存在分歧" in page


def test_the_page_marks_concepts_in_the_question_and_in_what_is_quoted(asked, colleague_client):
    note = "# Note on croup\n\nThe child with croup had no fever and a harsh cough at night.\n"
    data, page = asked([note], "Does the child with croup have a fever or a cough?")
    marked = [part.split("</a>")[0] for part in page.split('<a class="marked ')[1:]]
    question = page.split('class="question"')[1].split("</h2>")[0]
    assert "croup (J05.0)" in question and "/v/medical/terminology/icd10cm/R50.9/" in question
    absent = [one for one in marked if one.startswith("marked-negated")]
    assert absent and all('<span class="marked-label">absent</span>' in one for one in absent)
    assert any("marked-affirmed" in one and "cough" in one for one in marked)
    assert "[" not in "".join(one.split(">")[1][:1] for one in marked)
    shown = colleague_client.get(f"/answers/{data['id']}/", headers={"Accept-Language": "zh-hans"})
    assert '<span class="marked-label">无</span>' in shown.content.decode()
