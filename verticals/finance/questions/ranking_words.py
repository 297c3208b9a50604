"""Which place in a ranking a question asks for, and whether levels, changes or growth rates are ranked."""

import re
from dataclasses import dataclass

from verticals.finance.questions.cue import Cue, Words
from verticals.finance.questions.query import Rank

_NTH_ZH = {mark: value for value, mark in enumerate("零一二三四五六七八九十")} | {"两": 2}
_NTH_EN = {
    "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "2nd": 2, "3rd": 3, "4th": 4, "5th": 5, "two": 2, "three": 3, "four": 4, "five": 5,
    "ten": 10, "twenty": 20,
}  # fmt: skip
_RANK = Cue(
    en=r"\b(?:(?P<nth>second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|\d(?:nd|rd|th))[- ])?"
    r"(?P<end>highest|largest|biggest|greatest|most|best|lowest|smallest|least|worst|fastest|slowest"
    r"|steepest|sharpest|quickest)\b"
    r"|\b(?:top|bottom) (?P<top>\d{1,2}|two|three|four|five|ten|twenty)\b|\brank(?:ed|ing|s)?\b",
    words="highest largest biggest greatest most best lowest smallest least worst fastest slowest steepest"
    " sharpest quickest top bottom rank ranked ranking ranks",
    zh=r"(?:排名?)?第(?P<nth>[一二三四五六七八九十\d]{1,3})(?:高|大|多|低|小|少|快|慢|的)"
    r"|前(?P<top>[一二三四五六七八九十两\d]{1,3})(?:名|家|大|的|高|位)"
    r"|最(?P<end>高|大|多|低|小|少|强|好|差|快|慢|猛)|排名第?(?P<place>[一二三四五六七八九十\d]{0,3})",
)
_LOW = Cue(
    en=r"\b(?:lowest|smallest|least|worst|bottom|slowest)\b",
    words="lowest smallest least worst bottom slowest",
    zh=r"最(?:低|小|少|差|慢)|第[一二三四五六七八九十\d]{1,3}(?:低|小|少|慢)|倒数",
)
_ORDERED = Cue(en=r"\brank|\btop |\bbottom ", words="rank ranked ranking ranks top bottom", zh="排")
_END = r"(?:highest|largest|biggest|greatest|most|lowest|smallest|least|steepest|sharpest)"
_NEAR = r"[\x01a-z' -]{0,40}?"
_UP = (
    r"(?:increas(?:e|es|ed|ing)|rise|rises|rose|risen|gain(?:s|ed)?|jump(?:s|ed)?|climb(?:s|ed)?"
    r"|improv(?:e|ed|es|ement|ements)|expan(?:ded|sion))"
)
_DOWN = (
    r"(?:decreas(?:e|es|ed|ing)|declin(?:e|es|ed|ing)|drop(?:s|ped)?|fall|falls|fell|fallen|reduc(?:ed|tion)"
    r"|shr(?:ank|ink|unk|inkage)|contract(?:ed|ion)|deteriorat(?:ed|ion)|slump(?:ed)?|plunge[d]?)"
)
_CHANGE = r"(?:change[ds]?|moved|movement|swing)"
_MOVES = """
increase increases increased increasing rise rises rose risen gain gains gained jump jumps jumped climb
climbs climbed improve improved improves improvement improvements expanded expansion decrease decreases
decreased decreasing decline declines declined declining drop drops dropped fall falls fell fallen reduced
reduction shrank shrink shrunk shrinkage contracted contraction deteriorated deterioration slump slumped
plunge plunged change changed changes moved movement swing
"""


def _moved(what: str, zh: str) -> Cue:
    """A superlative of a movement: "biggest increase", "increased most", "ranked by increase"."""
    return Cue(
        en=rf"\b(?P<a>{_END}\b{_NEAR}\b{what})\b|\b(?P<b>{what}\b{_NEAR}\b(?:most|least|fastest|slowest))\b"
        rf"|\brank{_NEAR}\b(?:by|on|in order of)\b{_NEAR}\b(?P<c>{what})\b",
        words=_MOVES,
        zh=zh,
    )


