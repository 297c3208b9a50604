import pytest

from collegium.sdk.answering import Question, Turn
from collegium.sdk.followup import carry, is_follow_up

TURN = Turn(
    "What was the gross margin of Tarnbeck in 2024?",
    "41.6%",
    {"text": "What was the gross margin of Tarnbeck in 2024?", "filters": {"company": ["Tarnbeck"]}},
)
ZH_TURN = Turn(
    "霁川仪器2023年的毛利率是多少？", "", {"text": "霁川仪器2023年的毛利率是多少？", "filters": {}}
)


def asked(text: str, language: str = "en", *history: Turn) -> Question:
    return Question(text=text, language=language, asker=None, history=history)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text", ["And the year before?", "Why?", "What about its revenue and cost of sales by segment?"]
)
def test_a_short_or_pointing_question_follows_the_turn_before(text):
    question = asked(text, "en", TURN)
    assert is_follow_up(question)
    carried = carry(question)
    assert "gross margin of Tarnbeck" in carried.text and carried.filters == {"company": ["Tarnbeck"]}


@pytest.mark.parametrize(
    "text", ["How many engineers did Vellora Foods hire for the new dairy research centre?"]
)
def test_a_question_that_stands_alone_carries_nothing(text):
    assert carry(asked(text, "en", TURN)).text == text
    assert carry(asked("Why?")).text == "Why?"


def test_the_year_before_moves_the_years_of_the_turn():
    carried = carry(asked("And the year before?", "en", TURN))
    assert carried.years == (2023,) and "2023" in carried.text and "2024" not in carried.text
    chinese = carry(asked("那去年呢？", "zh", ZH_TURN))
    assert chinese.years == (2022,) and "2022年的毛利率" in chinese.text


def test_a_year_said_now_replaces_that_of_then():
    carried = carry(asked("and in 2021?", "en", TURN))
    assert "2024" not in carried.text and "2021" in carried.text and carried.years == ()


def test_a_long_conversation_does_not_grow_the_search_without_end():
    turn = Turn("x", "", {"text": "word " * 1000})
    assert len(carry(asked("Why?", "en", turn)).text) < 500


def test_what_is_carried_leaves_a_search_within_the_limit_of_questions(settings):
    settings.QUESTION_MAX_CHARS = 120
    turn = Turn("x", "", {"text": "gross margin " * 100})
    text = "Why did that happen " + "so quickly " * 8
    carried = carry(asked(text.strip(), "en", turn)).text
    assert carried.endswith(text.strip()) and "gross" in carried and len(carried) <= 120
    full = "Was that so " + "x" * 108
    assert carry(asked(full, "en", turn)).text.strip() == full
