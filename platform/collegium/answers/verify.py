"""Whether a sentence of the model is supported by a quotation: its numbers, names, words and direction.

A sentence stands on one quotation, with what heads it (title, section, metadata), never on pieces of several:
a year of one and an amount of another make a statement that no document makes. A sentence that names several
quotations is held against them clause by clause.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from collegium.sdk.answering import Prompt, Quote
from collegium.sdk.language import CJK, STOP_WORDS, content_terms, language_of
from collegium.sdk.numbers import Number, numbers_find, scales_named

LEAST_SUPPORT = 0.6  # share of a sentence's words of content that one quotation itself holds
_MARK = re.compile(r"\s*[\[【](\d{1,3})[\]】]")
_MARKS = re.compile(r"(?:\s*[\[【]\d{1,3}[\]】])+")
_YES_NO = re.compile(
    r"^\W*(?:yes|no|yeah|correct|indeed)\b[\s,.:;–—-]*|^(?:是的|是|不是|否|对|没错)[，,。：:]\s*",
    re.IGNORECASE,
)
_STOPS = ".。!！?？"
_CHAT_MARKS = re.compile(r"<\|[^|>]{1,40}\|>|</?s>|\[/?INST\]|^(?:system|assistant|user)\s*:", re.IGNORECASE)
_CAPITALISED = re.compile(r"(?<![\w.])[A-Z][\w&’'-]*(?:\.[A-Z])*")
_PERIOD = re.compile(r"(?:FY|CY|Q|H)\d{1,4}")
_CHINESE_NAME = re.compile(f"([{CJK}]{{2}})(公司|集团|股份|银行|医院|大学|药业|科技)|《([^》]{{1,40}})》")
_UP = re.compile(
    r"\b(?:increas\w*|ris(?:e|es|en|ing)|rose|grew|grow(?:s|n|ing|th)?|improv\w*|higher|gain(?:s|ed)?|expand\w*|up)\b"
    r"|上升|增长|提高|增加|提升|改善|上涨|扩大",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:decreas\w*|declin\w*|fell|fall(?:s|en|ing)?|lower(?:ed)?|reduc\w*|drop\w*|shr[aiu]nk|contract(?:ed|ion)"
    r"|worse\w*|down)\b|下降|减少|降低|下滑|下跌|收窄|恶化",
    re.IGNORECASE,
)
_AMOUNT = r"\s*(?:about |approximately |约)?[$€£¥]?(?!(?:19|20)\d\d\b(?![.,%]))\d"
_AT_LEAST = re.compile(
    r"(?:\b(?:(?:more|greater|higher) than|over|above|at least|exceed(?:s|ed|ing)?)\b"
    rf"|(?<!不)(?:超过|高于|大于|至少)|不(?:低|小|少)于){_AMOUNT}",
    re.IGNORECASE,
)
_AT_MOST = re.compile(
    r"(?:\b(?:(?:less|fewer|lower|smaller) than|under|below|at most|up to)\b"
    rf"|(?<!不)(?:不足|低于|小于|少于|至多)|不(?:超过|高于|大于)){_AMOUNT}",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|never|without|neither|nor|none|cannot|unless|avoid|contraindicated)\b|n['’]t\b"
    r"|不(?!仅|但|断|同)|未|无(?!论)|没有|禁|勿|避免",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`check` is empty where the sentence stands; `text` is the sentence without marks, `marked` with the
    marks of the quotations that support it, `quote` the first of these.
    """

    text: str
    check: str = ""
    message: str = ""
    quote: Quote | None = None
    marked: str = ""


