"""A question in a language that cannot be checked is refused with that reason, whatever was found."""

import pytest

from tests.verticals.medical.answering.test_answer import FOR, answered, blocks


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_question_in_another_language_is_refused_and_says_which_are_read(language):
    steps = answered(FOR, text="Wann soll bei Krupp Cortison gegeben werden?", language=language)
    assert steps.refusals == ["language_unsupported"]
    assert ("English or Chinese" if language == "en" else "中文或英文") in blocks(steps, "refusal")
    assert not steps.quotes and not steps.rephrased
