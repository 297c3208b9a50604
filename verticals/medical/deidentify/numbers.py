"""Recognisers of numbers and network addresses: by form and check digits, or by the label before them."""

import ipaddress
import re

from verticals.medical.deidentify.checksums import (
    digits_of,
    iban_valid,
    luhn_valid,
    nhs_valid,
    resident_valid,
    ssn_valid,
)
from verticals.medical.deidentify.span import PatternRule

# Chinese characters are word characters too, so \b does not part them from digits.
START, END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_SIGNS = r"(?P<id>[A-Za-z0-9]+(?:[-/._][A-Za-z0-9]+)*(?: \d{2,}(?![.\d]*\s?(?:mg|g|ml|mm|cm|%)))*)"
_PLATE_REGIONS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_EXTENSION = r"(?:\s*(?:ext\.?|extension|x|转|分机)\s*\d{1,6})?"
_TLDS = (
    "com|org|net|edu|gov|mil|int|info|biz|io|co|me|app|dev|health|clinic|cn|uk|de|fr|it|es|pt|nl|be|ch"
    "|at|se|no|dk"
    "|fi|is|pl|cz|sk|hu|ro|bg|gr|hr|rs|si|lt|lv|ee|ru|ua|tr|il|ae|in|jp|kr|tw|hk|sg|my|th|vn|au|nz|ca|us"
    "|mx|br|ar"
    "|cl|za|ng|ke|eg|ie|lu|cy|mt|eu"
)
_PHONE_WORDS = (
    r"phone|telephone|tel|mobile|cell|fax|call(?:ed)?(?: (?:me|us|him|her|them|back))?(?: (?:at|on))?"
    r"|ring|dial|pager"
    r"|bleep|whatsapp|text(?:ed)?|reach(?:ed)? (?:at|on)|contact|helpline|registered"
    r"|联系电话|电话|手机|手机号码?|联系方式|传真|拨打|致电|座机|热线|微信"
)
_LABELS = {
    "record": (
        r"MRN|MR|URN|UHID|medical record|health record|hospital|hosp|chart|case|patient|subject"
        r"|participant|screening"
        r"|record|accession|acc|specimen|sample|order|visit|encounter|study|file|NHS|CHI|passport|NPI"
        r"|DEA|licen[cs]e"
        r"|driver'?s? licen[cs]e|certificate|badge|employee|student|reference|ref",
        r"住院|病案|病历|门诊|登记|就诊|检查|影像|筛选|受试者|检验|标本|条码|样本|申请单?|放射|超声|病理"
        r"|档案|健康档案|患者"
        r"|护照|驾驶证|执业证书?|工|学|挂号|处方|报告|流水|急诊|证件|军官证|编",
    ),
    "device": (
        r"serial|lot/serial|S/N|SN|device|implant|pump|pacemaker|generator|UDI|IMEI|MAC address|lot"
        r"|batch|equipment",
        r"(?:产品)?序列|设备|仪器|器械|出厂|批|机身|产品|(?:[一-鿿]{1,4}(?:仪|机|器|泵))",
    ),
    "insurance": (
        r"policy|insurance|member|subscriber|medicare|medicaid|beneficiary|health plan|group|payer",
        r"医保卡?|社保卡?|社会保障卡?|医疗保险|保险单?|保单|参保|新农合",
    ),
    "account": (
        r"account|acct|a/c|sort code|billing|invoice",
        r"账|帐|账户|银行账|开户账|银行账户|发票|缴费单",
    ),
}


def _spaced_digits(text: str) -> bool:
    return 7 <= len(digits_of(text)) <= 16


