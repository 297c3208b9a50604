"""Words by which a turn of a conversation over a table points at what the turns before came to."""

import re

CONSTANT = re.compile(
    r"\b(?P<op>divided by|over|times|multiplied by|less|minus|plus)\s+(?:an? )?(?:assumed "
    r"|initial |original )*\$? ?(?P<n>\d[\d,]*(?:\.\d+)?|one hundred|two|three|four|five)\b"
    r"(?!\s*(?:value|total|amount|figure|balance|number|level|price|result|year|period))"
)
NUMBERS = {"one hundred": 100, "two": 2, "three": 3, "four": 4, "five": 5}
RATE = re.compile(
    r"\bpercent(?:age|ual)?\b|\b(?:growth|rate|portion|proportion|fraction|share)\b"
    r"|\bin relation to\b|\brelative to\b|\bas a (?:part|ratio)\b"
    r"|\bdivided by\b|\bover the (?!(?:two |three |four |five |\w+ )?(?:years?|period|time|course"
    r"|months?))|\bover (?:\d{4})\b|\bratio\b|\bthat over\b|\bas a percent"
)
CHANGE = re.compile(
    r"\b(?:chang\w*|differ\w*|declin\w*|decreas\w*|increas\w*|grew|grow\w*|fluctuat\w*|variation"
    r"|less|net|fall|fell|rise|rose|drop\w*|exceed\w*|improve\w*)\b"
)
SUM = re.compile(r"\b(?:sum|total|combined|altogether|together|aggregate|cumulative|including|added|plus)\b")
AVERAGE = re.compile(r"\baverage\b|\bmean\b")
BACK = re.compile(
    r"\b(?:that|this|these|those|it|its|they|them|such|both|the two|the (?:difference|change|sum"
    r"|total|increase|decrease|decline|growth|values?|amounts?|figures?)"
    r"|over the (?:years?|period|time)|during (?:this|that|the) (?:time|period|years?)"
    r"|between (?:them|these|the two|those))\b"
)
THAT_CHANGE = re.compile(
    r"\b(?:that|this|the|such)(?: net| overall| total)? (?:chang\w*|difference|increase|decrease"
    r"|decline|growth|fluctuation|reduction|variation|fall|rise)\b"
)
BOTH_BACK = re.compile(
    r"\b(?:that|this|it)\b.*\b(?:in relation to|relative to|as an? (?:percentage|portion|part"
    r"|percent) of|of|to|over) (?:this|that|the)\b"
)
RELATION = re.compile(
    r"\b(?:in relation to|relative to|compared to|as an? (?:percentage|portion|part|fraction"
    r"|percent) of|divided by|over|of)\b"
)
AS_PERCENT = re.compile(
    r"\b(?:that|this|it)\b.*\bpercent|\bto a percentage\b|\bas a percent(?:age)?$|\bin percentage$"
)
IN_UNITS = re.compile(r"\bin (?P<unit>thousands?|millions?|billions?)\b|\bin dollars\b")
UNITS = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
ALL_OF_THEM = re.compile(
    r"\b(?:for|of|in|over|during|between|across) (?:the|these|those|both|all)(?: the)? ?(?:two"
    r"|three|four|five|both|years|values|amounts)|^(?:and |so |then )*(?:combined|altogether"
    r"|together)"
)
INDEX_MOVE = re.compile(
    r"\b(?:net )?(?:change|difference|increase|decrease|growth|gain|loss|return|rate of return)\b"
)
BEFORE = re.compile(
    r"\b(?:the )?(?:previous|prior|preceding) year\b|\bthe year (?:before|prior)\b|\bthe year earlier\b"
)
NEXT = re.compile(r"\b(?:the )?(?:following|next|subsequent) year\b|\bthe year after\b")
