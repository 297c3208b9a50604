import time
from decimal import Decimal

import pytest

from collegium.sdk.language import content_terms, language_of, stem
from collegium.sdk.numbers import numbers_find, scales_named
from collegium.sdk.sentences import MAX_CHARS, sentence_spans


def cut(text: str, **more: bool) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text, **more)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Revenue at Quill Inc. rose 4.5% to U.S. $1,234.5 million. This was due to pricing. See No. 5.",
            [
                "Revenue at Quill Inc. rose 4.5% to U.S. $1,234.5 million.",
                "This was due to pricing.",
                "See No. 5.",
            ],
        ),
        ("Dr. J. Smith agreed (e.g. in May). Why? “So it is.” Yes!",
         ["Dr. J. Smith agreed (e.g. in May).", "Why?", "“So it is.”", "Yes!"]),
        ("毛利率为43.2%。主要系产品改善所致！原因呢？无", ["毛利率为43.2%。", "主要系产品改善所致！", "原因呢？", "无"]),
        ("Revenue 1,234 1,100\nCost 500 400\nMargin rose\nbecause of mix. It did.",
         ["Revenue 1,234 1,100", "Cost 500 400", "Margin rose\nbecause of mix.", "It did."]),
        ("First:\n- one thing\n- another thing", ["First:", "- one thing", "- another thing"]),
        ("A title\n\nA sentence.", ["A title", "A sentence."]),
        ("", []),
        (" \n ", []),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_would_end_them(text, expected):
    assert cut(text) == expected


def test_each_row_of_a_table_is_one():
    assert cut("In $ | 2024 | 2023\nRevenue. | 1 | 2", table=True) == [
        "In $ | 2024 | 2023",
        "Revenue. | 1 | 2",
    ]


def test_a_very_long_sentence_is_cut_and_nothing_of_it_is_lost():
    text = ", ".join(f"clause number {n}" for n in range(200)) + "."
    pieces = cut(text)
    assert all(len(piece) <= MAX_CHARS for piece in pieces) and len(pieces) > 3
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$1,234.5 million", [("1234500000", "")]),
        ("1.2345 billion", [("1234500000", "")]),
        ("12.3亿元和4,500万元", [("1230000000", ""), ("45000000", "")]),
        ("43.2%, 43.2 per cent and 1.1 percentage points", [("43.2", "%"), ("43.2", "%"), ("1.1", "pp")]),
        ("提高1.1个百分点，25个基点", [("1.1", "pp"), ("25", "bp")]),
        ("(22.7) in FY2024, Q3", [("22.7", ""), ("2024", ""), ("3", "")]),
        ("5 kg in 10 months", [("5", ""), ("10", "")]),
        (
            "1,23 and 12,3456 and 39.2%,35.9%",
            [(n, "") for n in ("1", "23", "12", "3456")] + [("39.2", "%"), ("35.9", "%")],
        ),
    ],
)
def test_numbers_have_their_scale_and_unit(text, expected):
    assert [(number.value, number.kind) for number in numbers_find(text)] == [
        (Decimal(value), kind) for value, kind in expected
    ]


def test_written_out_numbers_are_numbers_too():
    found = numbers_find("Two of the third group; 三个, 第二", words=True)
    assert sorted(int(number.value) for number in found) == [2, 2, 3, 3]
    assert scales_named("in $ millions（单位：万元）") == {6, 4}


def test_languages_and_words_of_content():
    assert language_of("What is the 毛利率?") == "zh"
    assert language_of("Why 1234?") == "en"
    assert language_of("") == "en"
    assert content_terms("What were the margins of it?") == ["margin"]
    assert stem("margins") == stem("margin") and stem("increased") == stem("increases") == stem("increase")
    assert "毛利" in content_terms("公司的毛利率是多少？") and "多少" not in content_terms(
        "公司的毛利率是多少？"
    )


def test_a_paragraph_of_abbreviations_is_cut_in_time_that_grows_with_its_length():
    text = "e.g. a thing " * 30_000
    began = time.process_time()
    spans = sentence_spans(text)
    assert time.process_time() - began < 5
    assert sum(end - start for start, end in spans) > 0.9 * len(text)
