"""Words by which a turn of a conversation over a table points at what the turns before came to."""

import re

from verticals.finance.grids.grid_words import stem

NUMBER = r"\d[\d,]*(?:\.\d+)?|one hundred|one thousand|one million|one billion|two|three|four|five|six"
CONSTANT = re.compile(
    r"\b(?P<op>divided by|over|times|multiplied by|less|minus|plus)\s+(?:an? )?(?:assumed "
    rf"|initial |original )*\$? ?(?P<n>{NUMBER})\b"
    r"(?!\s*(?:value|total|amount|figure|balance|number|level|price|result|year|period))(?! \w+ \w+)"
)
NUMBERS = {
    "one hundred": 100, "one thousand": 1_000, "one million": 1_000_000, "one billion": 1_000_000_000,
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
}  # fmt: skip
RATE = re.compile(
    r"\bpercent(?:age|ual)?\b|\b(?:portion|proportion|fraction)\b|\bshare of\b|\bgrowth rate\b"
    r"|\brate of (?:return|growth|change)\b"
    r"|\bin relation to\b|\brelative to\b|\bas a (?:part|ratio)\b"
    r"|\bdivided by\b|\bover the (?!(?:two |three |four |five |\w+ )?(?:years?|period|time|course"
    r"|months?))|\bover (?:\d{4})\b|\bratio\b|\bthat over\b|\bas a percent"
)
ORDINALS = frozenset({"first", "second", "third", "fourth"})
PERCENT = re.compile(
    r"\bpercent|\bgrowth rate\b|\brate of (?:growth|change|return)\b|\breturn\b|\bas a rate\b"
)
CHANGE = re.compile(
    r"\b(?:chang\w*|differ\w*|declin\w*|decreas\w*|increas\w*|grew|grow\w*|fluctuat\w*|variation"
    r"|fall|fell|rise|rose|drop\w*|exceed\w*|improve\w*|reduc\w*)\b"
)
CHANGE_NOUN = re.compile(
    r"\b(?:chang\w*|differences?|declines?|decreases?|increases?|growth|fluctuations?|variations?|reductions?"
    r"|fall|rise|drop|movement)\b"
)
SUM_NOUN = re.compile(r"\b(?:sum|total|combined|aggregate)\b")
RATE_NOUN = re.compile(r"\b(?:ratio|percentage|quotient|portion|proportion|rate)\b")
SUM = re.compile(r"\b(?:sum|total|combined|altogether|together|aggregate|cumulative|including|added|plus)\b")
AVERAGE = re.compile(r"\baverage\b|\bmean\b")
DEMONSTRATIVE = re.compile(r"\b(?:that|this|those|these|such|said)\b(?! (?:same )?(?:year|period|time))")
IN_THAT_TIME = re.compile(
    r"\b(?:during|over|in|for) (?:that|this|the|these|those|the same) (?:\w+ )?(?:time|period"
    r"|years?|timeframe)\b"
    r"|\bdoes (?:this|that|it) represent\b"
)
BACK = re.compile(
    r"\b(?:that|this|these|those|it|its|they|them|such|both|the two|the (?:difference|change|sum"
    r"|total|increase|decrease|decline|growth|values?|amounts?|figures?)"
    r"|over the (?:years?|period|time)|during (?:this|that|the) (?:time|period|years?)"
    r"|between (?:them|these|the two|those))\b"
)
SAME_PERIOD = re.compile(
    r"\b(?:that|this|the|those|these|same)(?: same)?(?: two| three)? (?:period|time|years|timeframe|span)\b"
    r"|\bwhat about\b|\bthis change\b|\bthat (?:change|variation|increase|decrease|difference)\b"
)
IN_UNITS = re.compile(r"\bin (?P<unit>thousands?|millions?|billions?)\b")
ADDED = re.compile(
    r"^(?:and |now )*(?:including|adding|plus)\b|\badded\b|\b(?:including|plus) (?:that|this|the)\b"
)
DECLINE = re.compile(r"\b(?:declin\w*|decreas\w*|reduc\w*|drop\w*|fell|fall)\b(?!.*\bincreas)")
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
_VAGUE = """
total sum value amount figure time period year again combined original initial represent related relation
relative percent percentage percentual portion proportion part change differ difference decline decrease
increase growth grew net both include including consider considering average mean one two three four five
six last first second same previous prior following subsequent next latter former ratio quotient result
overall respect respective convert converted decimal express term single additional divided times multiplied
less minus plus over compared comparison added subtract now so then sums totals values amounts figures
variation reduction fluctuation happen become change's said given case earlier later before after end course
hundred thousand million billion constitute account much rate equal equivalent corresponding every each
lower higher more than great greater due attributed attributable caused
"""
VAGUE = frozenset(stem(word) for word in _VAGUE.split())