class Evidence:
    """The quotations that an answer's rephrasing is held against."""

    def __init__(self, quotes: Sequence[Quote], prompt: Prompt) -> None:
        self._sources = [_Source(quote) for quote in quotes]
        self._numbers = {quote.number for quote in quotes}
        self._prompt = _shingles(prompt.system) | _shingles(prompt.instruction)

    def judge(self, sentence: str) -> Verdict:
        """Hold one sentence of the model against the quotations."""
        text = _MARK.sub("", sentence).strip()
        marks = [int(mark) for mark in _MARK.findall(sentence)]
        if invented := [mark for mark in marks if mark not in self._numbers]:
            return Verdict(text, "citation", f"There is no quotation [{invented[0]}].")
        if _CHAT_MARKS.search(text) or self._prompt & _shingles(text):
            return Verdict(text, "prompt", "It repeats the instructions given to the model.")
        whole = self._judge_clause(text)
        clauses = _clauses(sentence)
        if not whole.check or len(clauses) < 2:
            return whole
        verdicts = [self._judge_clause(clause) for clause in clauses]
        if any(verdict.check for verdict in verdicts):
            return whole
        marked = "".join(verdict.marked for verdict in verdicts) + _MARKS.split(sentence)[-1].rstrip()
        return Verdict(text, quote=verdicts[0].quote, marked=marked)

    def _judge_clause(self, clause: str) -> Verdict:
        text = clause.strip()
        failed = Verdict(text, "support", "There is no quotation.")
        terms, values = set(content_terms(text)), {number.value for number in numbers_find(text)}
        nearest = sorted(self._sources, key=lambda source: source.nearness(terms, values), reverse=True)
        for rank, source in enumerate(nearest):
            check, message = source.objection(text)
            if not check:
                if turned := _turned(text, source.quote.text) or _bounded(text, source.quote.text):
                    return Verdict(text, "direction", turned, source.quote)
                return Verdict(text, quote=source.quote, marked=_with_mark(clause, source.quote))
            if not rank:
                failed = Verdict(text, check, message)
        return failed


class _Source:
    """One quotation and what heads it, as the ground that a sentence may stand on."""

    def __init__(self, quote: Quote) -> None:
        self.quote = quote
        about = [quote.hit.title, *quote.hit.section, *_metadata(quote)]
        self._text = "\n".join([quote.text, *about])
        self._words = {word.lower() for word in re.findall(r"[A-Za-z][\w&’'-]*", self._text)}
        self._own = set(content_terms(quote.text))
        self._about = {term for text in about for term in content_terms(text)} - self._own
        self._language = language_of(quote.text)
        numbers = numbers_find(quote.text, words=True)
        dated = any(_is_year(number) for number in numbers)
        heading = [
            number
            for text in about
            for number in numbers_find(text, words=True)
            if not (dated and _is_year(number))  # a quotation that gives its years is of no other
        ]
        self._all_values = {number.value for number in numbers}
        self._values = {(number.value, number.kind) for number in [*numbers, *heading]}
        self._cells = {number.written for number in numbers if _is_cell(number, quote.text)}
        self._scales = scales_named(self._text)
        self._percent = "%" in self._text or "％" in self._text or "percent" in self._text.lower()

    def nearness(self, terms: set[str], values: set[Decimal]) -> float:
        """How much a sentence has in common with the quotation, numbers first."""
        return len(terms & self._own) / (len(self._own) ** 0.5 or 1) + 3 * len(values & self._all_values)

    def objection(self, text: str) -> tuple[str, str]:
        """The check that a sentence fails here, and why; two empty strings where it stands."""
        if unknown := self._unknown_number(text):
            return "number", f"No quotation that says this states {unknown}."
        if unknown := self._unknown_name(text):
            return "name", f"No quotation that says this names {unknown}."
        if not self._supports(text):
            return "support", "The quotations do not say this."
        return "", ""

    def _unknown_number(self, text: str) -> str:
        for number in numbers_find(text, words=True):
            if (number.value, number.kind) in self._values:
                continue
            stated = number.written in self._cells  # a figure of a table, whose header states the unit
            if stated and number.exponent and number.exponent in self._scales and not number.kind:
                continue
            if stated and number.kind == "%" and self._percent:
                continue
            return text[number.start : number.end].strip()
        return ""

    def _unknown_name(self, text: str) -> str:
        for match in _CAPITALISED.finditer(text):
            word = re.sub(r"['’]s$", "", match.group())
            low = word.lower()
            if _PERIOD.fullmatch(word):
                continue  # its number was held
            if low in self._words or low.rstrip("s") in self._words or f"{low}s" in self._words:
                continue
            opens = not text[: match.start()].strip("“\"'(（ ") or text[: match.start()].rstrip().endswith(
                (":", ";")
            )
            if opens and (low in STOP_WORDS or low in _OPENERS or set(content_terms(low)) & self._own):
                continue
            if low in {"i"} or (not opens and low in STOP_WORDS):
                continue
            return word
        for match in _CHINESE_NAME.finditer(text):
            name = match.group(3) or match.group(1) + match.group(2)
            if name not in self._text and match.group(1) not in {"本本", "以及"}:
                return name
        return ""

    def _supports(self, text: str) -> bool:
        claim = _YES_NO.sub("", text)
        if language_of(text) != self._language:
            # A translation shares no words: it must state a number or a name, all of which were held.
            return claim == text and bool(numbers_find(text) or _names(text) & self._words)
        own = [term for term in content_terms(_without_numbers(claim)) if term not in self._about]
        held = sum(term in self._own for term in own)
        if not own:
            return claim == text and bool(numbers_find(claim))
        return held == len(own) if claim != text else held >= LEAST_SUPPORT * len(own)


