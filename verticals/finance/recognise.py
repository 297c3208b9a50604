"""What a company report says of itself on its first pages: company, form and period."""

import re
from typing import Any

from collegium.sdk.parsing import ParsedDocument

COVER_PAGES = 3
COVER_CHARS = 6000
WEEK_OVER = 7

_SEC_FORM = re.compile(r"\bform\s+(10-?K|10-?Q|8-?K|20-?F|40-?F|6-?K)\b", re.IGNORECASE)
_NAME_FORM = re.compile(r"(?<![A-Za-z0-9])(10-?K|10-?Q|8-?K|20-?F)(?![A-Za-z0-9])", re.IGNORECASE)
_WORD_FORMS = (
    (
        "half-year report",
        re.compile(r"half[- ]year(?:ly)? report|interim report|半年度报告|中期报告", re.IGNORECASE),
    ),
    (
        "quarterly report",
        re.compile(r"quarterly report|第?[一二三四1-4]季度报告|季度报告|季报", re.IGNORECASE),
    ),
    ("annual report", re.compile(r"annual report|年度报告|年报", re.IGNORECASE)),
    (
        "earnings release",
        re.compile(r"earnings (?:release|call)|(?:quarter|full[- ]year) results", re.IGNORECASE),
    ),
)
MONTHS = {
    name: number
    for number, name in enumerate(
        ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
         "november", "december"), 1)
}  # fmt: skip
MONTH = "|".join(MONTHS)
_ENDED = re.compile(
    r"(?:fiscal year|year|quarterly period|quarter|three months|six months|nine months)\s+ended:?\s+"
    rf"(?:(?P<m1>{MONTH})\s+(?P<d1>\d{{1,2}}),?\s+(?P<y1>\d{{4}})|(?P<d2>\d{{1,2}})\s+(?P<m2>{MONTH})\s+(?P<y2>\d{{4}}))",
    re.IGNORECASE,
)
_QUARTER = re.compile(
    r"\b(first|second|third|fourth)[- ]quarter(?:\s+of)?(?:\s+fiscal)?\s+(20\d{2})", re.IGNORECASE
)
_QUARTER_ZH = re.compile(r"(20\d{2})\s*年\s*第?([一二三四1-4])季度")
_YEAR_ZH = re.compile(r"(20\d{2})\s*年\s*(?:年度|半年度)")
_YEAR_TITLE = re.compile(
    r"annual report[^\n\d]{0,20}(20\d{2})|(20\d{2})[^\n\d]{0,12}annual report", re.IGNORECASE
)
_FILE = re.compile(r"(?<!\d)(20\d{2})(?:[-_ ]?Q([1-4]))?(?!\d)", re.IGNORECASE)
_FILE_COMPANY = re.compile(r"^([A-Z][A-Z0-9&]{1,24})_(?:20\d{2})", re.ASCII)
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "一": 1, "二": 2, "三": 3, "四": 4}
_REGISTRANT = re.compile(r"([^\n]{3,90})\n[^\n]{0,3}\(?\s*exact name of (?:the )?registrant", re.IGNORECASE)
_COMPANY = re.compile(
    r"^\W*((?:[A-Z][\w&.,'’-]*\s+){1,5}(?:plc|Plc|PLC|Inc|Incorporated|Corp|Corporation|Company|Ltd|Limited|LLC|N\.V|SE"
    r"|AG|S\.A|Holdings|Group)\b\.?)"
)
_REPORTING = re.compile(  # the headline of an announcement
    r"^\W*((?:[A-Z][\w&.,'’-]*\s+){1,5}?)(?:[Rr]eports?|REPORTS?|[Aa]nnounces?|ANNOUNCES?)\b"
)
_COMPANY_ZH = re.compile(r"^\s*([\u4e00-\u9fff（）()]{2,24}?(?:股份有限公司|有限责任公司|有限公司|集团))")
_SHORT_ZH = re.compile(r"(?:公司|股票|证券)简称[：:\s]*([\u4e00-\u9fffA-Za-z*]{2,12})")
_TICKER = re.compile(
    r"\((?:NYSE|NASDAQ|Nasdaq|LSE)\s*:\s*([A-Z][A-Z.]{0,5})\)|(?:股票|证券)代码[：:\s]*(\d{5,6})"
)


