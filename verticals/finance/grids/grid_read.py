"""Reads the rows of a table into a grid: headers, headings, numbers with their sign, years and scale."""

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from verticals.finance.grids.grid import Grid, GridCell

_DASHES = {"-", "–", "—", "--", "$-", "$—", "$ —", "$ -", "nil", "$–"}
_NUMBER = re.compile(
    r"^(?P<open>[(\[])?\s*(?P<minus>[-–−])?\s*(?:(?:US|A|S|C|HK|NZ)?[$€£¥]|RMB|EUR|USD)?\s*(?P<open2>\()?\s*"
    r"(?P<minus2>[-–−])?(?P<digits>\d{1,3}(?:[, ]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)\s*(?P<percent>%)?\s*"
    r"(?P<close>[)\]])?\s*(?P<percent2>%)?\s*(?:\(\d{1,2}\)|\*+|bps)?\s*$"
)
_REPEATED = re.compile(r"^(.*?\S)\s*\(\s*[\d.,]+\s*%?\s*\)$")  # "-26 ( 26 )": a negative number written twice
_YEAR = re.compile(r"(?<![\d,.])(?:19|20)\d\d(?!\d|,\d|\.\d)")
_SHORT_YEAR = re.compile(r"\b(?:FY|fiscal |F)\s?'?(\d\d)\b|'(\d\d)\b", re.IGNORECASE)
_SLASHED = re.compile(r"\b\d{1,2}/\d{1,2}/(\d\d)\b")
_SPACED_YEAR = re.compile(r"\b(?:2 0 [0-3] \d|1 9 \d \d)\b")
_SCALE = re.compile(
    r"\b(?P<word>thousands?|millions?|billions?)\b|[$€£¥]\s?['’]?(?P<k>000s?|k)\b|['’](?P<k2>000s?)\b"
    r"|(?:[$€£¥]\s?|\(|\b)(?P<m>mm?|mn|mil|bn)\b(?!\w)",
    re.IGNORECASE,
)
_MOVEMENT = re.compile(
    r"\bvs\b|\bversus\b|\bchange\b|\bvariation\b|\bincrease\b|\bvariance\b|% ?chg", re.IGNORECASE
)
_NAMED_FOR_YEAR = re.compile(
    r"\b(?:19|20)\d\d (?:\w+ )?(?:programs?|plans?|notes|debentures|acquisitions?)\b", re.I
)
HUNDRED_YEARS = (1900, 2100)


