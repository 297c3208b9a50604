"""Recognisers of postal addresses in English and Chinese, by their parts and by the words before them."""

import re
from collections.abc import Iterable

from verticals.medical.deidentify.span import PatternRule, Span

_SUFFIX = (
    "Street|St|Road|Rd|Avenue|Ave|Av|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Crescent|Cres|Terrace|Ter"
    "|Place|Pl"
    "|Square|Sq|Way|Close|Grove|Parade|Pde|Highway|Hwy|Parkway|Pkwy|Row|Mews|Quay|Hill|Gardens|Park|Path"
    "|Trail|Trl"
    "|Circle|Cir|Loop|Alley|Esplanade|Rise|Walk|Wharf|Turnpike|Plaza|View|Green|Heights|Bypass|Expressway"
)
_FOREIGN = (
    r"\w*(?:straße|strasse|straat|gatan|gata|gade|gränd|vägen|veien|vegen|vej|weg|gasse|platz|allee|laan"
    r"|katu|tie|utca"
    r"|terrasse|stræti|ulice|nagar|allika)|(?:rue|avenue|via|viale|calle|rua|ulica|ul\.|plaza|piazza|avenida)"
)
_WORD = r"[^\W\d_][\w'’.-]*"
_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC"
    "|ND|OH|OK|OR"
    "|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC|PR|AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT|NSW|VIC|QLD|TAS|ACT"
)
UK_POSTCODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"
_UNIT = r"(?:Flat|Unit|Apt\.?|Apartment|Suite|Ste\.?|Room|Rm\.?|Floor|Box|#)\s*[\w-]+"
_CODE = rf"(?:{UK_POSTCODE}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{{4,6}}(?:-\d{{4}})?|\d{{3}} \d{{2}})"
_BREAK = r"(?:\s*,\s*|\s*\n\s*|\s+)"
_TOWN = r"[^\W\d_][\w'’.-]*(?:[ -][^\W\d_a-zß-ÿ][\w'’.-]*){0,4}"
# After the street: unit, town, state, country and code; each part may stand on a line of its own.
_TAIL = (
    rf"(?:{_BREAK}(?i:{_UNIT}))*"
    rf"(?:{_BREAK}(?:{_TOWN}\s*,\s*)?(?:{_TOWN}{_BREAK})??(?:(?:{_STATES})\b\.?{_BREAK})?"
    rf"(?:[^\W\d_][\w'’.-]*(?: [^\W\d_][\w'’.-]*){{0,2}}{_BREAK})?{_CODE}(?![\w/])"
    rf"|\s*,\s*{_TOWN}(?:\s*,\s*(?:{_STATES})\b)?(?=[.,;)\n]|$))?"
)
_NUMBER = r"(?<![\w.])(?:(?:No\.? ?)?\d{1,5}(?:[-/]\d{1,4})?[A-Za-z]?)"

_CUE = re.compile(
    r"\b(?:lives? (?:alone |together )?(?:at|on|in)|living (?:at|on)|resid(?:es|ing) (?:at|on)"
    r"|resident (?:of|at)"
    r"|moved to|located (?:at|on)|delivered to|(?:home |new |my |postal |mailing |their )?address(?:es)?"
    r"(?: (?:is|was|are)|\s*:)|addressed to|ship(?:ped)? to|send (?:it |them |one )?to|return (?:it )?to"
    r"|meet (?:me )?at"
    r"|drops you off at|deliver(?:ed)? to|(?<=, )of|(?<=[a-z] )of(?= \d))[ :]\s*"
    r"(?P<id>(?:[^.;?!\n]|\.(?! [A-Z][a-z]{2}|\s*$|\n)|\n(?=\s*[\w ]{0,30}\d)){4,120})",
    re.IGNORECASE,
)
_CUE_END = re.compile(
    r"(?<=[\w.)])(?:,? (?:on|by|since|last|with|where|who|which|and (?!the corner)(?:sees|has|is|was|his"
    r"|her)|in case|for a"
    r"|because|please|tel|phone|but|until|after|before|from)\b| \(|\s[-–] ).*",
    re.IGNORECASE | re.DOTALL,
)

