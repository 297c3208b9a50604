"""A dose is seen in whatever wording, and is the same dose as in another wording of the same amount."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from verticals.medical.checks import doses_find

DOSES = """500 mg
Give 500 milligrams.
40 micrograms
0.3 millilitres
10 international units
five mg
five hundred milligrams
two tablets
half a tablet
½ tablet
a course of two to three puffs
one and a half tablets
twice daily
three times daily
four times a day
once weekly
q8h
q 6 hours
every 8 hours
every eight hours
six-hourly
every other day
in drops tid
10 mg/kg
10 mg per kilogram
2 million units
1 g
10 U of insulin
500mg口服
一日三次
1日3次
每天两次
每周一次
每8小时一次
每隔六小时
每6至8小时
早晚各一次
口服两片
每次一片
服用阿司匹林一片
2粒
五毫克
半片，每次半片
一百毫克
100万单位
每公斤体重10毫克
０．５毫克
两单位""".splitlines()
NO_DOSES = """The patient weighs 70 kg and is 5 years old.
Blood pressure was 140/90 mmHg.
Oxygen is given when the saturation is below 92%.
The pressure drops within two hours.
Three times as many patients recovered.
It is reviewed every 3 months.
It was done in a bid to help.
The dose is halved in renal failure.
体重七十千克，身高170厘米。
患者70公斤。
吸烟20包年。
冠状动脉三支血管病变。
两片肺叶受累。
6月1日2次复诊。
该单位有三个科室。
上升三倍。
每小时尿量减少。""".splitlines()


@pytest.mark.parametrize("text", DOSES)
def test_a_dose_is_seen_in_words_and_in_figures(text):
    (found,) = doses_find(text)
    assert (found.check, found.action) == ("dose", "dropped")


@pytest.mark.parametrize("text", NO_DOSES)
def test_what_is_no_dose_is_left(text):
    assert doses_find(text) == []


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("500 milligrams", "500 mg"),
        ("0.5 g", "500 mg"),
        ("five hundred mg", "500mg"),
        ("500毫克", "give 500 mg"),
        ("40 micrograms", "40 µg"),
        ("0.3 millilitres", "0.3 mL"),
        ("1,000 units", "1000 IU"),
        ("100万单位", "1 million units"),
        ("twice daily", "every 12 hours"),
        ("一日三次", "every eight hours"),
        ("q8h", "每8小时一次"),
        ("两片，每日2片", "2 tablets"),
        ("half a tablet", "½ tablet"),
        ("每公斤体重10毫克", "10 mg/kg"),
        ("5 to 10 mg", "10 mg or 5 mg"),
        ("一千五百毫克", "1.5 g"),
        ("one and a half tablets", "1.5 tablets"),
    ],
)
def test_another_wording_of_a_quoted_amount_is_the_same_dose(text, quoted):
    assert doses_find(text) and doses_find(text, quoted) == []


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("500 milligrams", "50 mg"),
        ("500 mg", "500 µg"),
        ("10 mg", "10 mg/kg"),
        ("two tablets", "two capsules"),
        ("500 mg twice daily", "500 mg three times daily"),
        ("5 to 15 mg", "5 to 10 mg"),
        ("100万单位", "100单位"),
        ("口服两片", "口服三片"),
    ],
)
def test_another_amount_than_the_quoted_one_is_found(text, quoted):
    assert doses_find(text, quoted)


@given(st.text("0159.,/½ -两十万半片粒每日次小时mgkugltwohalfandthree", max_size=60))
def test_any_text_is_read(text):
    assert len(doses_find(text)) < 2


@pytest.mark.parametrize(
    "unit",
    ["1", "1,", "1-", "two ", "two to ", "一", "一每", "服用", "1/", "every two ", "½", "hundred and a "],
)
def test_long_texts_of_repeated_units_are_read_to_their_end(unit):
    """A pattern that grew with the square of the text would not come to an end here."""
    assert len(doses_find((unit * 20_000)[:20_000])) < 2
