"""Whatever a text holds, it is read or refused as unreadable: nothing else is raised."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from verticals.medical.deidentify.project import Project
from verticals.medical.deidentify.recognise import TextUnreadable, identifiers_find
from verticals.medical.deidentify.text import text_deidentify

PROJECT = Project("p", b"0123456789abcdef0123456789abcdef")
PIECES = (
    *"0123456789", *"٠١٢٣٤٥٩", *"०१२९५", *"０１２９", *"²³½Ⅻ①", *"〇零一二三四五六七八九十百两", *"年月日号岁",
    *" ,.-/:：，。'\n|", "19", "20", "2024", "aged ", "years", "patient is ", "年龄", "岁", "March ", "of May",
    "Jan. ", "Sept", "exp ", "on ", "st", "th", "St ", "Street", "Flat ", "MRN ", "SSN ", "身份证号", "card ",
    "电话", "Anna Keller", "Li^Na", "Dr. ", "王建国", "患者", "医院", "Анна", "محمد", "ß", "İ", "ı", "ſ", "∆",
)  # fmt: skip


def replaced(text: str) -> str:
    return text_deidentify(text, project=PROJECT, group="1").text


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_a_text_is_read_or_refused_as_unreadable(text):
    try:
        spans = identifiers_find(text)
        made = replaced(text)
    except TextUnreadable:
        return
    assert all(0 <= one.start < one.end <= len(text) for one in spans)
    assert isinstance(made, str)


@pytest.mark.parametrize(
    "text",
    [
        "一月十十日",
        "patient is 1٣2",
        "٢٠٢٤ 5 March ٢٠",
        "年龄：百十十岁",
        "十百月一日",
    ],
)
def test_what_is_no_number_and_no_date_is_passed_over(text):
    identifiers_find(text)


@pytest.mark.parametrize("text", ["患者三月十一二日入院", "患者三月二十三四日入院", "患者二三月五日入院"])
def test_a_range_of_days_is_replaced(text):
    assert [one.kind for one in identifiers_find(text)] == ["date"]
    made = replaced(text)
    assert made != text and made.startswith("患者") and made.endswith("日入院")


@pytest.mark.parametrize("text", ["〇〇〇〇年一月一日", "〇〇〇一年一月一日", "九九九九年十二月三十一日"])
def test_a_date_outside_the_calendar_gets_other_figures(text):
    made = replaced(text)
    assert made != text and made.endswith("日")


@pytest.mark.parametrize(("text", "age"), [("aged ٩٥", "٩٥"), ("९५ years", "९५"), ("今年九十二岁", "九十二")])
def test_an_age_over_89_is_replaced_in_digits_of_every_script(text, age):
    assert age not in replaced(text) and "90" in replaced(text)
