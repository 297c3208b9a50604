"""Recognisers of postal addresses in English and Chinese, by their parts and by the words before them."""

import re
from collections.abc import Iterable

from verticals.medical.deidentify.address_parts import (
    addresses_by_country,
    addresses_by_end,
    addresses_widened,
)
from verticals.medical.deidentify.span import PatternRule, Span
from verticals.medical.deidentify.street_small import capitals_given
from verticals.medical.deidentify.street_words import (
    FOREIGN_WORD_SMALL,
    SMALL_WORD,
    WORD_AFTER,
    WORD_AFTER_SURE,
)
from verticals.medical.deidentify.streets import streets_find
from verticals.medical.deidentify.town_codes import TOWN_RULES, place_named

_CUE = re.compile(
    r"\b(?:lives? (?:alone |together )?(?:at|on|in)|living (?:at|on)|resid(?:es|ing) (?:at|on)"
    r"|resident (?:of|at)"
    r"|moved to|located (?:at|on)|delivered to|(?:home |new |my |postal |mailing |their )?address(?:es)?"
    r"(?: (?:is|was|are)|\s*:)|addressed to|ship(?:ped)? to|send (?:it |them |one )?to|return (?:it )?to"
    r"|meet (?:me )?at"
    r"|drops you off at|deliver(?:ed)? to|(?<=, )of"
    r"|(?<=[a-z] )of(?= \d{1,5}[A-Za-z]?,? [A-ZÀ-Þ][a-z]))[ :]\s*"
    r"(?P<id>(?:[^.;?!\n]|\.(?!\s+[A-Z][a-z]{2}|\s{2}|\s*$|\n)"
    # on its own line, or on one of the next two, there is a number
    r"|\n(?=(?:[\w ,.'’-]{0,30}\n){0,2}\s*[\w ]{0,30}\d)){4,120})",
    re.IGNORECASE,
)
_CUE_END = re.compile(
    r"(?<=[\w.)])(?:,? (?:on|by|since|last|with|where|who|which|and (?!the corner)(?:sees|has|is|was|his"
    r"|her)|in case|for a"
    r"|because|please|tel|phone|but|until|after|before|from)\b| \(|\s[-–] ).*",
    re.IGNORECASE | re.DOTALL,
)


# What follows "and" in "the corner of 9 Hill Street and R. do Chinquilho".
_CORNER_WORD = r"(?:[^\W\d_a-zß-ÿ][\w'’-]{0,3}\.(?= )|[^\W\d_a-zß-ÿ][\w'’./-]*(?<!\.)|\d[\w/-]*)"
_CORNER_SMALL = f"(?:{SMALL_WORD}|{WORD_AFTER}|{WORD_AFTER_SURE}|{FOREIGN_WORD_SMALL})"

ADDRESS_RULES: tuple[PatternRule, ...] = (
    PatternRule(
        "address",
        "address.military",
        re.compile(
            r"(?i:(?:unit|psc|uss|usns|uscgc|usnv"
            r"|cmr)\b[^\n]{1,40}?(?:,? box \d+)?),?\s*\n?\s*(?i:[DAF]PO),? (?i:A[AEP])\b(?: \d{5})?"
        ),
        0.9,
    ),
    PatternRule(
        "address",
        "address.corner",
        re.compile(
            r"[Tt]he corner of (?=[^\n]{0,80}?[A-ZÀ-Þ\d])(?:[^.?!\n]|\.(?=[\w ])){3,60}? and "
            rf"(?:{_CORNER_SMALL} )*"
            rf"{_CORNER_WORD}(?:(?:,(?= \d))? (?:{_CORNER_WORD}|{_CORNER_SMALL}))*"
        ),
        0.85,
    ),
    PatternRule(
        "address",
        "address.corner_small",
        re.compile(
            r"the corner of [\w '’.,/-]{3,60}? and [\w'’/-]+\.?(?:,? [\w'’/-]+){0,5}(?=\s*(?:$|[\n.,;?!]))"
        ),
        0.8,
        lambda part: any(one.isdigit() for one in part) or place_named(part),
    ),
    PatternRule(
        "address",
        "address.zip_zh",
        re.compile(
            r"邮(?:政编码|编)\s*[:：为是]?\s*(?P<id>\d{6})"
            r"(?!\d)"
        ),
        0.95,
    ),
)

