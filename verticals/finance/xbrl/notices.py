"""What was noticed while reading, told once for each kind with its first examples."""

from collections import defaultdict

_SENTENCES = {
    "context": "{count} facts name a context that is not there and were left out: {examples}.",
    "unit": "{count} figures name a unit that is not there and were left out: {examples}.",
    "units": "{count} names of units mean different units in the files that were uploaded together; figures "
    "with them were left out: {examples}. Upload each report as a document of its own.",
    "figure": "{count} figures do not fit the format that they state and were left out: {examples}.",
    "fraction": "{count} fractions were left out: {examples}.",
    "target": "{count} facts are meant for another report ({examples}) and were left out.",
    "period": "{count} facts have no period that can be placed in time and were left out: {examples}.",
    "conflict": "{count} figures are stated more than once with values that rounding does not explain; the "
    "most precise one is kept: {examples}.",
    "long": "{count} facts have names, units or dimensions too long to keep and were left out: {examples}.",
}
EXAMPLES = 3
EXAMPLE_CHARS = 110


class Notices:
    """Collects notices and words them."""

    def __init__(self) -> None:
        self._examples: dict[str, list[str]] = defaultdict(list)
        self._counts: dict[str, int] = defaultdict(int)

    def add(self, kind: str, example: str, count: int = 1) -> None:
        self._counts[kind] += count
        if len(self._examples[kind]) < EXAMPLES:
            self._examples[kind].append(" ".join(example.split())[:EXAMPLE_CHARS])

    def told(self) -> list[str]:
        """One sentence for each kind."""
        return [
            _SENTENCES[kind].format(count=count, examples="; ".join(self._examples[kind]))
            for kind, count in self._counts.items()
        ]
