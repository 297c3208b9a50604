"""Figures are written as people round them, however long they are."""

from decimal import Decimal

import pytest

from verticals.finance.answering.figures import rounded


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2.345", "2.35"),
        ("-2.345", "-2.35"),
        ("-0.001", "0.00"),
        ("1" * 120, "1" * 120 + ".00"),
        ("1E+60", f"1{'0' * 60}.00"),
    ],
)
def test_values_are_rounded_half_away_from_zero(value, shown):
    assert str(rounded(Decimal(value), 2)) == shown
