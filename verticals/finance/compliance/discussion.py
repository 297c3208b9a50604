"""Management's discussion out of real reports: sentences that the rules should leave alone."""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pypdfium2

from collegium.sdk.sentences import is_tabular, sentence_spans

LEAST_CHARS = 30  # a shorter piece is a heading or a rest of a table
LEAST_SECTION_CHARS = 5_000  # a shorter one is an entry of the table of contents
_BEGIN = {
    "en": re.compile(
        r"^\W*(?:(?:part i+\W+)?item\s*[27]\s*[.:—–-]*\s*)?"
        r"management[’']?s[ \t]+discussion[ \t]+and[ \t]+analysis"
        r"(?:\s+of\s+(?:our\s+)?financial\s+condition(?:\s+and\s+results\s+of\s+operations)?)?"
        r"\W*(?:\(md&a\))?\W*$",
        re.I | re.M,
    ),
    "zh": re.compile(
        r"第[一二三四五六七八九十]+节\s*(?:经营情况讨论与分析|管理层讨论与分析|董事会报告)(?![^\n]{0,80}\.{4})"
    ),
}
_END = {
    "en": re.compile(
        r"^\W*item\s*(?:7a|8)\b|^\W*(?:part i+\W+)?item\s*[34]\W{1,4}(?:quantitative|controls)"
        r"|^\W*(?:management[’']?s )?report of independent registered public accounting firm",
        re.I | re.M,
    ),
    "zh": re.compile(r"第[一二三四五六七八九十]+节\s*重要事项"),
}
_TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.I | re.S)
_BREAK = re.compile(r"</(?:p|div|tr|h\d|li|table)>|<br\b[^>]*>", re.I)


def report_text(path: Path) -> str:
    """The text of a report in PDF, HTML or plain text."""
    if path.suffix == ".pdf":
        document = pypdfium2.PdfDocument(path)
        try:
            return "\n".join(page.get_textpage().get_text_range() for page in document).replace("\r", "")
        finally:
            document.close()
    raw = path.read_text(encoding="utf-8", errors="replace")
    if raw.startswith("{"):
        return "\n".join(_lines_of_pages(raw))
    if path.suffix == ".html":
        return html.unescape(_TAG.sub("", _BREAK.sub("\n", raw)))
    return raw


def _lines_of_pages(raw: str) -> Iterator[str]:
    """The running text of a report whose lines stand as {"type": ..., "inside": ...}, one a line."""
    for row in map(json.loads, raw.splitlines()):
        if row.get("type") == "text":
            yield str(row.get("inside", ""))


def discussion_of(text: str, language: str) -> str:
    """The longest part from a heading of management's discussion to the next item; empty where there is
    none.
    """
    parts = []
    for begin in _BEGIN[language].finditer(text):
        end = _END[language].search(text, begin.end())
        if end and end.start() - begin.end() >= LEAST_SECTION_CHARS:
            parts.append(text[begin.end() : end.start()])
    return max(parts, key=len, default="")


def discussion_sentences(path: Path, language: str) -> list[str]:
    """The sentences of a report's discussion, without tables and headings."""
    return list(_sentences(discussion_of(report_text(path), language), language))


def _sentences(text: str, language: str) -> Iterator[str]:
    lines = [line.strip() for line in text.splitlines()]
    kept = "\n".join(line for line in lines if not is_tabular(line))
    joined = re.sub(r"(?<![.:;。：；])\n(?=\S)", "" if language == "zh" else " ", kept)
    for start, end in sentence_spans(joined):
        sentence = " ".join(joined[start:end].split())
        ended = sentence.endswith((".", "。", ";", "；", "!", "?", "！", "？", ".”", '."'))
        if len(sentence) >= (LEAST_CHARS if language == "en" else LEAST_CHARS // 3) and ended:
            yield sentence
