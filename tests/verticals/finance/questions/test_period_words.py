"""Periods are read however they are put, in English and in Chinese."""

import pytest

from verticals.finance.questions.normalise import is_chinese, plain
from verticals.finance.questions.period_words import periods_find, stated_periods


def stated(text: str) -> list[str]:
    shown = []
    for asked in stated_periods(periods_find(plain(text), chinese=is_chinese(text))):
        if asked.named:
            shown.append(asked.named.code)
        elif asked.dates:
            shown.append(f"{asked.dates.start or ''}/{asked.dates.end}")
        elif asked.latest:
            latest = asked.latest
            shown.append(f"{latest.since or latest.count} {'trailing' if latest.trailing else latest.grain}")
    return shown


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("revenue in FY2023", ["FY2023"]),
        ("revenue in fiscal 2023", ["FY2023"]),
        ("revenue in fiscal year 2023", ["FY2023"]),
        ("FY'23 revenue", ["FY2023"]),
        ("FY22 revenue", ["FY2022"]),
        ("2023Q3 margin", ["2023Q3"]),
        ("Q3 2023 margin", ["2023Q3"]),
        ("Q3 of FY2023", ["2023Q3"]),
        ("3Q23 margin", ["2023Q3"]),
        ("third quarter of 2023", ["2023Q3"]),
        ("the third quarter of fiscal 2023", ["2023Q3"]),
        ("2023 third quarter", ["2023Q3"]),
        ("H1 2023", ["2023H1"]),
        ("1H23", ["2023H1"]),
        ("first half of 2023", ["2023H1"]),
        ("second half of fiscal 2022", ["2022H2"]),
        ("first nine months of 2023", ["2023-9M"]),
        ("between 2021 and 2023", ["FY2021", "FY2022", "FY2023"]),
        ("from FY2021 to FY2022", ["FY2021", "FY2022"]),
        ("2021-2023", ["FY2021", "FY2022", "FY2023"]),
        ("2021–2023", ["FY2021", "FY2022", "FY2023"]),
        ("FY2017 - FY2019 3 year average", ["FY2017", "FY2018", "FY2019"]),
        ("2021 and 2022 Q3", ["2021Q3", "2022Q3"]),
        ("calendar 2023", ["CY2023"]),
        ("nine months ended September 30, 2023", ["2023-01-01/2023-09-30"]),
        ("year ended June 30, 2023", ["2022-07-01/2023-06-30"]),
        ("as of December 31, 2022", ["/2022-12-31"]),
        ("as of 30 June 2023", ["/2023-06-30"]),
        ("on 2023-06-30", ["/2023-06-30"]),
        ("LTM free cash flow", ["1 trailing"]),
        ("TTM as of Q2 2024", ["TTM-2024Q2"]),
        ("trailing twelve months", ["1 trailing"]),
        ("last quarter", ["1 quarter"]),
        ("last three years", ["3 year"]),
        ("over the past 5 years", ["5 year"]),
        ("the last 4 quarters", ["4 quarter"]),
        ("since 2019", ["2019 year"]),
        ("latest", ["1 any"]),
        ("revenue in March 2023", ["2023-03"]),
        ("revenue for the month of June 2023", ["2023-06"]),
        ("sales in Dec. 2022", ["2022-12"]),
        ("revenue 2023-06", ["2023-06"]),
        ("revenue 06/2023", ["2023-06"]),
        ("cash as of June 2023", ["/2023-06-30"]),
        ("cash at the end of February 2024", ["/2024-02-29"]),
        ("revenue January to March 2023", ["2023-01-01/2023-03-31"]),
        ("revenue from Apr 2022 through March 2023", ["2022-04-01/2023-03-31"]),
        ("the March 2023 quarter", ["2023-01-01/2023-03-31"]),
        ("quarter ended March 2023", ["2023-01-01/2023-03-31"]),
        ("year ended June 2023", ["2022-07-01/2023-06-30"]),
        ("three months ended May 31, 2023", ["2023-03-01/2023-05-31"]),
        ("revenue 2023 vs Q3 2022", ["FY2023", "2022Q3"]),
        ("revenue of 2000 million", []),
        ("a price of $2020", []),
        ("grew 2019%", []),
        ("model 20235", []),
    ],
)
def test_english_periods(text, codes):
    assert stated(text) == codes


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("2023年营业收入", ["FY2023"]),
        ("2023年度营业收入", ["FY2023"]),
        ("2023年年报", ["FY2023"]),
        ("2023财年", ["FY2023"]),
        ("23年净利润", ["FY2023"]),
        ("二〇二三年净利润", ["FY2023"]),
        ("2023年末总资产", ["FY2023"]),
        ("2023年Q3毛利率", ["2023Q3"]),
        ("2023Q3毛利率", ["2023Q3"]),
        ("２０２３年第三季度", ["2023Q3"]),
        ("2023年三季度", ["2023Q3"]),
        ("2023年第3季度", ["2023Q3"]),
        ("2023年前三季度", ["2023-9M"]),
        ("2023年三季报", ["2023-9M"]),
        ("2023年1-9月", ["2023-9M"]),
        ("2023年上半年", ["2023H1"]),
        ("2023年半年度报告", ["2023H1"]),
        ("2023年中报", ["2023H1"]),
        ("2023年一季报", ["2023Q1"]),
        ("2019-2021年", ["FY2019", "FY2020", "FY2021"]),
        ("从2019年到2021年", ["FY2019", "FY2020", "FY2021"]),
        ("2019年和2021年", ["FY2019", "FY2021"]),
        ("2021年和2022年前三季度", ["2021-9M", "2022-9M"]),
        ("2023自然年", ["CY2023"]),
        ("截至2023年9月30日", ["/2023-09-30"]),
        ("近三年", ["3 year"]),
        ("最近五年", ["5 year"]),
        ("过去12个月", ["1 trailing"]),
        ("2019年以来", ["2019 year"]),
        ("最近一个季度", ["1 quarter"]),
        ("最新", ["1 any"]),
        ("2023年6月营业收入", ["2023-06"]),
        ("2023年6月份营业收入", ["2023-06"]),
        ("2023-06营业收入", ["2023-06"]),
        ("2023年6月末总资产", ["/2023-06-30"]),
        ("2023年2月底总资产", ["/2023-02-28"]),
        ("截至2023年6月总资产", ["/2023-06-30"]),
        ("2023年2月至5月", ["2023-02-01/2023-05-31"]),
        ("二〇二三年前三季度营业收入", ["2023-9M"]),
        ("2023年13月", ["FY2023"]),
        ("共2023人", []),
        ("2000万元", []),
    ],
)
def test_chinese_periods(text, codes):
    assert stated(text) == codes


