"""Examples side by side in tensors that pass the model at once.

Shapes: B rows, L tokens of the longest row, U units of privacy.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from engine.train.chat import Tokens


@dataclass(frozen=True, slots=True)
class Rows:
    """`ids` [B, L] int64, padded at the end; `wanted` [B, L] bool: to be predicted.

    `unit` [B] int64 numbers the unit that each row belongs to, in order from 0. `part` [B, L] int64 numbers
    the examples that were packed into a row; without packing it is None.
    """

    ids: Tensor
    wanted: Tensor
    unit: Tensor
    part: Tensor | None = None

    @property
    def units(self) -> int:
        """The number of units."""
        return int(self.unit[-1]) + 1 if len(self.unit) else 0

    @property
    def tokens(self) -> int:
        """The number of places, padding included."""
        return self.ids.numel()

    def to(self, device: torch.device) -> "Rows":
        """The same rows on a device."""
        part = None if self.part is None else self.part.to(device)
        return Rows(self.ids.to(device), self.wanted.to(device), self.unit.to(device), part)


def rows_padded(units: Sequence[Sequence[Tokens]], padding: int) -> Rows:
    """Rows of some units, each with its examples one after another."""
    examples = [tokens for unit in units for tokens in unit]
    width = max(map(len, examples))
    ids = torch.full((len(examples), width), padding, dtype=torch.int64)
    wanted = torch.zeros((len(examples), width), dtype=torch.bool)
    for row, tokens in enumerate(examples):
        ids[row, : len(tokens)], wanted[row, : len(tokens)] = tokens.ids, tokens.wanted
    wanted[:, 0] = False
    sizes = torch.tensor([len(unit) for unit in units])
    return Rows(ids, wanted, torch.repeat_interleave(torch.arange(len(units)), sizes))


def rows_packed(examples: Sequence[Tokens], width: int) -> list[list[Tokens]]:
    """Which examples share a row of this width: each goes, longest first, into the first row with room."""
    rows: list[list[Tokens]] = []
    room: list[int] = []
    for tokens in sorted(examples, key=len, reverse=True):
        place = next((n for n, left in enumerate(room) if left >= len(tokens)), len(rows))
        if place == len(rows):
            rows.append([])
            room.append(width)
        rows[place].append(tokens)
        room[place] -= len(tokens)
    return rows


def rows_joined(packed: Sequence[Sequence[Tokens]], padding: int) -> Rows:
    """Rows with several examples each, which do not see one another."""
    joined, parts = [], []
    for row in packed:
        wanted = [torch.cat([torch.tensor([False]), tokens.wanted[1:]]) for tokens in row]
        joined.append(Tokens(torch.cat([tokens.ids for tokens in row]), torch.cat(wanted)))
        parts.append(torch.cat([torch.full((len(tokens),), n) for n, tokens in enumerate(row)]))
    rows = rows_padded([[tokens] for tokens in joined], padding)
    part = torch.full(rows.ids.shape, -1, dtype=torch.int64)
    for number, own in enumerate(parts):
        part[number, : len(own)] = own
    return Rows(rows.ids, rows.wanted, rows.unit, part)


def units_split(units: Iterable[Sequence[Tokens]], most: int) -> Iterator[list[Sequence[Tokens]]]:
    """Cuts a batch into physical ones of at most `most` rows, units whole; a unit has at most `most`."""
    held: list[Sequence[Tokens]] = []
    rows = 0
    for unit in units:
        if held and rows + len(unit) > most:
            yield held
            held, rows = [], 0
        held.append(unit)
        rows += len(unit)
    if held:
        yield held
