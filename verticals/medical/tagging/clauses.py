"""Where sentences, clauses and the parts of lists end, in English and Chinese."""

import re
from collections.abc import Iterator

Place = tuple[int, int]

_SHORT = "".join(
    rf"(?<!\b(?i:{word})\.)"
    for word in (
        "d",
        "dr",
        "pt",
        "hx",
        "vs",
        "poss",
        "prob",
        "susp",
        "approx",
        "incl",
        "esp",
        "mr",
        "mrs",
        "dx",
    )
)
_SENTENCE_END = re.compile(
    # A full stop ends one, but not that of an abbreviation: "risks incl. infection", "father d. 54 MI".
    r"(?<=[.!])(?<!\n\d\.)" + _SHORT + r"\s+(?=[^a-z\s])|;\s*|[。！；]|"
    r"(?<=？)(?=.)(?!(?:\w{1,3}：)?(?:没有|没|无|不是|否认|从来没有|没有过|有的?|是的?|对|有点儿?|偶尔|经常|嗯)[，。；])"
    r"|(?<=[a-z]\.)" + _SHORT + r"\s+(?=[a-z]{4})"
    # A question ends one, unless its answer follows: "Rash? No."
    r"|(?<=\w\?)\s+(?=[A-Z])(?!(?:\w+: ?)?(?:No|Nil|None|Not|Never|Denie[sd]|Negative|Absent|Yes|Admit\w*"
    r"|A little|A bit|Present|Severe|Mild|Moderate|Sometimes|Occasional\w*|Often|Daily)\b)"
    # A line ends a sentence, unless it goes on in small letters, or it is a heading and its items follow.
    r"|\n\s*\n\s*|(?<![:：])\n(?!\s*[a-z]|\s*(?:[-*•·]|\d+[.、)]))|(?<=[.。;；])\n"
)
LIST_MARKS = {"en": re.compile(r",|\band\b|\bor\b|/"), "zh": re.compile(r"[，,：:]")}
CLAUSE_MARKS = {"en": re.compile(r","), "zh": re.compile(r"[，,：:]")}
SMALL_WORDS = {
    "en": re.compile(
        r"\b(?:and|or|nor|an?|the|any|of|acute|mild|severe|chronic|significant|new|his|her|their|both|either"
        r"|right|left|some|persistent|recurrent|other|also|no|not|possible|then|which|that|it|this|these|they|all|now|has|have)\b"
        r"|\b(?:for|x|since)? ?\d+ ?(?:years?|months?|weeks?|days?|yrs?|d|h|y)\b|\btype \d\b"
    ),
    "zh": re.compile(
        r"[和与及或、等的\s]|[\d一二两三四五六七八九十数几多余]+(?:年|个?月|天|周|日|级|型)(?:余|多|前)?"
        r"|(?:服药|用药|治疗|休息|处理|吸氧|输液|手术|术|随|之)?后"
        r"|(?:约|大约|持续|近)?[\d一二两三四五六七八九十数几半]+(?:秒|分钟|小时|天|日|周)(?:左右)?后?"
        r"|现已|目前|均|都|也|已|以及|或者|病史|家族史|症状|史|无|未见|没有|有|患者"
    ),
}
OR_WORDS = {"en": re.compile(r"\bn?or\b"), "zh": re.compile(r"或|、|及")}
WORD = {"en": re.compile(r"[^\W_]+"), "zh": re.compile(r"[^\W_]")}


def sentences(text: str) -> Iterator[Place]:
    """The stretches that no trigger reaches out of."""
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.start() > start:
            yield start, match.start()
        start = match.end()
    if start < len(text):
        yield start, len(text)