_OPENING_WORDS = """
overall additionally however therefore thus moreover furthermore finally first second meanwhile although
while since despite instead similarly specifically notably yes
"""
_OPENERS = frozenset(_OPENING_WORDS.split())


def _metadata(quote: Quote) -> list[str]:
    """The metadata of the quoted document, such as its company and year: it may be named too."""
    return [str(value) for value in quote.hit.metadata.values() if isinstance(value, str | int)]


def _is_year(number: Number) -> bool:
    return (
        not number.kind
        and not number.exponent
        and number.end - number.start == 4
        and 1900 <= number.value < 2100
    )


def _is_cell(number: Number, text: str) -> bool:
    """Whether a bare number may take its unit from a header: `20 | 18`, but not `20 years`."""
    if number.kind or number.exponent or _is_year(number):
        return False
    following = re.match(rf"[ \u00a0]*([A-Za-z]+|[{CJK}])?", text[number.end :])
    word = following[1] if following else None
    return word is None or word.lower() in STOP_WORDS


def _without_numbers(text: str) -> str:
    for number in reversed(numbers_find(text)):
        text = f"{text[: number.start]} {text[number.end :]}"
    return text


def _names(text: str) -> set[str]:
    return {match.group().lower() for match in _CAPITALISED.finditer(text)} - STOP_WORDS - _OPENERS


def _clauses(sentence: str) -> list[str]:
    """The parts of a sentence that each end with marks of their own, only a full stop after the last."""
    *parts, last = _MARKS.split(sentence.strip())
    return [] if last.strip(_STOPS) else parts


def _with_mark(text: str, quote: Quote) -> str:
    body = text.rstrip(" ")
    end = len(body.rstrip(_STOPS))
    space = "" if body[end:].startswith(("。", "！", "？")) else " "
    return f"{body[:end]}{space}[{quote.number}]{body[end:]}"


def _shingles(text: str, length: int = 6) -> set[tuple[str, ...]]:
    words = re.findall(rf"[A-Za-z]+|[{CJK}]", text.lower())
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


def _turned(text: str, quote: str) -> str:
    """Why a sentence says the opposite of its quotation, as far as plain words tell."""
    if bool(_NOT.search(text)) != bool(_NOT.search(quote)):
        return "Its quotation is negated where it is not, or the other way round."
    up, down = bool(_UP.search(text)), bool(_DOWN.search(text))
    quote_up, quote_down = bool(_UP.search(quote)), bool(_DOWN.search(quote))
    if (up and not down and quote_down and not quote_up) or (down and not up and quote_up and not quote_down):
        return "It says up where its quotation says down, or the other way round."
    return ""


def _bounded(text: str, quote: str) -> str:
    """Why a sentence makes a bound of an amount that its quotation does not bound so."""
    for bound in (_AT_LEAST, _AT_MOST):
        stated = {_amount_of(found, quote) for found in bound.finditer(quote)}
        for found in bound.finditer(text):
            if _amount_of(found, text) not in stated:
                return f"Its quotation does not say “{found.group()[:-1].strip()}” of this."
    return ""


def _amount_of(bound: re.Match[str], text: str) -> Decimal:
    """The number, as written, whose first digit ends a bound."""
    return next(number.written for number in numbers_find(text) if number.start == bound.end() - 1)
