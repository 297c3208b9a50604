"""Companies have keys that addresses can hold, whatever they are called."""

import pytest

from verticals.finance.facts.entity import entity_key, identifier_key


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Netflix, Inc.", "netflix"),
        ("NETFLIX INC", "netflix"),
        ("The Group plc", "the group plc"),
        ("?", "?"),
        ("★ ***", "?"),
    ],
)
def test_a_name_has_a_key_without_marks_and_legal_form(name, key):
    assert entity_key(name) == key


@pytest.mark.parametrize(
    ("text", "kept"), [("320193", "0000320193"), (" 12\n34 ", "12 34"), ("91350900", "0091350900")]
)
def test_an_identifier_is_one_line(text, kept):
    assert identifier_key(text) == kept
