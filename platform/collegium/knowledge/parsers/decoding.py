"""Bytes to text: the encoding that a file states, else UTF-8, else the likeliest."""

import codecs
import re
from pathlib import Path

from charset_normalizer import from_bytes

from collegium.sdk.parsing import ParseLimits, ParseProblem

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""", re.I)
_SAMPLE_BYTES = 400_000
_CHINESE = {"gb2312", "gbk", "hz"}  # all within GB 18030, and often declared in its place
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f\ufffe\uffff]")


def text_read(path: Path, limits: ParseLimits, *, declared: bool = False) -> str:
    """A file's text with plain line ends; `declared`: it may name its encoding itself, as HTML does.

    Raises ParseProblem where it is no text.
    """
    raw = path.read_bytes()
    text = _decoded(raw, declared)
    text = _CONTROLS.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) > limits.max_chars:
        raise ParseProblem(
            "too_much_text",
            "The file holds more than %(limit)s characters. Split it.",
            limit=limits.max_chars,
        )
    return text


def _decoded(raw: bytes, declared: bool) -> str:
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        if error.end >= len(raw) - 3 and error.start > 0 and len(raw) > 100:  # cut within a character
            return raw.decode("utf-8", "replace")
    if declared and (found := _DECLARED.search(raw[:4096])):
        name = found.group(1).decode("ascii").lower()
        try:
            # What declares UTF-16 in plain letters is not in it, and what is not in UTF-8 may be in Chinese.
            wrong = name.startswith(("utf-16", "utf-32")) or (
                name in {"utf-8", "utf8"} and _looks_chinese(raw)
            )
            if not wrong:
                return raw.decode("gb18030" if name in _CHINESE else name, "replace")
        except LookupError:
            pass  # a name that Python does not know: guess
    try:
        return raw.decode("gb18030") if _looks_chinese(raw) else _guessed(raw)
    except UnicodeDecodeError:
        return _guessed(raw)


def _looks_chinese(raw: bytes) -> bool:
    """Whether the bytes read as common Chinese in GB 18030: its two-byte characters of level one."""
    pairs = re.findall(rb"[\x81-\xfe][\x40-\xfe]", raw[:_SAMPLE_BYTES])
    common = sum(0xB0 <= pair[0] <= 0xD7 and pair[1] >= 0xA1 for pair in pairs)
    return len(pairs) >= 4 and common > 0.6 * len(pairs)


def _guessed(raw: bytes) -> str:
    best = from_bytes(raw[:_SAMPLE_BYTES]).best()
    if best is None:
        raise ParseProblem("not_text", "The file is not text in a known encoding. Save it as UTF-8.")
    return raw.decode(best.encoding, "replace")
