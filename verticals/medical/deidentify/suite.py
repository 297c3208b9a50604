"""The suite `medical.deidentify`: how much of what identifies people is found, and how much else with it.

An identifier is found where every letter and digit of it lies in some span, of whatever kind: what is left
in the text is what counts. Precision is the share of spans that touch an identifier; spans over what the
rules of de-identification leave open (a country, an employer, a year) count neither way.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collegium.sdk.evaluation import SuiteProblem
from collegium.sdk.vertical import Suite, SuiteResult
from verticals.medical.deidentify.pii_text import DATA_SET, pii_read
from verticals.medical.deidentify.planted import HALVES, LANGUAGES, Note, Planted, notes_make
from verticals.medical.deidentify.recognise import TextUnreadable, identifiers_find
from verticals.medical.deidentify.span import STRUCTURED_KINDS, Span

MISSED_SHOWN = 200
NAMES = "name"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One note: what was found of it. `missed` and `false` are places in its text."""

    note: Note
    found: tuple[Planted, ...]
    missed: tuple[Planted, ...]
    right: int
    false: tuple[Span, ...]


def deidentify_run(data: Path | None) -> SuiteResult:
    """Notes with planted identifiers, and the sentences of pii_text where `data` holds them.

    The headline figures are of what was set aside: templates that were not read while rules were written.
    """
    notes = [note for half in HALVES for language in LANGUAGES for note in notes_make(half, language)]
    notes += pii_read(_folder(data)) if data else []
    outcomes = [outcome_of(note) for note in notes]
    unseen = [one for one in outcomes if one.note.half == "unseen"]
    metrics = figures(unseen)
    for half in HALVES:
        for source in sorted({one.note.source for one in outcomes}):
            chosen = [one for one in outcomes if (one.note.half, one.note.source) == (half, source)]
            metrics |= {f"{name}_{source}_{half}": value for name, value in figures(chosen).items()}
    return SuiteResult(metrics=metrics, details=[*_kinds(outcomes), *_wrong(outcomes)])


def outcome_of(note: Note) -> Outcome:
    """Hold what is found of a note against what is in it."""
    try:
        spans = identifiers_find(note.text)
    except TextUnreadable:
        spans = []  # nothing of it would leave the workspace, but nothing of it is found either
    covered = {at for span in spans for at in range(span.start, span.end)}
    wanted = [one for one in note.planted if one.kind]
    found = tuple(one for one in wanted if _covered(note.text, one, covered))
    right = [span for span in spans if _touches(span, wanted)]
    false = tuple(span for span in spans if not _touches(span, note.planted))
    return Outcome(note, found, tuple(one for one in wanted if one not in found), len(right), false)


def _covered(text: str, planted: Planted, covered: set[int]) -> bool:
    return all(at in covered for at in range(planted.start, planted.end) if text[at].isalnum())


def _touches(span: Span, planted: Iterable[Planted]) -> bool:
    return any(span.start < one.end and one.start < span.end for one in planted)


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Recall of structured kinds, of names, and precision, with the numbers that they are shares of."""
    counts = _counts(outcomes)
    structured = [counts[kind] for kind in STRUCTURED_KINDS if kind in counts]
    right, false = sum(one.right for one in outcomes), sum(len(one.false) for one in outcomes)
    return {
        "recall_structured": _share(sum(one[0] for one in structured), sum(one[1] for one in structured)),
        "structured": sum(one[1] for one in structured),
        "recall_names": _share(*counts[NAMES]) if NAMES in counts else 0.0,
        "names": counts[NAMES][1] if NAMES in counts else 0,
        "precision": _share(right, right + false),
        "spans": right + false,
    } | {f"recall_{kind}": _share(*counts[kind]) for kind in sorted(counts) if kind != NAMES}


def _counts(outcomes: Sequence[Outcome]) -> dict[str, tuple[int, int]]:
    found: dict[str, int] = defaultdict(int)
    total: dict[str, int] = defaultdict(int)
    for outcome in outcomes:
        for one in (*outcome.found, *outcome.missed):
            total[one.kind] += 1
        for one in outcome.found:
            found[one.kind] += 1
    return {kind: (found[kind], total[kind]) for kind in total}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _kinds(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """Recall with its counts, per source, half, language and kind."""
    groups: dict[tuple[str, str, str], list[Outcome]] = defaultdict(list)
    for one in outcomes:
        groups[one.note.source, one.note.half, one.note.language].append(one)
    return [
        {
            "source": source,
            "half": half,
            "language": language,
            "kind": kind,
            "planted": total,
            "found": found,
            "recall": _share(found, total),
        }
        for (source, half, language), chosen in sorted(groups.items())
        for kind, (found, total) in sorted(_counts(chosen).items())
    ]


def _wrong(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """What was missed or taken wrongly, of the half that may be read; of the other nothing is told."""
    rows = [
        {
            "template": one.note.template,
            "text": one.note.text,
            "missed": [[part.kind, one.note.text[part.start : part.end]] for part in one.missed],
            "false": [[part.rule, one.note.text[part.start : part.end]] for part in one.false],
        }
        for one in outcomes
        if one.note.half == "tuned" and (one.missed or one.false)
    ]
    return rows[:MISSED_SHOWN]


def _folder(data: Path) -> Path:
    for path in (data / DATA_SET, data):
        if list(path.glob("synth_*.json")):
            return path
    raise SuiteProblem(f"{data} does not hold the data set {DATA_SET}: there is no synth_*.json in it.")


DEIDENTIFY_SUITE = Suite(
    name="deidentify",
    description="Recall of identifiers per kind, and precision, over notes with planted ones in English "
    "and Chinese.",
    run=deidentify_run,
    data_sets=(DATA_SET,),
)
