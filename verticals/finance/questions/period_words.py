"""Periods as questions put them, in English and in Chinese.

Patterns are tried from the most to the least specific; what one has read is blanked out for those after it.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.questions.period_scan import (
    MONTHS,
    NTH,
    Handler,
    PeriodsFound,
    Rule,
    Scan,
    Stated,
    all_years,
    back,
    back_count,
    bare_part,
    bare_quarter,
    calendar_year,
    earlier_count,
    first_months,
    fiscal_year,
    half_of_year,
    latest,
    latest_count,
    months_of_year,
    months_to,
    on_day,
    on_day_zh,
    part_of_year,
    period_ended,
    quarter_of_year,
    since_year,
    this_year,
    trailing_months,
    trailing_to,
    year_number,
    years_range,
)
from verticals.finance.questions.query import AskedPeriod, Grain

_Y = r"(?:fy|cy)?\s?'?(?P<y>(?:19|20)\d\d|(?<=')\d\d|(?<=fy)\d\d|(?<=fy )\d\d)(?!\d)"
_FISCAL = r"(?:the\s)?(?:fiscal\s(?:years?\s)?|fy\s?|financial\s(?:year\s)?|year\s|calendar\s(?:year\s)?)?"
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DATE = (
    rf"(?:(?P<mon>{_MONTH})\.?\s(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s(?P<dy>(?:19|20)\d\d)"
    rf"|(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\s(?P<mon2>{_MONTH}),?\s(?P<dy2>(?:19|20)\d\d)"
    r"|(?P<iy>(?:19|20)\d\d)-(?P<im>\d{1,2})-(?P<id>\d{1,2})"
    r"|(?P<um>\d{1,2})/(?P<ud>\d{1,2})/(?P<uy>(?:19|20)\d\d))"
)
_NUM = r"(?P<n>\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|few|couple of)"


def _rules(*rows: tuple[str, str, Handler]) -> tuple[Rule, ...]:
    """Patterns, each with texts of which one must be there for it to be worth trying."""
    return tuple((tuple(needs.split()), re.compile(pattern), handler) for needs, pattern, handler in rows)


_B, _E = r"(?<![a-z0-9])", r"(?![a-z0-9])"
RULES_EN = _rules(
    (
        "month",
        rf"{_B}(?P<len>three|six|nine|twelve|3|6|9|12)[- ]months?(?: period)? (?:ended|ending|to"
        rf"|through) {_DATE}",
        period_ended,
    ),
    (
        "end",
        rf"{_B}(?:fiscal )?(?P<len>year|quarter|half[- ]year)s? (?:ended|ending|to) {_DATE}",
        period_ended,
    ),
    ("jan feb mar apr may jun jul aug sep oct nov dec / -", rf"{_B}{_DATE}", on_day),
    ("months", rf"{_B}(?:the )?(?:first )?(?:nine|9) months (?:of|in) {_FISCAL}{_Y}", part_of_year("9M")),
    (
        "9m ytd",
        rf"{_B}(?:9m|ytd q3|q3 ytd) ?(?:of |in )?{_FISCAL}{_Y}|{_B}(?P<y9>(?:19|20)\d\d)[- ]?9m{_E}",
        lambda s, m: s.add(m, FiscalPeriod(year_number(m["y"] or m["y9"]), "9M")),
    ),
    (
        "half",
        rf"{_B}(?:the )?(?P<h>first|second|1st|2nd)[- ]half(?:[- ]year)?(?: of| in)? {_FISCAL}{_Y}",
        half_of_year,
    ),
    (
        "months quarters",
        rf"{_B}(?:the )?(?:first )?(?P<n>three|six|3|6) months (?:of|in) {_FISCAL}{_Y}"
        rf"|{_B}(?:the )?first (?P<nq>two|three|2|3) quarters (?:of|in) {_FISCAL}{_Y.replace('<y>', '<yq>')}",
        first_months,
    ),
    (
        "months",
        rf"{_B}(?P<len>three|six|nine|twelve|3|6|9|12)[- ]months? (?:ended|ending|to|through)"
        rf" (?:the end of )?(?P<mon>{_MONTH})\.?,? (?P<y>(?:19|20)\d\d)(?!\d)",
        months_to,
    ),
    ("half hy", rf"{_B}(?:the )?(?:half[- ]year|hy)(?: of| in)? ?{_FISCAL}{_Y}", part_of_year("H1")),
    ("h1 h2", rf"{_B}h(?P<h>[12]) ?(?:of |in )?{_FISCAL}{_Y}", half_of_year),
    ("1h 2h", rf"{_B}(?P<h>[12])h ?'?(?P<y>(?:20)?\d\d)(?!\d)", half_of_year),
    ("h1 h2", rf"{_B}(?P<y>(?:19|20)\d\d) ?-?h(?P<h>[12]){_E}", half_of_year),
    (
        "ttm ltm month",
        rf"{_B}(?:ttm|ltm|(?:trailing|last|past) (?:twelve|12)[- ]months?)(?: as of| ending| ended"
        rf"| to| at| through)?(?: the)?(?: end of)? q(?P<q>[1-4]) ?(?:of |in )?{_FISCAL}{_Y}",
        trailing_to,
    ),
    ("q", rf"{_B}q(?P<q>[1-4]) ?(?:of |in |for )?{_FISCAL}{_Y}", quarter_of_year),
    ("q", rf"{_B}(?P<q>[1-4])q ?'?(?P<y>(?:20)?\d\d)(?!\d)", quarter_of_year),
    ("q", rf"{_B}(?:fy ?)?(?P<y>(?:19|20)\d\d|(?<=fy)\d\d)(?:'s)? ?-?,? ?q(?P<q>[1-4]){_E}", quarter_of_year),
    (
        "quarter",
        rf"{_B}(?:the )?(?P<q>first|second|third|fourth|final|1st|2nd|3rd"
        rf"|4th)[- ](?:fiscal )?quarter(?:,| of| in| for)? {_FISCAL}{_Y}",
        quarter_of_year,
    ),
    (
        "quarter",
        rf"{_B}(?P<y>(?:19|20)\d\d)(?:'s)? (?P<q>first|second|third|fourth|1st|2nd|3rd"
        rf"|4th)[- ]quarter{_E}",
        quarter_of_year,
    ),
    (
        "ttm ltm month quarters",
        rf"{_B}(?:ttm|ltm|trailing (?:twelve|12)[- ]months?|(?:last|past) (?:twelve|12)[- ]months?"
        rf"|(?:trailing|last) four quarters){_E}",
        trailing_months,
    ),
    (
        "last past previous prior recent latest",
        rf"{_B}(?:the )?(?:last|past|previous|prior|most recent|latest|recent) {_NUM}[- ](?:full "
        rf"|fiscal |reported |consecutive |financial )*(?P<unit>years?|quarters?){_E}",
        latest_count,
    ),
    (
        "year quarter",
        rf"{_B}(?:over|for|in|across|during) (?:the )?{_NUM}[- ](?:full |fiscal )?(?P<unit>years?"
        rf"|quarters?){_E}(?! (?:ago|before|earlier))",
        latest_count,
    ),
    (
        "ago before earlier prior",
        rf"{_B}{_NUM} (?:fiscal )?years? (?:ago|before|earlier|prior){_E}",
        back_count,
    ),
    (
        "between from",
        rf"{_B}(?:between|from) {_FISCAL}(?:fy ?)?'?(?P<y1>(?:19|20)\d\d|(?<=fy)\d\d) (?:and|to"
        rf"|through|until|till|-) {_FISCAL}(?:fy ?)?'?(?P<y2>(?:19|20)\d\d|(?<=fy)\d\d)(?!\d)",
        years_range,
    ),
    (
        "- to through ~",
        rf"{_B}(?:fy ?)?(?P<y1>(?:19|20)\d\d|(?<=fy)\d\d) ?(?:-|to|through"
        rf"|~) ?{_FISCAL}(?:fy ?)?(?P<y2>(?:19|20)\d\d|(?<=fy)\d\d)(?!\d|-)",
        years_range,
    ),
    ("since", rf"{_B}since {_FISCAL}(?P<y>(?:19|20)\d\d)(?!\d)", since_year),
    ("calendar cy", rf"{_B}(?:calendar(?: year)?|cy) ?(?P<y>(?:19|20)\d\d)(?!\d)", calendar_year),
    (
        "fiscal fy full annual year",
        rf"{_B}(?:fiscal(?: years?)?(?: (?:ended|ending|of))?|fy|full[- ]year|financial year|annual"
        rf"|year(?: (?:ended|ending|of))?) ?'?(?P<y>(?:19|20)\d\d|\d\d)(?!\d| ?(?:%|percent|million"
        rf"|billion|bps))",
        fiscal_year,
    ),
    (
        "quarter sequential",
        rf"{_B}(?:the )?(?:quarter (?:before|earlier|prior)|(?:previous|prior|preceding) quarter"
        rf"|(?:sequential|sequentially)){_E}",
        back(quarters=1),
    ),
    (
        "quarter",
        rf"{_B}(?:the )?(?:last|latest|most recent|current|this) (?:fiscal |reported )?quarter{_E}",
        latest(Grain.QUARTER),
    ),
    (
        "latest recent",
        rf"{_B}(?:the )?(?:latest|most recent) (?:fiscal |reported |full |financial )*year{_E}",
        latest(Grain.YEAR),
    ),
    (
        "year",
        rf"{_B}(?:the )?(?:(?:last|previous|prior|preceding) (?:fiscal |financial )?year"
        rf"|year (?:before|earlier|ago|prior)|a year (?:earlier|ago|before)|year-ago"
        rf"|(?:the )?same (?:quarter|period) (?:last year|of the previous year|a year (?:earlier"
        rf"|ago))){_E}",
        back(years=1),
    ),
    ("year", rf"{_B}(?:this|the current) (?:fiscal )?year{_E}", this_year),
    ("latest recent currently", rf"{_B}(?:latest|most recent|currently){_E}", latest(Grain.ANY)),
    (
        "quarter q",
        rf"{_B}(?:the )?(?P<q>first|second|third|fourth|1st|2nd|3rd|4th)[- ]quarter{_E}"
        rf"|{_B}q(?P<q2>[1-4]){_E}",
        lambda s, m: bare_part(f"Q{NTH.get(m['q'] or '') or m['q2']}")(s, m),
    ),
    ("half", rf"{_B}(?:the )?first half{_E}", bare_part("H1")),
    ("half", rf"{_B}(?:the )?second half{_E}", bare_part("H2")),
    ("months", rf"{_B}(?:the )?(?:first )?(?:nine|9) months{_E}", bare_part("9M")),
    ("year", rf"{_B}(?:the )?(?:full|whole) year{_E}", bare_part("FY")),
    (
        "19 20",
        r"(?<![a-z0-9$.,€£¥])(?P<y>(?:19|20)\d\d)(?![\d%]|,\d| ?(?:million|billion|thousand|bps)"
        r"|\.\d)",
        fiscal_year,
    ),
)


_YZ = r"(?<!\d)(?P<y>(?:19|20)\d\d|\d\d(?=年|财年)|[零〇一二三四五六七八九]{4})"
_YZ1 = r"(?<!\d)(?P<y1>(?:19|20)\d\d|[零〇一二三四五六七八九]{4})"
_YZ2 = r"(?P<y2>(?:19|20)\d\d|[零〇一二三四五六七八九]{4})(?!\d)"
_NEAR = r"(?:年度?|财年|会计年度)?(?:的|,| )?"
_NZ = r"(?P<n>\d{1,2}|[一二两三四五六七八九十几])"


RULES_ZH = _rules(
    ("月", rf"{_YZ}年(?P<m>\d{{1,2}})月(?:(?P<d>\d{{1,2}})日|[末底])", on_day_zh),
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
    ("前年", r"前年", back(years=2)),
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


def periods_find(text: str, *, chinese: bool) -> PeriodsFound:
    """The periods of a question; `text` in the plain spelling."""
    scan = Scan(text)
    if chinese:
        scan.run(RULES_ZH)
    if not chinese or _LATIN.search(scan.text):
        scan.run(RULES_EN)
    scan.found.stated.sort(key=lambda one: (one.start, one.asked.named or FiscalPeriod(1)))
    _share_parts(scan.found, text)
    _to_date(scan.found, text)
    return scan.found


_TO_DATE = re.compile(r"\bytd\b|\byear[- ]to[- ]date\b|累计(?!折旧|摊销|其他)|年初至今")


def _to_date(found: PeriodsFound, text: str) -> None:
    """Of one quarter with the words for it, the year up to its end is meant."""
    if len(found.stated) == 1 and _TO_DATE.search(text):
        (one,) = found.stated
        if one.asked.named and not one.asked.named.trailing:
            named = one.asked.named.to_date
            found.stated[0] = Stated(one.start, one.end, replace(one.asked, named=named))


_LATIN = re.compile(r"[a-z]")
_JOINED = re.compile(r"^\s*(?:年度?)?\s*(?:和|与|及|以及|,|、|/|vs\.?|versus|and|to|至|到|-|年)+\s*$")


def _share_parts(found: PeriodsFound, text: str) -> None:
    """Give "2021 and 2022 Q3" the quarter twice: a year joined to a part of a year means the same part."""
    stated = found.stated
    for at in range(len(stated) - 1):
        one, other = stated[at], stated[at + 1]
        bare, part = one.asked.named, other.asked.named
        joined = _JOINED.match(text[one.end : other.start])
        if (
            bare
            and part
            and bare.part == "FY"
            and part.part != "FY"
            and joined
            and "fy" not in one.asked.words
        ):
            named = replace(part, year=bare.year)
            stated[at] = Stated(one.start, one.end, replace(one.asked, named=named))


def stated_periods(found: PeriodsFound) -> Iterator[AskedPeriod]:
    """The periods as read, each once."""
    seen: set[tuple[object, object, object]] = set()
    for one in found.stated:
        identity = (one.asked.named, one.asked.latest, one.asked.dates)
        if identity not in seen:
            seen.add(identity)
            yield one.asked
