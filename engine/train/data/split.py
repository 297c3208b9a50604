"""Sets some examples aside, to measure on: nothing of a document, or of a person, is on both sides."""

import hashlib
from collections.abc import Callable, Sequence

from engine.train.data.example import Example

Side = Callable[[Example], str]  # what names the side that an example is on


def split(
    examples: Sequence[Example], share: float, side: Side, *, seed: int
) -> tuple[list[Example], list[Example]]:
    """What to train on, and what is held out: those of about `share` of the names that `side` gives.

    Which side a name is on depends on it alone, so it stays there when others come or go.
    """
    train: list[Example] = []
    held_out: list[Example] = []
    for example in examples:
        (held_out if share_of(side(example), seed) < share else train).append(example)
    return train, held_out


def by_own(example: Example) -> str:
    """The person whom an example is about, or its document: a name that no other example has a part in."""
    return f"group {example.group}" if example.group else f"source {example.source}"


def by_connected(examples: Sequence[Example]) -> Side:
    """The least name among all documents and persons that an example hangs together with.

    Two hang together where one example has both, so a document about two persons keeps them on one side.
    """
    over: dict[str, str] = {}

    def root(name: str) -> str:
        while (above := over.setdefault(name, name)) != name:
            over[name] = over[above]
            name = above
        return name

    for example in examples:
        first, second = root(f"source {example.source}"), root(by_own(example))
        over[max(first, second)] = min(first, second)
    return lambda example: root(by_own(example))


def share_of(name: str, seed: int) -> float:
    """A number in [0, 1) that belongs to a name: evenly spread over names, the same at every run."""
    digest = hashlib.sha256(f"{seed}\0{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