# Between two numbers these tell of a sentence: "mg on 26 July".
_SENTENCE_WORDS = re.compile(
    r"^\d+ (?:\w+ )*?(?:on|at|of|in|for|to|and|mg|ml|with|by|was|is|or|from|units?)\b", re.IGNORECASE
)
ADDRESS_RULES: tuple[PatternRule, ...] = (
    PatternRule(
        "address",
        "address.street",
        re.compile(
            rf"(?:(?i:{_UNIT}),?\s+)?{_NUMBER},? (?:\d{{1,5}} )?(?:[NSEW]{{1,2}}\.? )?"
            rf"(?:{_WORD} ){{1,4}}?(?:{_SUFFIX})\b\.?"
            rf"(?: [NSEW]{{1,2}}\b)?{_TAIL}"
        ),
        0.88,
    ),
    PatternRule(
        "address",
        "address.street_lower",
        re.compile(
            r"(?<![\w.])\d{1,5} (?:\d{1,5} )?(?:[a-z]+ ){1,3}(?:street|road|avenue|lane|drive|boulevard"
            r"|court|crescent)\b"
        ),
        0.6,
    ),
    PatternRule(
        "address",
        "address.number_after",
        re.compile(
            rf"(?<![\w.])(?<!\d[ -])\d{{4,5}} (?:{_WORD} ){{1,4}}?\d{{1,4}}[A-Za-z]?(?![\w/.:]|\.\d){_TAIL}",
            re.IGNORECASE,
        ),
        0.6,
        lambda text: not _SENTENCE_WORDS.search(text),
    ),
    PatternRule(
        "address",
        "address.foreign",
        re.compile(
            rf"(?:{_NUMBER} )?(?<!\w)(?:{_FOREIGN}) (?:{_WORD} ){{0,3}}?\d{{1,4}}[a-z]?"
            rf"(?![\w.]){_TAIL}",
            re.IGNORECASE,
        ),
        0.6,
    ),
    PatternRule(
        "address",
        "address.box",
        re.compile(rf"(?i:(?:\bP\.? ?O\.? ?Box|Postbox|Unit \d+,? Box|PSC \d+,? Box)) \d+{_TAIL}"),
        0.88,
    ),
    PatternRule(
        "address",
        "address.military",
        re.compile(
            r"(?i:(?:unit|psc|uss|usns|uscgc|usnv"
            r"|cmr)\b[^,\n]{1,30}(?:,? box \d+)?)\s*\n?\s*(?i:[DAF]PO),? (?i:A[AEP]) \d{5}"
        ),
        0.9,
    ),
    PatternRule(
        "address",
        "address.corner",
        re.compile(
            r"the corner of [^.?!\n]{3,40}? and [A-Z][\w'’-]*"
            r"(?: [A-Z][\w'’-]*| \d+)*"
        ),
        0.85,
    ),
    PatternRule(
        "address",
        "address.town_code",
        re.compile(
            rf"[A-Z][a-z'’-]+(?: [A-Z][a-z'’-]+)*, "
            rf"(?:{_STATES}) \d{{5}}(?:-\d{{4}})?\b"
        ),
        0.8,
    ),
    PatternRule(
        "address",
        "address.uk_postcode",
        re.compile(
            rf"(?<![A-Z0-9]){UK_POSTCODE}"
            rf"(?![A-Z0-9])"
        ),
        0.7,
    ),
    PatternRule(
        "address",
        "address.zip",
        re.compile(
            r"(?i:\b(?:zip|post(?:al|code)?)(?: ?code)?)\b(?: is| was|:"
            r"|\W)*\s*(?P<id>(?=[A-Z ]*\d)[A-Z\d]{2,5}[ -]?[A-Z\d]{1,4})\b"
        ),
        0.8,
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
    re.compile(rf"(?<![{_HAN}])(?!现住|家住|住|位于|独居|同住|转|患者)(?:{_LEVEL}){{2,}}(?:{_HOUSE})+"),
)
_CUE_ZH = re.compile(
    r"(?:住址|地址|家住|现住|居住[在于地]?|住在|住于|暂住|同住于|独居于|籍贯|户籍所在地|户口所在地|户籍"
    r"|出生地|寄[往至到]|送[往至到]|[，。；、]住)"
    rf"\s*[为是]?[:：]?\s*(?P<id>[{_HAN}0-9A-Za-z（）()\-—#]{{4,60}})"
)
_ADDRESS_ZH = re.compile(r"[省市区县镇乡村路街巷弄号栋幢室组]")
_NO_ADDRESS = re.compile(r"(?:院|室|科|病房|ICU|急诊)$|医院")


def addresses_find(text: str) -> Iterable[Span]:
    """Addresses by their parts, and what follows words such as "lives at" where a number is in it."""
    for rule in ADDRESS_RULES:
        yield from rule.spans(text)
    for match in _CUE.finditer(text):
        part = _CUE_END.sub("", match["id"]).rstrip(" ,.")
        if any(one.isdigit() for one in part) and any(one.isalpha() for one in part) and len(part) > 5:
            yield Span(match.start("id"), match.start("id") + len(part), "address", "address.cue", 0.7)
    for pattern in _CHINESE:
        for match in pattern.finditer(text):
            if re.search(r"\d|[一二三四五六七八九十]+[号组]|[区县镇乡村路街]$", match[0]):
                yield Span(match.start(), match.end(), "address", "address.zh", 0.88)
    for match in _CUE_ZH.finditer(text):
        part = re.split(r"[，。；]|邮编|手机|电话|联系", match["id"])[0]
        if len(_ADDRESS_ZH.findall(part)) >= 2 and not _NO_ADDRESS.search(part):
            yield Span(match.start("id"), match.start("id") + len(part), "address", "address.cue_zh", 0.9)