_PROVINCES = (
    "北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东"
    "|海南|四川|贵州|云南|陕西|甘肃"
    "|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
)
_HAN = r"一-鿿"
_LEVEL = (
    rf"[{_HAN}]{{1,9}}?(?:省|市|区|县|旗|州|盟|镇|乡|街道|村|社区|小区|花园|新村|路|大街|街|大道|巷"
    rf"|胡同|弄|里|苑|园)"
)
_HOUSE = (
    r"(?:附?[0-9A-Za-z一二三四五六七八九十]+(?:-\d+)*(?:号楼|号院|号|弄|栋|幢|座|楼|单元|室|层|组|队|户"
    r"|门|段)?(?:附\d+号)?"
    r"|[东西南北中]段)"
)
_CHINESE = (
    re.compile(
        rf"(?:{_PROVINCES})(?:省|市|壮族自治区|回族自治区|维吾尔自治区|自治区"
        rf"|特别行政区)?(?:{_LEVEL})+(?:{_HOUSE})*"
    ),
    re.compile(rf"(?<![{_HAN}])(?!现住|家住|住|位于|独居|同住|转|患者)(?:{_LEVEL}){{2,6}}(?:{_HOUSE})+"),
)
_CUE_ZH = re.compile(
    r"(?:住址|地址|家住|现住|居住[在于地]?|住在|住于|暂住|同住于|独居于|籍贯|户籍所在地|户口所在地|户籍"
    r"|出生地|寄[往至到]|送[往至到]|[，。；、]住)"
    rf"\s*[为是]?[:：]?\s*(?P<id>[{_HAN}0-9A-Za-z（）()\-—#]{{4,60}})"
)
_ADDRESS_ZH = re.compile(r"[省市区县镇乡村路街巷弄号栋幢室组]")
_NO_ADDRESS = re.compile(r"(?:院|室|科|病房|ICU|急诊)$|医院")


def addresses_find(text: str) -> list[Span]:
    """Addresses by their parts, and what follows words such as "lives at" where a number is in it."""
    return addresses_widened(capitals_given(text), list(_parts(text)))


def _parts(text: str) -> Iterable[Span]:
    yield from streets_find(text)
    given = capitals_given(text)
    yield from addresses_by_end(given)
    yield from addresses_by_country(given)
    for rule in ADDRESS_RULES:
        yield from rule.spans(text)
    for rule in TOWN_RULES:
        yield from rule.spans(given)
    for match in _CUE.finditer(text):
        part = _CUE_END.sub("", match["id"]).rstrip(" ,.")
        start = match.start("id")
        if not text.islower():
            part = re.sub(r"(?:[ ,]+[a-z]+)+$", "", part)
            lead = re.match(r"(?:[a-z]+ )*", part)
            start += len(lead[0]) if lead else 0
            part = part[len(lead[0]) :] if lead else part
        if any(one.isdigit() for one in part) and len(part) > 5 and place_named(part):
            yield Span(start, start + len(part), "address", "address.cue", 0.7)
    for pattern in _CHINESE:
        for match in pattern.finditer(text):
            if re.search(r"\d|[一二三四五六七八九十]+[号组]|[区县镇乡村路街]$", match[0]):
                yield Span(match.start(), match.end(), "address", "address.zh", 0.88)
    for match in _CUE_ZH.finditer(text):
        part = re.split(r"[，。；]|邮编|手机|电话|联系", match["id"])[0]
        if len(_ADDRESS_ZH.findall(part)) >= 2 and not _NO_ADDRESS.search(part):
            yield Span(match.start("id"), match.start("id") + len(part), "address", "address.cue_zh", 0.9)