@pytest.mark.parametrize(
    "text", ["the year before", "a year earlier", "last year", "去年", "上一年", "上年同期"]
)
def test_the_year_before_moves_a_period_by_a_year(text):
    assert periods_find(plain(text), chinese=is_chinese(text)).back_years == 1


@pytest.mark.parametrize("text", ["the quarter before", "the previous quarter", "上季度", "上一季度"])
def test_the_quarter_before_moves_a_period_by_a_quarter(text):
    assert periods_find(plain(text), chinese=is_chinese(text)).back_quarters == 1


@pytest.mark.parametrize(
    ("text", "years", "quarters"),
    [
        ("revenue three years ago", 3, 0),
        ("revenue two quarters ago", 0, 2),
        ("a quarter ago", 0, 1),
        ("the year before last", 2, 0),
        ("the quarter before last", 0, 2),
        ("三年前营业收入", 3, 0),
        ("3年前", 3, 0),
        ("两个季度前营业收入", 0, 2),
        ("前年", 2, 0),
        ("大前年", 3, 0),
        ("上上年", 2, 0),
        ("上上季度", 0, 2),
        ("以前年度损益调整", 0, 0),
        ("2020年前的收入", 0, 0),
    ],
)
def test_periods_are_counted_back(text, years, quarters):
    found = periods_find(plain(text), chinese=is_chinese(text))
    assert (found.back_years, found.back_quarters) == (years, quarters)


@pytest.mark.parametrize(
    ("text", "part"),
    [("Q3", "Q3"), ("第三季度", "Q3"), ("前三季度", "9M"), ("上半年", "H1"), ("first half", "H1")],
)
def test_a_part_of_a_year_may_stand_alone(text, part):
    assert periods_find(plain(text), chinese=is_chinese(text)).part == part


def test_a_date_that_does_not_exist_is_no_period():
    assert stated("February 30, 2023") == ["FY2023"]
