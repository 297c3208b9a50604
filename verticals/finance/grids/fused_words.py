"""Words of a table's headers that lost the space between them, such as "netcash", taken apart again."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from verticals.finance.grids.grid import Grid
from verticals.finance.grids.grid_words import SMALL

_WORD = re.compile(r"[A-Za-z]+")
_FUSED_LEAST = 6  # letters of a word that may be two


def unfused(grid: Grid, split: Callable[[str], str]) -> Grid:
    """The same grid with its run-together words split."""
    cells = tuple(
        replace(cell, label=split(cell.label), section=split(cell.section), header=split(cell.header))
        for cell in grid.cells
    )
    return replace(grid, cells=cells, labels=tuple(split(label) for label in grid.labels))


def splitter(text: str, grid: Grid) -> Callable[[str], str]:
    """Splits run-together words where the text knows both halves and not the whole."""
    said = {word.lower() for word in _WORD.findall(text)}
    counted: dict[str, int] = {}
    for words in {_words for cell in grid.cells for _words in (cell.label, cell.section, cell.header)}:
        for word in set(_WORD.findall(words.lower())):
            counted[word] = counted.get(word, 0) + 1
    known = said | SMALL | {word for word, count in counted.items() if count > 1}

    @lru_cache(maxsize=2_000)
    def parts(word: str) -> str:
        low = word.lower()
        if len(low) < _FUSED_LEAST or low in said:
            return word
        fitting = [
            at
            for at in range(2, len(low) - 1)
            if low[:at] in known
            and low[at:] in known
            and all(len(half) > 3 or half in SMALL or half == "net" for half in (low[:at], low[at:]))
        ]
        return f"{word[: fitting[-1]]} {word[fitting[-1] :]}" if fitting else word

    return lambda whole: _WORD.sub(lambda match: parts(match.group()), whole)