def report_recognise(parsed: ParsedDocument, file_name: str) -> dict[str, Any]:
    """The metadata that the cover states; the file's name fills what the cover leaves open."""
    cover = cover_text(parsed)
    found: dict[str, Any] = {}
    if company := _company(cover, parsed.title, file_name):
        found["company"] = company
    if ticker := _TICKER.search(cover):
        found["ticker"] = ticker[1] or ticker[2]
    if form := _form(cover, file_name):
        found["form"] = form
    return found | _period(cover, file_name, found.get("form", ""))


def cover_text(parsed: ParsedDocument) -> str:
    """The text of the first pages, one block a line."""
    lines, length = [parsed.title], 0
    for block in parsed.blocks:
        if (block.page or 1) > COVER_PAGES or length > COVER_CHARS:
            break
        lines.append(block.text)
        length += len(block.text)
    return "\n".join(line for line in lines if line)[:COVER_CHARS]


def _company(cover: str, title: str, file_name: str) -> str:
    if registrant := _REGISTRANT.search(cover):
        return " ".join(registrant[1].split()).strip(" ,_-")
    for line in cover.splitlines()[:40]:
        if name := _COMPANY_ZH.match(line) or _COMPANY.match(line):
            return " ".join(name[1].split()).strip(" ,")
    if short := _SHORT_ZH.search(cover):
        return short[1]
    for line in cover.splitlines()[:40]:
        if name := _REPORTING.match(line):
            return " ".join(name[1].split()).strip(" ,")
    by_file = _FILE_COMPANY.match(file_name)
    return by_file[1] if by_file else ""


def _form(cover: str, file_name: str) -> str:
    if sec := _SEC_FORM.search(cover[:3000]):
        return _dashed(sec[1])
    name = file_name.replace("_", " ")
    if named := _NAME_FORM.search(name):
        return _dashed(named[1])
    places = (
        (pattern.search(text), form)
        for text in (cover[:1500], name.replace("-", " "))
        for form, pattern in _WORD_FORMS
    )
    found = next((form for match, form in places if match), "")
    return found or ("earnings release" if re.search(r"\bearnings\b", name, re.IGNORECASE) else "")


def _dashed(form: str) -> str:
    plain = form.upper().replace("-", "")
    return f"{plain[:-1]}-{plain[-1]}"


def _period(cover: str, file_name: str, form: str) -> dict[str, Any]:
    """`period` (FY2023, 2023Q3, 2023H1) and `fiscal_year`, where they are stated."""
    quarter = 0
    year = 0
    if stated := _QUARTER_ZH.search(cover):
        year, quarter = int(stated[1]), _nth(stated[2])
    elif form in {"10-Q", "quarterly report", "earnings release"} and (stated := _QUARTER.search(cover)):
        year, quarter = int(stated[2]), _nth(stated[1].lower())
    elif ended := _ENDED.search(cover):
        month = MONTHS[(ended["m1"] or ended["m2"]).lower()]
        year = int(ended["y1"] or ended["y2"])
        by_name = _FILE.search(file_name)
        if form in {"10-Q", "quarterly report"}:
            year, quarter = _quarter_ended(year, month, int(ended["d1"] or ended["d2"]), by_name)
        if month <= 2 and by_name and int(by_name[1]) == year - 1:
            year -= 1  # a year of 52 weeks that ends in January is named for the year before
    elif stated := _YEAR_ZH.search(cover) or _YEAR_TITLE.search(cover):
        year = int(next(group for group in stated.groups() if group))
    elif stated := _FILE.search(file_name):
        year, quarter = int(stated[1]), int(stated[2] or 0)
    if not year:
        return {}
    if quarter:
        return {"fiscal_year": year, "period": f"{year}Q{quarter}"}
    return {"fiscal_year": year, "period": f"{year}H1" if form == "half-year report" else f"FY{year}"}


def _quarter_ended(year: int, month: int, day: int, by_name: re.Match[str] | None) -> tuple[int, int]:
    """The quarter that a day ends. Only the file's name tells a fiscal one that is not the calendar's."""
    if by_name and by_name[2] and abs(int(by_name[1]) - year) <= 1:
        return int(by_name[1]), int(by_name[2])
    month -= day <= WEEK_OVER  # a quarter of 13 weeks may end in the first days of the month after
    return (year, (month + 2) // 3) if month else (year - 1, 4)


def _nth(word: str) -> int:
    return int(word) if word.isdigit() else _NTH[word]
