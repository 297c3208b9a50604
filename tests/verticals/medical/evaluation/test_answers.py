"""The suite counts a dose that no quotation of the answer states, whatever its wording."""

import pytest

from verticals.medical.evaluation.answers import _marks


def answer(rephrased: str, quote: str = "Give 500 mg.") -> dict:
    return {
        "blocks": [
            {"kind": "evidence", "text": f"“{quote}” [1]"},
            {"kind": "rephrased", "text": rephrased},
        ],
        "citations": [{"quote": quote}],
    }


@pytest.mark.parametrize(
    ("rephrased", "counted"),
    [
        ("It is given.", False),
        ("500 milligrams are given.", False),
        ("0.5 g are given.", False),
        ("50 milligrams are given.", True),
        ("Two tablets are given.", True),
    ],
)
def test_a_dose_counts_as_unquoted_where_no_quotation_states_that_amount(rephrased, counted):
    assert ("unquoted_doses" in _marks(answer(rephrased))) is counted