_ENDS_ZH = r"(?:大|多|高|快|小|少|低|慢|猛)"
_UP_ZH = r"(?:增加|增长|上升|提高|提升|上涨|涨|增)"
_DOWN_ZH = r"(?:下降|减少|降低|下滑|下跌|萎缩|回落|跌)"
_AFTER_ZH = r"(?:了)?(?:额|量|值|得|金额|的)*"
_WAYS: tuple[tuple[str, Cue], ...] = (
    (
        "down",
        _moved(
            _DOWN,
            rf"{_DOWN_ZH}{_AFTER_ZH}(?:幅度?)?(?:的)?最{_ENDS_ZH}|(?:降|跌)幅(?:度)?最{_ENDS_ZH}"
            rf"|最{_ENDS_ZH}的?(?:{_DOWN_ZH}|[降跌]幅)",
        ),
    ),
    (
        "up",
        _moved(
            _UP,
            rf"{_UP_ZH}{_AFTER_ZH}最(?:大|多|小|少|猛)|(?:增|涨|升)幅(?:度)?最{_ENDS_ZH}"
            rf"|{_UP_ZH}{_AFTER_ZH}幅度最{_ENDS_ZH}|最(?:大|多|小|少)的?(?:{_UP_ZH}|[增涨升]幅)",
        ),
    ),
    (
        "either",
        _moved(
            _CHANGE,
            rf"(?:变动|变化|波动)(?:额|量|率|幅度?|金额|程度|的)*最{_ENDS_ZH}|最{_ENDS_ZH}的?(?:变动|变化|波动)",
        ),
    ),
)
# the rate of growth is meant, not the amount
_RATE = Cue(
    en=r"\b(?:fast(?:est)?|slow(?:est)?|quick(?:est)?)\b|\bgrowth\b|\bgr[eo]w(?:n|ing|s)?\b"
    r"|\bper ?cent(?:age)?\b|%|\brates?\b|\brelative\b|\bproportion",
    words="fast fastest slow slowest quick quickest growth grew grow grown growing grows percent cent"
    " percentage rate rates relative proportion proportionally",
    zh="最[快慢]|[增涨升降跌]幅|幅度|增速|率最|百分比|比例最",
)
_RATE_ALONE = Cue(  # ranked by growth, whichever way it goes
    en=r"\b(?P<a>(?:fast|slow|quick)(?:est|er)?[- ]grow(?:ing|n)?|gr(?:ew|ow|owing|own)(?: [a-z\x01]+){0,4}?"
    r" (?:the )?(?:fastest|slowest|quickest|most|least)"
    r"|(?:fastest|slowest|quickest) (?:[\x01a-z]+ )*growth)\b",
    words="fast fastest faster slow slowest quick quickest grew grow growing grown growth",
    zh=r"(?P<a>(?:增长|增速|成长)(?:速度|率)?(?:的)?最?[快慢]|增速(?:率)?最[高低大小])",
)


@dataclass(frozen=True, slots=True)
class Ranking:
    """`moved` is "change" or "growth" where movements are ranked; `words` is how that was put."""

    rank: Rank | None = None
    ordered: bool = False
    moved: str = ""
    words: str = ""


def ranking_find(words: Words) -> Ranking:
    """The place in a ranking that is asked for; without one, an empty Ranking."""
    rank = _rank(words)
    if rank is None:
        return Ranking()
    ordered = _ORDERED.found(words)
    if match := _RATE_ALONE.search(words):
        return Ranking(rank, ordered, "growth", _put(match))
    for way, cue in _WAYS:
        if match := cue.search(words):
            moved = "growth" if _RATE.found(words) else "change"
            highest, first, count = rank.highest, rank.first, rank.count
            return Ranking(Rank(highest, first, count, way), ordered, moved, _put(match))
    return Ranking(rank, ordered)


def _put(match: re.Match[str]) -> str:
    found = next((text for text in match.groups() if text), match.group())
    return " ".join(found.replace("\x01", " ").split())


def _rank(words: Words) -> Rank | None:
    match = _RANK.search(words)
    if not match:
        return None
    found = match.groupdict()
    highest = not _LOW.found(words)
    if found.get("top"):
        return Rank(highest, 1, _number(found["top"]))
    if place := found.get("nth") or found.get("place"):
        return Rank(highest, _number(place), 1)
    return Rank(highest, 1, 1) if found.get("end") else Rank(highest, 1, 0)


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text in _NTH_EN:
        return _NTH_EN[text]
    if "十" in text:
        tens, _, ones = text.partition("十")
        return 10 * (_NTH_ZH[tens] if tens else 1) + (_NTH_ZH[ones] if ones else 0)
    return _NTH_ZH.get(text[0], 1)
