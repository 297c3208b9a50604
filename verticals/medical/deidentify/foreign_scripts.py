"""Words of another script in an English or Chinese text: hardly anything but names and addresses."""

import re
from collections.abc import Iterable

from verticals.medical.deidentify.span import Span

# Greek, Cyrillic, Armenian, Hebrew, Arabic, the scripts of India, Thai, Georgian, Ethiopic, kana and hangul.
_OTHER = "∆Ͱ-ϿЀ-ԯ԰-֏֐-׿؀-ۿ܀-߿ऀ-๿ༀ-࿿Ⴀ-ჿሀ-፿぀-ヿ가-힯"
_HAN = "一-鿿々"
_NUMBER = r"\d{1,5}(?:[-/]\d{1,4})*"
_LETTER = re.compile(f"[{_OTHER}]{{2}}")
# Of Chinese beside English words a name or an address is short; more is a sentence.
HAN_MAX = 40  # characters
SHARE_HAN = 0.2  # of the letters; where there is more, the recognisers of Chinese read the text


_WORD = f"[{_OTHER}]+"
_FOREIGN = re.compile(
    rf"(?<![\w./-])(?:{_NUMBER} )*{_WORD}(?:[ .,·-]{{1,2}}(?:{_WORD}|{_NUMBER}|[A-Z](?=\.)))*(?!\w)"
)
_CHINESE = re.compile(
    rf"(?:{_NUMBER} ?)?[{_HAN}぀-ヿ](?:[{_HAN}぀-ヿ\w]|[ .,·-]{{1,2}}(?=[{_HAN}\d]|[A-Z]\.))*"
)


def foreign_find(text: str) -> Iterable[Span]:
    """Runs of words of other scripts with the numbers among them."""
    if text.isascii():
        return
    if _LETTER.search(text):
        yield from _spans(text, _FOREIGN, shortest=3)
    letters = sum(one.isalpha() for one in text)
    if 0 < len(re.findall(f"[{_HAN}]", text)) <= SHARE_HAN * letters:
        yield from (span for span in _spans(text, _CHINESE, shortest=1) if span.end - span.start <= HAN_MAX)


def _spans(text: str, pattern: re.Pattern[str], *, shortest: int) -> Iterable[Span]:
    for match in pattern.finditer(text):
        words = re.findall(r"[^\W\d_]+", match[0])
        if max(map(len, words), default=0) >= shortest:
            kind = "address" if any(one.isdigit() for one in match[0]) else "name"
            yield Span(match.start(), match.end(), kind, f"{kind}.script", 0.45)
