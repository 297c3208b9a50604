"""A data card: what was put into a training, and what was left out of it and why."""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from engine.train.data.example import Example

PRIVATE_STATEMENT = (
    "The counts of this card are exact: the guarantee of the training does not cover them. The examples held "
    "out were not trained on, and a loss over them is not covered either. Examples that are nearly the same "
    "were kept, since removing one of them would depend on the others."
)


@dataclass(frozen=True, slots=True)
class Part:
    """How many examples a side has, by language and by who made them, and of how many sources and groups."""

    examples: int
    refusals: int
    sources: int
    groups: int
    characters: int
    languages: Mapping[str, int]
    made_by: Mapping[str, int]
    sha256: str


@dataclass(frozen=True, slots=True)
class DataCard:
    """`removed`: how many examples each filter took out, in the order in which they were asked."""

    read: int
    removed: Mapping[str, int]
    added: Mapping[str, int]
    train: Part
    held_out: Part
    options: Mapping[str, Any]
    private: bool
    statement: str

    def as_json(self) -> dict[str, Any]:
        """The card as it is written."""
        return asdict(self)

    def write(self, path: Path) -> None:
        """Writes the card to a file."""
        path.write_text(json.dumps(self.as_json(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def part_of(examples: Sequence[Example]) -> Part:
    """What a card says of a side. `sha256` names exactly these examples, in whatever order."""
    lines = sorted(one.line() for one in examples)
    return Part(
        examples=len(examples),
        refusals=sum(one.refusal for one in examples),
        sources=len({one.source for one in examples}),
        groups=len({one.group for one in examples if one.group}),
        characters=sum(len(message.content) for one in examples for message in one.messages),
        languages=dict(sorted(Counter(one.language for one in examples).items())),
        made_by=dict(sorted(Counter(one.made_by for one in examples).items())),
        sha256=hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    )
