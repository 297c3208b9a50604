"""Where the sentences of a passage begin and end, in English and Chinese; a row of a table counts as one."""

import re

_ENDS = re.compile(r"(?:[.!?]+[\"'”’)\]]*(?=\s|$))|(?:[。！？]+[”’」』）】]*)|(?:[!?.](?=[\u4e00-\u9fff]))")
_SHORT = """
mr mrs ms dr prof inc corp co ltd plc llc no nos fig figs vs etc approx e.g i.e u.s u.k u.n st dept
est al sec art vol jan feb mar apr jun jul aug sep sept oct nov dec resp cf ed eds rev gen a.m p.m
ph.d
"""
_ABBREVIATIONS = frozenset(_SHORT.split())
_BULLET = re.compile(r"\s*(?:[•·●▪–*-]|\(?[0-9a-z]{1,2}[.)、]|（[一二三四五六七八九十]+）)\s")
_CELL_NUMBER = re.compile(r"^[($€£¥-]*\d[\d,.]*\)?%?$")
MAX_CHARS = 500
_WORD_CHARS = 40  # a word before a full stop that is longer is no abbreviation

Span = tuple[int, int]


def sentence_spans(text: str, *, table: bool = False) -> list[Span]:
    """The spans [start, end) of a passage's sentences, without the white space around them."""
    spans: list[Span] = []
    for start, end, whole in _segments(text, table):
        pieces = [(start, end)] if whole else _sentences(text, start, end)
        for piece in pieces:
            spans += _cut(text, *_trim(text, *piece))
    return [span for span in spans if span[0] < span[1]]


def is_tabular(line: str) -> bool:
    """Whether a line reads as a row of a table: cells, or mostly numbers."""
    if " | " in line:
        return True
    words = line.split()
    numbers = sum(1 for word in words if _CELL_NUMBER.match(word))
    return numbers >= 2 and numbers * 5 >= len(words) * 2 and not line.rstrip().endswith((".", "。"))


def _segments(text: str, table: bool) -> list[tuple[int, int, bool]]:
    """Parts that no sentence crosses; the flag says that a part is a row and stays whole."""
    segments: list[tuple[int, int, bool]] = []
    begin, at = 0, 0
    for line in text.splitlines(keepends=True):
        row = table or is_tabular(line)
        if row or not line.strip() or _BULLET.match(line):
            segments.append((begin, at, False))
            begin = at
        at += len(line)
        if row:
            segments.append((begin, at, True))
            begin = at
    segments.append((begin, at, False))
    return [part for part in segments if text[part[0] : part[1]].strip()]


def _sentences(text: str, start: int, end: int) -> list[Span]:
    spans: list[Span] = []
    begin = start
    for match in _ENDS.finditer(text, start, end):
        if match.end() < end and _is_inner_dot(text, match, begin, end):
            continue
        spans.append((begin, match.end()))
        begin = match.end()
    spans.append((begin, end))
    return spans


def _is_inner_dot(text: str, match: re.Match[str], begin: int, end: int) -> bool:
    """Whether a full stop belongs to an abbreviation or initial rather than to the sentence's end."""
    if not match.group().startswith(".") or len(match.group()) > 1:
        return False
    word = re.search(r"[\w.]*$", text[max(begin, match.start() - _WORD_CHARS) : match.start()])
    before = word.group().lower() if word else ""
    following = text[match.end() : end].lstrip()[:1]
    if before in _ABBREVIATIONS or (len(before) == 1 and before.isalpha()):
        return True
    if before.isdigit() and begin + len(before) >= match.start() - 1:
        return True  # "1. Overview": a number that opens a line
    return following.islower()


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _cut(text: str, start: int, end: int) -> list[Span]:
    """A very long sentence in pieces, cut after a semicolon or comma."""
    spans: list[Span] = []
    while end - start > MAX_CHARS:
        window = text[start : start + MAX_CHARS]
        at = max(window.rfind(mark) for mark in ("; ", "；", "，", ", ", "、"))
        at = at + 1 if at > MAX_CHARS // 3 else max(window.rfind(" "), MAX_CHARS // 2)
        spans.append(_trim(text, start, start + at))
        start, end = _trim(text, start + at, end)
    spans.append((start, end))
    return spans
