"""Displayed dates, lengths of time, ticks and names become their codes."""

import pytest

from verticals.finance.xbrl.text_formats import TEXT_FORMATS


@pytest.mark.parametrize(
    ("form", "text", "made"),
    [
        ("date-monthname-day-year-en", "January 31, 2025", "2025-01-31"),
        ("datemonthdayyearen", "Sept. 30, 2023", "2023-09-30"),
        ("date-day-monthname-year-en", "3rd May 2024", "2024-05-03"),
        ("date-monthname-day-en", "December 31", "--12-31"),
        ("date-monthname-day-en", "February 29", "--02-29"),
        ("date-monthname-day-en", "February 30", None),
        ("date-month-day", "12/31", "--12-31"),
        ("date-day-month-year", "31.12.24", "2024-12-31"),
        ("dateslashus", "12/31/2024", "2024-12-31"),
        ("date-year-month-day", "2024年12月31日", "2024-12-31"),
        ("date-year-month", "2024年9月", "2024-09"),
        ("date-monthname-year-en", "June 2024", "2024-06"),
        ("date-jpn-era-year-month-day", "令和5年3月31日", "2023-03-31"),
        ("date-jpn-era-year-month-day", "平成元年4月1日", "1989-04-01"),
        ("date-month-day-year", "13/31/2024", None),
        ("fixed-true", "☒", "true"),
        ("fixed-false", "No", "false"),
        ("fixed-empty", "anything", ""),
        ("duryear", "10", "P10Y"),
        ("duryear", "2.5", "P2Y6M"),
        ("durmonth", "18", "P18M"),
        ("durweek", "2", "P14D"),
        ("durday", "30", "P30D"),
        ("durday", "0", "P0D"),
        ("durhour", "5", "PT5H"),
        ("duryear", "ten", None),
        ("durwordsen", "twenty-four months", "P24M"),
        ("durwordsen", "two years and six months", "P2Y6M"),
        ("durwordsen", "three-year", "P3Y"),
        ("durwordsen", "some years", None),
        ("durwordsen", "two years three years", None),
        ("boolballotbox", "☐", "false"),
        ("boolballotbox", "☒", "true"),
        ("yesnoballotbox", "☑", "Yes"),
        ("boolballotbox", "maybe", None),
        ("exchnameen", "The Nasdaq Stock Market LLC", "NASDAQ"),
        ("exchnameen", "NYSE American", "NYSEAMER"),
        ("exchnameen", "The New York Stock Exchange", "NYSE"),
        ("entityfilercategoryen", "Large accelerated filer", "Large Accelerated Filer"),
        ("entityfilercategoryen", "Non-accelerated filer", "Non-accelerated Filer"),
        ("stateprovnameen", "District of  Columbia", "DC"),
        ("stateprovnameen", "Atlantis", None),
    ],
)
def test_a_format_makes_the_code_of_what_is_displayed(form, text, made):
    assert TEXT_FORMATS[form](text) == made