def _address_valid(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _number_like(text: str) -> bool:
    return len(digits_of(text)) >= 3


def _identity_like(text: str) -> bool:
    return len(text) in (15, 18)


def _english_label(words: str, gap: str) -> str:
    """A label in English with a word for number or a colon after it: "patient 12" is no record number."""
    named = r"\s*(?:\(?(?:no|nr|number|id|identifier|code|card)\b\.?\)?|[№#])+\s*(?:is|was)?\s*[:：#=]*\s*"
    return rf"(?<![A-Za-z])(?:{words})(?:{named}|{gap})"


def _labelled(kind: str) -> list[PatternRule]:
    english, chinese = _LABELS[kind]
    return [
        PatternRule(
            kind,
            f"{kind}.label",
            re.compile(
                _english_label(english, r"\s*[:：#=]\s*|\s+(?=[A-Z]{0,3}-?\d{5}|[A-Z]{1,4}-?\d{3})") + _SIGNS,
                re.IGNORECASE,
            ),
            0.9,
            _number_like,
        ),
        PatternRule(
            kind,
            f"{kind}.label_zh",
            re.compile(rf"(?:{chinese})(?:编?号码?|编码|ID|证号?)\s*(?:为|是)?\s*[:：]?\s*{_SIGNS}"),
            0.9,
            _number_like,
        ),
    ]


def _rule(kind: str, name: str, pattern: str, score: float, **more: object) -> PatternRule:
    return PatternRule(kind, f"{kind}.{name}", re.compile(pattern, re.IGNORECASE), score, **more)  # type: ignore[arg-type]


_URL_REST = r"[A-Za-z0-9\-._~:/?#\[\]@!$&*+,;=%]*[A-Za-z0-9/#=&~\-]"
NUMBER_RULES: tuple[PatternRule, ...] = (
    _rule("email", "form", r"[a-z0-9À-ɏ._%+'-]{0,80}[a-z0-9À-ɏ_%+-]@[a-z0-9À-ɏ-]+(?:\.[a-z0-9-]+)+", 0.99),
    _rule("url", "scheme", rf"(?:https?|ftp)://{_URL_REST}", 0.98),
    _rule("url", "www", rf"{START}www\.{_URL_REST}", 0.98),
    _rule(
        "url",
        "domain",
        rf"(?<![@\w.-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:{_TLDS})(?![a-z0-9-])(?:/{_URL_REST})?",
        0.7,
    ),
    _rule("ip", "v4", rf"{START}(?<![\d]\.)\d{{1,3}}(?:\.\d{{1,3}}){{3}}{END}"
        rf"(?!\.\d)", 0.95, check=_address_valid),
    _rule("ip", "v6", r"(?<![0-9A-Za-z:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}"
        r"(?![0-9A-Za-z:])", 0.95, check=_address_valid),
    _rule("resident", "checksum", rf"{START}\d{{17}}[\dX]{END}", 0.99, check=resident_valid),
    _rule("resident", "label", rf"身份证(?:件)?(?:号码?"
        rf"|编号)?\s*[为是]?[:：]?\s*(?P<id>[\dX*]{{15,18}}){END}", 0.97,
          check=_identity_like),
    _rule("ssn", "form", rf"{START}\d{{3}}-\d{{2}}-\d{{4}}{END}", 0.93, check=ssn_valid),
    _rule("ssn", "label", rf"(?:\bSSN|social security)[^\d\n]{{0,20}}"
        rf"(?P<id>\d{{3}}[- ]?\d{{2}}[- ]?\d{{4}}){END}", 0.97),
    _rule("card", "luhn", rf"{START}\d(?:[ -]?\d){{11,18}}{END}", 0.96, check=luhn_valid),
    _rule("card", "label",
          rf"(?:\bcards?\b|\bcc\b|visa|mastercard|amex|银行卡"
          rf"|卡号)[^\d\n]{{0,20}}(?P<id>\d(?:[ -]?\d){{11,18}}){END}", 0.94),
    _rule("iban", "checksum", rf"{START}[A-Z]{{2}}\d{{2}}(?:[A-Z0-9]{{11,30}}"
        rf"|(?: [A-Z0-9]{{4}}){{2,7}}(?: [A-Z0-9]{{1,4}})?){END}",
          0.98, check=iban_valid),
    _rule("record", "nhs", rf"{START}\d{{3}}[ -]?\d{{3}}[ -]?\d{{4}}{END}", 0.8, check=nhs_valid),
    _rule("record", "nhs_label", rf"\bNHS\b[^\d\n]{{0,15}}"
        rf"(?P<id>\d{{3}}[ -]?\d{{3}}[ -]?\d{{4}}){END}", 0.97),
    _rule("phone", "international", rf"(?<![\w+])(?:\+"
        rf"|00)\d{{1,3}}(?:[ .-]?\(?\d{{1,5}}\)?){{2,6}}{END}{_EXTENSION}", 0.9,
          check=_spaced_digits),
    _rule("phone", "area", rf"(?<!\w)\(0?\d{{2,5}}\)\s?\d{{3,4}}[ .-]?\d{{3,5}}{END}{_EXTENSION}", 0.9),
    _rule("phone", "american", rf"{START}(?:1[ .-])?\d{{3}}([-.])\d{{3}}\1\d{{4}}{END}{_EXTENSION}", 0.9),
    _rule("phone", "national", rf"{START}0\d{{2,4}}"
        rf"(?:[ .-]\d{{2,6}}){{1,4}}{END}{_EXTENSION}", 0.75, check=_spaced_digits),
    _rule("phone", "mobile_zh", rf"{START}(?:86[- ]?)?1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}{END}", 0.92),
    _rule("phone", "landline_zh", rf"{START}0\d{{2,3}}[- ]?\d{{7,8}}{END}{_EXTENSION}", 0.85),
    _rule("phone", "label",
          rf"(?:{_PHONE_WORDS})\W{{0,3}}(?:号码?|no\.?|number|is|at|on|to|[:：]"
          rf"|\s)*(?P<id>[+(]?\d[\d ().-]{{5,20}}\d{{2}}{_EXTENSION}){END}",
          0.88, check=_spaced_digits),
    _rule("plate", "zh", rf"[{_PLATE_REGIONS}][A-Z]\s?[·・•.]?\s?"
        rf"(?:[A-Z0-9]{{4,6}}[挂学警港澳]?){END}", 0.95),
    PatternRule("plate", "plate.british", re.compile(rf"{START}[A-Z]{{2}}\d{{2}}\s?[A-Z]{{3}}{END}"), 0.85),
    PatternRule(
        "plate",
        "plate.label",
        re.compile(
            r"(?i:\b(?:registration|reg|number plate|plate|licen[cs]e plate|vehicle|car|tag)\b)"
            r"(?i:\s*(?:no\.?|number|plate|is|was|with|#|:))*\s*"
            rf"(?P<id>(?=[A-Z-]*\d)[A-Z0-9]{{2,4}}[- ]?[A-Z0-9]{{2,5}}){END}"
        ),
        0.85,
        lambda text: any(one.isalpha() for one in text) and bool(digits_of(text)),
    ),
    *(rule for kind in _LABELS for rule in _labelled(kind)),
)  # fmt: skip
