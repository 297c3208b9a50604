"""Displayed text becomes exactly the number that it shows, or none."""

import pytest

from verticals.finance.xbrl.number_formats import NUMBER_FORMATS, number_plain
from verticals.finance.xbrl.word_numbers import words_number


@pytest.mark.parametrize(
    ("form", "text", "number"),
    [
        ("num-dot-decimal", "1,234,567.89", "1234567.89"),
        ("num-dot-decimal", "12,34,567", "1234567"),
        ("num-dot-decimal", "1\u00a0234", "1234"),
        ("num-dot-decimal", ".5", ".5"),
        ("num-dot-decimal", "1.234,5", None),
        ("num-dot-decimal", "—", None),
        ("num-dot-decimal", "", None),
        ("num-dot-decimal", ",", None),
        ("num-dot-decimal", "(12)", None),
        ("num-comma-decimal", "1.234.567,89", "1234567.89"),
        ("num-comma-decimal", "1,234.5", None),
        ("num-dot-decimal-apos", "1'234’567.8", "1234567.8"),
        ("num-comma-decimal-apos", "1'234,5", "1234.5"),
        ("num-unit-decimal", "12 pounds 5 pence", "12.05"),
        ("num-unit-decimal", "１，２３４円56銭", "1234.56"),
        ("num-unit-decimal", "12", None),
        ("fixed-zero", "no shares at all", "0"),
        ("numdotdecimal", "1,234.5", "1234.5"),
        ("numdotdecimal", "1234567", "1234567"),
        ("numdotdecimal", "1,23", None),
        ("numcommadecimal", "1.234,5", "1234.5"),
        ("numdotdecimalin", "12,34,567.8", "1234567.8"),
        ("numunitdecimal", "1,234 dollars 7 cents", "1234.07"),
        ("zerodash", "—", "0"),
        ("zerodash", "–", "0"),
        ("zerodash", "0", None),
        ("numdash", "-", "0"),
        ("numspacecomma", "1 234,5", "1234.5"),
        ("numwordsen", "Twenty-four", "24"),
        ("numwordsen", "several", None),
    ],
)
def test_a_format_reads_what_it_allows_and_nothing_else(form, text, number):
    assert NUMBER_FORMATS[form](text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", "12"), ("0.50", "0.50"), ("12.", "12."), ("1,234", None), ("-3", None), ("", None), ("١٢", None)],
)
def test_without_a_format_only_plain_digits_are_a_number(text, number):
    assert number_plain(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("no", 0), ("None", 0), ("zero", 0), ("one", 1), ("twenty", 20), ("ninety-nine", 99),
        ("one hundred", 100), ("a hundred and five", 105), ("two hundred and fifty thousand", 250_000),
        ("three million, two hundred thousand and one", 3_200_001), ("nineteen billion", 19 * 10**9),
        ("million", 10**6), ("one million one", 1_000_001), ("twenty zero", None), ("two three", None),
        ("ten five", None), ("thousand million", None), ("hundred hundred", None), ("two thousand three million", None),
        ("approximately ten", None), ("12", None), ("and", None), ("", None), ("no ten", None),
    ],
)  # fmt: skip
def test_words_are_a_number_only_as_people_count(text, number):
    assert words_number(text) == number


def test_every_number_below_a_thousand_reads_back_from_its_words():
    ones = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
    tens = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]

    def words(value: int) -> str:
        if value < 20:
            return ones[value]
        if value < 100:
            return tens[value // 10 - 2] + (f"-{ones[value % 10]}" if value % 10 else "")
        return f"{ones[value // 100]} hundred" + (f" and {words(value % 100)}" if value % 100 else "")

    assert [words_number(words(value)) for value in range(1000)] == list(range(1000))
