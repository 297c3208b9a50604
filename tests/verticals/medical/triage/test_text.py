"""Lines that merely wrap are one text; lines of their own stay apart; each character keeps its place."""

import pytest

from verticals.medical.triage.recognise import triage
from verticals.medical.triage.text import view_of


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (
            "72 year old man brought in by his wife with crushing\n  chest pain since this morning",
            "72 year old man brought in by his wife with crushing chest pain since this morning",
        ),
        ("chest pain since\nthis morning", "chest pain since this morning"),
        (
            "老人今天早上起来以后突然说话含糊，右边胳膊抬不起\n来，嘴也歪了",
            "老人今天早上起来以后突然说话含糊，右边胳膊抬不起来，嘴也歪了",
        ),
    ],
)
def test_wrapped_lines_are_joined(text, read):
    view = view_of(text)
    assert view.text == read
    assert len(view.starts) == len(view.ends) == len(read)
    assert text[view.starts[-1] : view.ends[-1]] == text[-1]


@pytest.mark.parametrize(
    "text",
    [
        "no fever\nchest pain\nsweating",
        "hx:\nmi 2015\nnow: chest pain",
        "one.\ntwo",
        "one\n\ntwo",
        "无发热\n胸痛",
    ],
)
def test_lines_of_their_own_stay_apart(text):
    assert view_of(text).text == text


def test_a_denial_does_not_reach_into_the_next_line_but_does_over_a_wrap():
    listed = triage("no fever\ncrushing chest pain and sweating for an hour")
    found = listed.hits or listed.escalation.signs
    assert listed.emergency and any(one.rule.category == "chest_pain" for one in found)
    wrapped = "Routine review. He denies any chest pain, breathlessness or\npalpitations and walks daily."
    assert not triage(wrapped).hits
