"""Whether a sentence of the model is supported by the quotations: its numbers, names, direction and words."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from collegium.sdk.answering import Prompt, Quote
from collegium.sdk.language import CJK, STOP_WORDS, content_terms, language_of
from collegium.sdk.numbers import numbers_find, scales_named

LEAST_SUPPORT = 0.5  # share of a sentence's words of content that the quotations hold
_MARK = re.compile(r"\s*[\[【](\d{1,3})[\]】]")
_CHAT_MARKS = re.compile(r"<\|[^|>]{1,40}\|>|</?s>|\[/?INST\]|^(?:system|assistant|user)\s*:", re.IGNORECASE)
_CAPITALISED = re.compile(r"(?<![\w.])[A-Z][\w&’'-]*(?:\.[A-Z])*")
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
_NOT = re.compile(
    r"\b(?:not|no|never|without|neither|nor|none|cannot|unless|avoid|contraindicated)\b|n['’]t\b"
    r"|不(?!仅|但|断|同)|未|无(?!论)|没有|禁|勿|避免",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`check` is empty where the sentence stands; `text` is the sentence without marks, `quote` what supports
    it.
    """

    text: str
    check: str = ""
    message: str = ""
    quote: Quote | None = None


class Evidence:
    """The quotations that an answer's rephrasing is held against."""

    def __init__(self, quotes: Sequence[Quote], prompt: Prompt) -> None:
        self.quotes = quotes
        said = [quote.text for quote in quotes]
        about = [text for quote in quotes for text in (quote.hit.title, *quote.hit.section, *_words(quote))]
        self._text = "\n".join([*said, *about])
        self._quoted = "\n".join(said)
        self._words = {word.lower() for word in re.findall(r"[A-Za-z][\w&’'-]*", self._text)}
        self._terms = set(content_terms(self._text))
        self._language = language_of(self._quoted)
        numbers = numbers_find(self._quoted, words=True) + [
            number for text in about for number in numbers_find(text, words=True)
        ]
        self._values = {(number.value, number.kind) for number in numbers}
        self._bare = {number.written for number in numbers if not number.kind and not number.exponent}
        self._scales = scales_named(self._text)
        self._percent = "%" in self._text or "％" in self._text or "percent" in self._text.lower()
        self._prompt = _shingles(prompt.system) | _shingles(prompt.instruction)

    def judge(self, sentence: str) -> Verdict:
        """Hold one sentence of the model against the quotations."""
        text = _MARK.sub("", sentence).strip()
        numbers = {quote.number for quote in self.quotes}
        if invented := [mark for mark in _MARK.findall(sentence) if int(mark) not in numbers]:
            return Verdict(text, "citation", f"There is no quotation [{invented[0]}].")
        if _CHAT_MARKS.search(text) or self._prompt & _shingles(text):
            return Verdict(text, "prompt", "It repeats the instructions given to the model.")
        if unknown := self._unknown_number(text):
            return Verdict(text, "number", f"The quotations do not state {unknown}.")
        if unknown := self._unknown_name(text):
            return Verdict(text, "name", f"The quotations do not name {unknown}.")
        if not self._supported(text):
            return Verdict(text, "support", "The quotations do not say this.")
        quote = self._best_quote(text)
        if quote is not None and (turned := _turned(text, quote.text)):
            return Verdict(text, "direction", turned, quote)
        return Verdict(text, quote=quote)

    def _unknown_number(self, text: str) -> str:
        for number in numbers_find(text, words=True):
            if (number.value, number.kind) in self._values:
                continue
            stated = number.written in self._bare
            if stated and number.exponent and number.exponent in self._scales and not number.kind:
                continue  # a table whose header states the unit
            if stated and number.kind == "%" and self._percent:
                continue
            return text[number.start : number.end].strip()
        return ""

    def _unknown_name(self, text: str) -> str:
        for match in _CAPITALISED.finditer(text):
            word = re.sub(r"['’]s$", "", match.group())
            low = word.lower()
            if low in self._words or low.rstrip("s") in self._words or f"{low}s" in self._words:
                continue
            opens = not text[: match.start()].strip("“\"'(（ ") or text[: match.start()].rstrip().endswith(
                (":", ";")
            )
            if opens and (low in STOP_WORDS or low in _OPENERS or set(content_terms(low)) & self._terms):
                continue
            if low in {"i"} or (not opens and low in STOP_WORDS):
                continue
            return word
        for match in _CHINESE_NAME.finditer(text):
            name = match.group(3) or match.group(1) + match.group(2)
            if name not in self._text and match.group(1) not in {"本本", "以及"}:
                return name
        return ""

    def _supported(self, text: str) -> bool:
        if language_of(text) != self._language:
            return (
                True  # a translation shares no words; its numbers and names were held against the quotations
            )
        terms = content_terms(text)
        if not terms:
            return False
        return sum(1 for term in terms if term in self._terms) >= LEAST_SUPPORT * len(terms)

    def _best_quote(self, text: str) -> Quote | None:
        terms, values = set(content_terms(text)), {number.value for number in numbers_find(text)}
        best, best_score = None, 0.0
        for quote in self.quotes:
            own = set(content_terms(quote.text))
            shared = len(terms & own) / (len(own) ** 0.5 or 1)
            shared += 3 * len(values & {number.value for number in numbers_find(quote.text)})
            if shared > best_score:
                best, best_score = quote, shared
        return best or (self.quotes[0] if self.quotes else None)


_OPENING_WORDS = """
overall additionally however therefore thus moreover furthermore finally first second meanwhile although
while since despite instead similarly specifically notably yes
"""
_OPENERS = frozenset(_OPENING_WORDS.split())


def _words(quote: Quote) -> list[str]:
    """The metadata of the quoted document, such as its company and year: it may be named too."""
    return [str(value) for value in quote.hit.metadata.values() if isinstance(value, str | int)]


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
