"""What shows that a text is on one patient: their name, number or day of birth behind its label.

It is stricter than the recognisers of de-identification: a guideline has authors, addresses and dates, too.
"""

import re

from verticals.medical.deidentify.numbers import NUMBER_RULES

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,7}\.?"
_SIGNS = (
    re.compile(
        r"(?:(?<![a-z])(?:patient(?:['’]s)?\s(?:full\s)?name|name\sof\s(?:the\s)?patient)\s{0,3}[:：]"
        r"|姓名\s?[:：])\s{0,9}[^\W\d_]",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<![a-z])(?:MRN|(?:medical\srecord|hospital|patient|chart|NHS)\s(?:number|no\.?|id))"
        r"\s{0,3}(?:[:：#]|is\s)?\s{0,9}[a-z]{0,4}[- ]?[0-9]{3}",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:病案|病历|住院|门诊|患者)(?:编号|号码?|ID)\s?[为是:：]?\s{0,9}[a-z]{0,4}-?[0-9]{3}",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?<![a-z])(?:date\sof\sbirth|birth\s?date|birthday|d\.?o\.?b\.?|born(?:\son)?)(?![a-z])\W{0,5}"
        rf"(?:[0-9]{{1,4}}\s?[-./]\s?[0-9]{{1,2}}|[0-9]{{1,2}}\.?\s{_MONTH}\s|{_MONTH}\s[0-9]{{1,2}}(?![0-9]))",
        re.IGNORECASE,
    ),
    re.compile(r"(?:出生(?:日期|年月日?|时间)?|生日|生于)\s?[为是于:：]?\s{0,9}[0-9]{4}\s?[-./年]"),
)
_PERSONAL_NUMBERS = tuple(rule for rule in NUMBER_RULES if rule.kind in ("ssn", "resident"))


def is_on_a_patient(text: str) -> bool:
    """Whether a text states the name, number, day of birth or personal identity number of a patient."""
    return any(sign.search(text) for sign in _SIGNS) or any(
        True for rule in _PERSONAL_NUMBERS for _span in rule.spans(text)
    )