def number_read(text: str) -> tuple[Decimal, bool] | None:
    """A cell's number and whether it is a percentage; a dash is zero; None where it is no number."""
    plain = text.replace("\u00a0", " ").strip()
    if plain in _DASHES:
        return Decimal(0), False
    if repeated := _REPEATED.match(plain):
        first = _NUMBER.match(repeated[1])
        if first and (first["minus"] or first["minus2"] or first["percent"]):
            plain = repeated[1]
    match = _NUMBER.match(plain)
    if not match:
        return None
    try:
        value = Decimal(match["digits"].replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None
    negative = bool(match["minus"] or match["minus2"]) or bool(
        (match["open"] or match["open2"]) and match["close"]
    )
    return (-value if negative else value), bool(match["percent"] or match["percent2"])


def years_in(text: str) -> list[int]:
    """The years that a text names."""
    found = [int(year) for year in _YEAR.findall(text)]
    found += [2000 + int(one or other) for one, other in _SHORT_YEAR.findall(text)]
    found += [(2000 if int(year) < 70 else 1900) + int(year) for year in _SLASHED.findall(text)]
    return list(dict.fromkeys(year for year in found if HUNDRED_YEARS[0] <= year < HUNDRED_YEARS[1]))


def scale_in(text: str) -> str:
    """thousand, million or billion where a text names one as the unit of amounts."""
    match = _SCALE.search(text)
    if not match:
        return ""
    if match["word"]:
        return match["word"].lower().rstrip("s")
    if match["k"] or match["k2"]:
        return "thousand"
    return "billion" if match["m"].lower() == "bn" else "million"


def is_movement(header: str) -> bool:
    """Whether a column states changes and not amounts."""
    return _MOVEMENT.search(header) is not None


def grid_read(rows: Sequence[Sequence[str]], *, around: str = "") -> Grid:
    """The grid of a table; `around` is the text that stands before it and may state the unit."""
    width = max((len(row) for row in rows), default=0)
    table = [[_clean(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    reader = _Reader(width)
    for at, row in enumerate(table):
        reader.read(at, row, last=at + 1 == len(table))
    stated = scale_in(reader.title) or scale_in(" ".join(reader.labels[:1]))
    cells = reader.cells if stated else _percentages(reader.cells)
    title = f"{reader.title} {around}".strip()
    return Grid(tuple(cells), stated or _scale_around(around), title, tuple(reader.labels))


class _Reader:
    """Goes down the rows of one table, keeping the header and the heading that stand over them."""

    def __init__(self, width: int) -> None:
        self.cells: list[GridCell] = []
        self.labels: list[str] = []
        self._headers = [""] * width
        self._section = ""
        self._in_header = True
        self._titles: dict[str, None] = {}

    @property
    def title(self) -> str:
        """The words of the first header."""
        return " ".join(self._titles)

    def read(self, at: int, row: list[str], *, last: bool) -> None:
        filled = [text for text in row[1:] if text]
        if _is_data(row):
            self._data(at, row)
        elif not filled:
            self._heading(row[0])
        elif self.cells and not row[0] and len(filled) == 1 and not years_in(filled[0]):
            self._section = filled[0]
        elif not self.cells or not row[0] or any(years_in(text) for text in filled):
            self._header(row)
        else:
            self.labels.append(row[0])  # a line of words

    def _heading(self, label: str) -> None:
        if label:
            self._section = label
            self.labels.append(label)
            if self._in_header:
                self._titles[label] = None

    def _header(self, row: list[str]) -> None:
        if not self._in_header:
            self._headers = [""] * len(row)
            self._in_header = True
        if row[0]:
            self._section = row[0]
        if not self.cells:
            self._titles |= dict.fromkeys(text for text in row if text)
        self._headers = _merged(self._headers, row)

    def _data(self, at: int, row: list[str]) -> None:
        self._in_header = False
        if not row[0] and self.labels:
            row = [f"Total {self._section}".strip(), *row[1:]]  # a sum under a rule, without a name
        self.labels.append(row[0])
        for column in range(1, len(row)):
            number = number_read(row[column])
            if number is not None:
                self.cells.append(_cell(at, column, row, number, self._section, self._headers[column]))


def _percentages(cells: list[GridCell]) -> list[GridCell]:
    """Take a whole column for percentages where some of it is and none of it is money: "100.0 %", "40.0"."""
    first: dict[int, GridCell] = {}
    for cell in cells:
        first.setdefault(cell.column, cell)
    marked = {column for column, cell in first.items() if "%" in cell.text}
    money = {cell.column for cell in cells if re.search(r"[$€£¥]", cell.text) or cell.scale}
    whole = marked - money
    return [replace(cell, percent=True) if cell.column in whole else cell for cell in cells]


def _cell(
    at: int, column: int, row: Sequence[str], number: tuple[Decimal, bool], section: str, header: str
) -> GridCell:
    label = row[0]
    years = years_in(header) if not is_movement(header) and not _NAMED_FOR_YEAR.search(header) else []
    if not years:
        years = years_in(label) or years_in(section)
    percent = number[1] or ("%" in header and "%" not in label) or "(%)" in label
    own = scale_in(label) or scale_in(header)
    return GridCell(
        at, column, row[column], number[0], percent, label, section, header, frozenset(years[:1]), own
    )


def _is_data(row: Sequence[str]) -> bool:
    """A row with a label, or none, and at least one number that is no year."""
    found = [text for text in row[1:] if number_read(text) is not None]
    if not found or all(_is_year(text) for text in found):
        return False
    return bool(row[0]) or len(found) > 1 or not all(text in _DASHES for text in found)


def _is_year(text: str) -> bool:
    """A year, with or without the mark of a footnote."""
    return re.fullmatch(r"(?:FY ?|F)?(?:19|20)\d\d\s*(?:\(\w\)|\*+)?", text) is not None


def _clean(cell: str) -> str:
    text = " ".join(cell.replace("\u00a0", " ").split())
    return _SPACED_YEAR.sub(lambda match: match.group().replace(" ", ""), text)


def _merged(headers: list[str], row: Sequence[str]) -> list[str]:
    """The headers with another row of them; a text that spans columns stands over all of these.

    A text alone in its row spans them all, texts at equal distances each span the columns up to the next.
    """
    filled = [column for column in range(1, len(row)) if row[column]]
    merged = list(headers)
    if not filled:
        return merged
    alone = len(filled) == 1 and len(row) > 2 and not is_movement(row[filled[0]])
    gaps = {after - before for before, after in zip(filled, [*filled[1:], len(row)], strict=True)}
    spanning = len(filled) > 1 and len(gaps) == 1
    carried = ""
    for column in range(1, len(row)):
        carried = row[column] or (carried if spanning else "")
        text = row[filled[0]] if alone else carried
        if text and text not in merged[column]:
            merged[column] = f"{merged[column]} {text}".strip()
    return merged


def _scale_around(text: str) -> str:
    """The unit that the text before a table states in brackets or after "in"."""
    match = re.search(
        r"\(?\b(?:amounts |dollars |expressed |table |shares |figures |presented "
        r"|stated )*(?:are )?in (?:US |U\.S\. )?(?:\$ ?)?"
        r"(?P<s>thousands|millions|billions)",
        text,
        re.IGNORECASE,
    )
    return match["s"].lower().rstrip("s") if match else ""
