"""Periods in Chinese questions: patterns from the most to the least specific."""

from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.questions.period_dates import in_month, on_day_zh
from verticals.finance.questions.period_named import (
    bare_part,
    bare_quarter,
    fiscal_year,
    months_of_year,
    part_of_year,
    quarter_of_year,
    years_range,
)
from verticals.finance.questions.period_relative import (
    all_years,
    back,
    back_count,
    earlier_count,
    latest,
    latest_count,
    since_year,
    this_year,
    trailing_months,
)
from verticals.finance.questions.period_scan import rules, year_number
from verticals.finance.questions.query import Grain

_YZ = r"(?<!\d)(?P<y>(?:19|20)\d\d|\d\d(?=年|财年)|[零〇一二三四五六七八九]{4})"
_YZ1 = r"(?<!\d)(?P<y1>(?:19|20)\d\d|[零〇一二三四五六七八九]{4})"
_YZ2 = r"(?P<y2>(?:19|20)\d\d|[零〇一二三四五六七八九]{4})(?!\d)"
_NEAR = r"(?:年度?|财年|会计年度)?(?:的|,| )?"
_NZ = r"(?P<n>\d{1,2}|[一二两三四五六七八九十几])"


_BEFORE = r"(?<![\d零〇一二三四五六七八九十])(?P<n>\d{1,2}|[一二两三四五六七八九十])"
_NOT_NEXT = r"(?![一二两三四\d九六半]+个?[季月])"  # 二〇二三年前三季度 is of the year that it names
RULES_ZH = rules(
    ("月", rf"{_YZ}年(?P<m>\d{{1,2}})月(?:份)?(?:(?P<d>\d{{1,2}})日|[末底])", on_day_zh),
    ("截 至", rf"(?:截[至止]|至|到){_YZ}年(?P<m>\d{{1,2}})月(?:份)?(?![-~至到—])", on_day_zh),
    (". / -", r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<s>[./-])(?P<m>\d{1,2})(?P=s)(?P<d>\d{1,2})(?!\d)", on_day_zh),
    (
        "三 9 九 前3",
        rf"{_YZ}{_NEAR}(?:前[三3](?:个)?季度?|三季报|第?三季度报告?(?=中|里|披露|显示)|1[-~至]9月|前(?:九|9)个月|9m)",
        part_of_year("9M"),
    ),
    (
        "半 中 6 两 二 六 h1",
        rf"{_YZ}{_NEAR}(?:上半年度?|半年度?(?:报告?)?|半年报|中报|中期(?:报告)?|1[-~至]6月|前(?:两|二)个?季度|前(?:六|6)个月|h1)",
        part_of_year("H1"),
    ),
    ("下半 12 h2", rf"{_YZ}{_NEAR}(?:下半年度?|7[-~至]12月|h2)", part_of_year("H2")),
    ("季", rf"{_YZ}{_NEAR}第?(?P<q>[一二三四1-4])(?:个)?季(?:度|报)?", quarter_of_year),
    ("q", rf"{_YZ}{_NEAR}q(?P<q>[1-4])", quarter_of_year),
    ("3月", rf"{_YZ}{_NEAR}1[-~至]3月", part_of_year("Q1")),
    ("月", rf"{_YZ}{_NEAR}(?P<m1>\d{{1,2}})月?份?[-~至到—](?P<m2>\d{{1,2}})月", months_of_year),
    ("月", rf"{_YZ}{_NEAR}(?P<m>\d{{1,2}})月(?:份)?", in_month),
    ("- /", r"(?<![\d/.-])(?P<y>(?:19|20)\d\d)[-/](?P<m>0[1-9]|1[0-2])(?![\d/-])", in_month),
    ("q", r"q(?P<q>[1-4]) ?(?P<y>(?:19|20)\d\d)(?!\d)", quarter_of_year),
    ("- ~ 至 到 —", rf"从?{_YZ1}(?:年度?)?(?:-|~|至|到|—)+{_YZ2}(?:年度?|财年)?", years_range),
    ("来 今 现在 开始", rf"(?:自|从)?{_YZ}年?(?:以来|至今|到现在|开始)", since_year),
    (
        "个月 季度 ttm ltm",
        r"(?:近|最近|过去)(?:的)?(?:十二|12)个月|滚动(?:十二|12)个月|(?:最近|近|过去)四个季度|ttm|ltm",
        trailing_months,
    ),
    (
        "近 过去 连续",
        rf"(?:近|最近|过去|连续)(?:的)?{_NZ}个?(?:完整)?(?:会计)?(?P<unit>年度?|季度|财年)",
        latest_count,
    ),
    ("年来", rf"{_NZ}(?P<unit>年)来", latest_count),
    ("前", rf"(?:和|与|跟|同|比|较)(?:之|其)?前{_NZ}年", earlier_count),
    ("历年 各年 逐年", r"历年|各年度?|逐年", all_years),
    (
        "自然年",
        rf"自然年{_YZ}年?|{_YZ.replace('<y>', '<yb>').replace('(?=年|财年)', '')}自然年",
        lambda s, m: s.add(m, FiscalPeriod(year_number(m["y"] or m["yb"]), calendar=True)),
    ),
    ("年", rf"{_YZ}(?:年度报告|年度|年报|年末|年底|年全年|财年|会计年度|全年|年)", fiscal_year),
    ("fy", rf"fy ?{_YZ.replace('|[零〇一二三四五六七八九]{4}', '').replace('(?=年|财年)', '')}", fiscal_year),
    ("同期", r"(?:去年|上年|上一年|前一年)同期", back(years=1)),
    (
        "前",
        rf"(?P<against>[和与跟同比较]|相比于?|自)?{_BEFORE}(?P<unit>年|个?季度?)(?:之|以)?前{_NOT_NEXT}",
        back_count,
    ),
    ("前年", r"大前年", back(years=3)),
    ("前年 上上", r"(?<![以之])前年(?!度)|上上一?年度?", back(years=2)),
    ("上上", r"上上一?个?季度?", back(quarters=2)),
    ("去年 上 前一", r"去年度?|上一?年度?|上一个年度|前一年度?|前一个年度", back(years=1)),
    ("今年 本年 当年", r"今年|本年度?|当年", this_year),
    ("季", r"上一?个?季度?(?!度)|前一个?季度", back(quarters=1)),
    ("季度", r"(?:最近|最新|本)(?:的)?(?:一个?)?季度", latest(Grain.QUARTER)),
    ("最近 最新", r"(?:最近|最新)(?:的)?(?:一个?)?(?:年度?|财年|会计年度)", latest(Grain.YEAR)),
    ("最新 最近", r"最新一?期?|最近一期", latest(Grain.ANY)),
    ("三 月", r"前三(?:个)?季度?|三季报|1[-~至]9月|前(?:九|9)个月", bare_part("9M")),
    ("半 中报", r"上半年度?|半年报|半年度|中报", bare_part("H1")),
    ("下半", r"下半年度?", bare_part("H2")),
    ("季", r"第?(?P<q>[一二三四1-4])季(?:度|报)", bare_quarter),
    ("全年", r"全年", bare_part("FY")),
    ("19 20", r"(?<!\d)(?P<y>(?:19|20)\d\d)(?![\d%]|万|亿|元|人)", fiscal_year),
)
