"""Every number of an answer is computed or quoted; a nil stands for what is said not to be reported."""

import pytest

from verticals.finance.answering.grounded import answer_ungrounded


@pytest.mark.parametrize(
    ("said", "missing"),
    [
        ("Short-term borrowings: not reported, counted as nil.", []),
        ("短期借款未披露，按零计入。", []),
        ("Read as total debt.", ["0"]),
    ],
)
def test_a_nil_in_a_working_needs_the_note_that_explains_it(said, missing):
    data = {
        "computations": [{"value": "7"}],
        "citations": [],
        "blocks": [
            {"kind": "computed", "text": "Total debt was 7 (7 + 0)."},
            {"kind": "interpretation", "text": said},
        ],
    }
    assert answer_ungrounded(data) == missing
