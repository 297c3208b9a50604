"""What generated text may not say: doses stand in quotations only."""

import re

from collegium.sdk.vertical import Finding

_DOSE = re.compile(
    r"\d[\d.,]*\s*(?:mg|mcg|µg|μg|ug|g|ml|mL|l|iu|IU|units?|mmol|mEq|tablets?|capsules?|puffs?|drops?)(?:\b|/)"
    r"|\d[\d.,]*\s*(?:毫克|微克|克|毫升|单位|国际单位|片|粒|滴|支)"
    r"|\b(?:once|twice|three times|four times|\d+ times)\s+(?:a|per|every)\s+(?:day|week|hour)\b"
    r"|\bevery\s+\d+\s+hours\b|每[日天周次]\s*[一二三四两\d]+\s*[次片粒]",
    re.IGNORECASE,
)


def doses_find(text: str) -> list[Finding]:
    """A finding for text that states a dose: a slip of a digit there can harm, so it is quoted or left
    out.
    """
    match = _DOSE.search(text)
    if match is None:
        return []
    return [
        Finding(
            check="dose",
            action="dropped",
            message="Doses are given in quotations only.",
            excerpt=text,
        )
    ]
