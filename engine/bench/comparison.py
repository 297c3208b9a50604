"""The arithmetic of a comparison: do systems say the same, and how do their figures stand to one's?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from engine.bench.report import Row
from engine.bench.system import BATCHES, CLIENTS, Choice, Figures

TIE = 1e-3  # other kernels, other roundings: beyond this a difference is not rounding
MIB = 1024**2
ABSENT = "-"
MEASURES: Mapping[str, Callable[[Figures], float]] = {
    "first token s": lambda f: f.first_token_s,
    **{
        f"decode {batch} tok/s": lambda f, at=at: f.decode_tokens_s[at]  # type: ignore[misc]
        for at, batch in enumerate(BATCHES)
    },
    f"{CLIENTS} clients tok/s": lambda f: f.clients_tokens_s,
    "memory MiB": lambda f: f.memory_bytes / MIB,
    "start s": lambda f: f.start_s,
}


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many continuations are the same, part where two tokens were as good as equal, or differ."""

    same: int
    ties: int
    different: int

    def __str__(self) -> str:
        total = self.same + self.ties + self.different
        ties = f", {self.ties} part at a tie" if self.ties else ""
        return f"{self.same} of {total}{ties}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A system's figures, one of each pass, and what is to be said of it; `failed` where it has none."""

    name: str
    note: str
    passes: Sequence[Figures] = ()
    agreement: Agreement | None = None
    failed: bool = False


def agreement_of(reference: Sequence[Sequence[Choice]], said: Sequence[Sequence[Choice]]) -> Agreement:
    """Compares continuations with those of the reference, which knows how near the second best was."""
    kinds = [_kind(a, b) for a, b in zip(reference, said, strict=True)]
    return Agreement(kinds.count("same"), kinds.count("tie"), kinds.count("different"))


def _kind(reference: Sequence[Choice], said: Sequence[Choice]) -> str:
    for one, other in zip(reference, said, strict=False):
        if one.token != other.token:
            return "tie" if one.lead < TIE else "different"
    return "same" if len(reference) == len(said) else "different"


def figures_row(system: Measured) -> Row:
    """The medians over the passes; a system that was not measured has none, and its note says why."""
    row: dict[str, str | int | float] = {"system": system.name}
    for name, figure in MEASURES.items():
        row[name] = round(median(map(figure, system.passes)), 3) if system.passes else ABSENT
    return row | {"same tokens": str(system.agreement or ABSENT), "note": system.note}


def ratios_row(system: Measured, reference: Measured) -> Row:
    """How many times the reference's figures the system's are: the medians of the passes' ratios."""
    row: dict[str, str | int | float] = {"system": f"{system.name} / {reference.name}"}
    for name, figure in MEASURES.items():
        ratios = [figure(a) / figure(b) for a, b in zip(system.passes, reference.passes, strict=True)]
        row[name] = round(median(ratios), 3)
    return row


def passes_rows(systems: Sequence[Measured]) -> list[Row]:
    """The figures of each pass alone, from which the others come."""
    return [
        {"system": system.name, "pass": number, **{n: round(m(figures), 3) for n, m in MEASURES.items()}}
        for system in systems
        for number, figures in enumerate(system.passes, 1)
    ]
