"""Periods in English questions: patterns from the most to the least specific."""

from verticals.finance.metrics.periods import FiscalPeriod
from verticals.finance.questions.period_dates import (
    in_month,
    months_between,
    months_to,
    on_day,
    on_month_end,
    period_ended,
)
from verticals.finance.questions.period_named import (
    bare_part,
    calendar_year,
    first_months,
    fiscal_year,
    half_of_year,
    part_of_year,
    quarter_of_year,
    trailing_to,
    years_range,
)
from verticals.finance.questions.period_relative import (
    back,
    back_count,
    latest,
    latest_count,
    since_year,
    this_year,
    trailing_months,
)
from verticals.finance.questions.period_scan import MONTHS, NTH, rules, year_number
from verticals.finance.questions.query import Grain

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
_MONTH_NEEDS = "jan feb mar apr may jun jul aug sep oct nov dec"
_MON = rf"(?P<mon>{_MONTH})\.?,?"
_YEAR = r"(?P<y>(?:19|20)\d\d)(?!\d)"
_B, _E = r"(?<![a-z0-9])", r"(?![a-z0-9])"
RULES_EN = rules(
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
    (f"{_MONTH_NEEDS} / -", rf"{_B}{_DATE}", on_day),
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
        "month end",
        rf"{_B}(?:(?P<len>three|six|nine|twelve|3|6|9|12)[- ]months?(?: period)?|(?:fiscal )?(?P<unit>year"
        rf"|quarter|half[- ]year|half)) (?:ended|ending|to|through) (?:the end of )?{_MON} {_YEAR}",
        months_to,
    ),
    ("quarter", rf"{_B}(?:the )?{_MON} {_YEAR} (?P<len>quarter){_E}", months_to),
    ("quarter", rf"{_B}(?:the )?{_MON} (?P<len>quarter) (?:of |in )?{_YEAR}", months_to),
    (
        _MONTH_NEEDS,
        rf"{_B}(?:from |between )?(?P<mon1>{_MONTH})\.?(?:,? (?P<y1>(?:19|20)\d\d))?"
        rf"(?: ?- ?| (?:to|through|and|until) ){_MON} {_YEAR}",
        months_between,
    ),
    (
        _MONTH_NEEDS,
        rf"{_B}(?:(?:as (?:of|at)|at|by|on)(?: the)?(?: end of| close of)?|(?:the )?end of"
        rf"|(?:period )?(?:ended|ending)) {_MON} (?:of )?{_YEAR}",
        on_month_end,
    ),
    (_MONTH_NEEDS, rf"{_B}(?:the month of )?(?P<m>{_MONTH})\.?,? (?:of |in )?{_YEAR}", in_month),
    ("- /", r"(?<![\d/.-])(?P<y>(?:19|20)\d\d)[-/](?P<m>0[1-9]|1[0-2])(?![\d/-])", in_month),
    ("/", r"(?<![\d/.-])(?P<m>0?[1-9]|1[0-2])/(?P<y>(?:19|20)\d\d)(?![\d/-])", in_month),
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
        "before last",
        rf"{_B}(?:the )?year before last{_E}",
        back(years=2),
    ),
    ("before last", rf"{_B}(?:the )?quarter before last{_E}", back(quarters=2)),
    (
        "ago before earlier prior back",
        rf"{_B}(?P<against>(?:than|since|from|with|to|against|versus|vs\.?) )?{_NUM} (?:fiscal |financial )*"
        rf"(?P<unit>years?|quarters?) (?:ago|before|earlier|prior|back){_E}",
        back_count,
    ),
    ("quarter", rf"{_B}(?:a|one) quarter (?:ago|earlier){_E}", back(quarters=1)),
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
