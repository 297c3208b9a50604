"""The suite `medical.notes`: sections that the served model writes from dialogues, against those of people.

Over what is held out of MTS-Dialog (its validation set) and of ACI-BENCH (likewise; of its long visits the
sections that a model of a small context can be asked for). A number is supported where the dialogue states
it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collegium.sdk.evaluation import SuiteProblem, model_said
from collegium.sdk.intervals import bootstrap_mean
from collegium.sdk.overlap import numbers_supported, rouge_l, token_f1
from collegium.sdk.vertical import Suite, SuiteResult
from verticals.medical.tuning.note_examples import SECTION_PROMPTS, section_messages
from verticals.medical.tuning.note_files import NotesUnreadable, notes_read
from verticals.medical.tuning.note_parts import Section

MTS, ACI = "mts_dialog", "aci_bench"
HELD_OUT = {MTS: "MTS-Dialog-ValidationSet.csv", ACI: "valid.csv"}
ACI_SECTIONS = ("complaint", "history")
DIALOGUE_CHARS = 5_000  # with what is written about 1,700 tokens; a longer dialogue is cut at a turn


@dataclass(frozen=True, slots=True)
class SectionAsked:
    """A section to write: from which dialogue, and how a person wrote it."""

    key: str
    data_set: str
    dialogue: str
    section: Section


def notes_run(data: Path | None) -> SuiteResult:
    """Ask the served model for each section and score what it writes."""
    if data is None:
        raise SuiteProblem(f"Name the folder of {MTS} or {ACI} by --data: the sample has no dialogues.")
    asked = list(sections_asked(data))
    if not asked:
        raise SuiteProblem(f"{data} holds neither {HELD_OUT[MTS]} of {MTS} nor {HELD_OUT[ACI]} of {ACI}.")
    details = [_scored(one) for one in asked]
    return SuiteResult(metrics=note_metrics(details), details=details)


def sections_asked(data: Path) -> Iterator[SectionAsked]:
    """The sections held out, in the order of their tables. SuiteProblem for a table that is none."""
    for data_set, name in HELD_OUT.items():
        path = next((one for one in (data / name, data / data_set / name) if one.is_file()), None)
        if path is None:
            continue
        try:
            for note in notes_read(path):
                for section in note.sections:
                    if data_set == MTS or section.key in ACI_SECTIONS:
                        key = f"{data_set}/{note.key}/{section.key}"
                        yield SectionAsked(key, data_set, dialogue_cut(note.dialogue), section)
        except NotesUnreadable as error:
            raise SuiteProblem(str(error)) from error


def dialogue_cut(dialogue: str) -> str:
    """The first turns of a dialogue that fit, at least one."""
    kept: list[str] = []
    room = DIALOGUE_CHARS
    for turn in dialogue.split("\n"):
        room -= len(turn) + 1
        if room < 0 and kept:
            break
        kept.append(turn)
    return "\n".join(kept)


def _scored(one: SectionAsked) -> dict[str, Any]:
    system, user, reference = section_messages(one.dialogue, one.section, "en")
    said = model_said(system.content, user.content, max_tokens=SECTION_PROMPTS["en"].max_tokens)
    supported, numbers = numbers_supported(said, one.dialogue)
    return {
        "key": one.key,
        "data_set": one.data_set,
        "said": said,
        "reference": reference.content,
        "rouge_l": rouge_l(said, reference.content),
        "token_f1": token_f1(said, reference.content),
        "numbers": numbers,
        "supported": supported,
    }


def note_metrics(details: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Means with their intervals over sections, whole and by data set; numbers are pooled."""
    metrics: dict[str, float] = {"sections": float(len(details))}
    for name in ("", *HELD_OUT):
        rows = [row for row in details if name in ("", row["data_set"])]
        if not rows or (name and len(rows) == len(details)):
            continue
        mark = f"_{name}" if name else ""
        for score in ("rouge_l", "token_f1"):
            interval = bootstrap_mean([row[score] for row in rows])
            metrics[f"{score}{mark}"] = round(interval.mean, 4)
            metrics[f"{score}{mark}_low"] = round(interval.low, 4)
            metrics[f"{score}{mark}_high"] = round(interval.high, 4)
        numbers = sum(row["numbers"] for row in rows)
        metrics[f"numbers{mark}"] = float(numbers)
        if numbers:
            metrics[f"numbers_supported{mark}"] = round(sum(row["supported"] for row in rows) / numbers, 4)
        metrics[f"empty{mark}"] = float(sum(not row["said"] for row in rows))
    return metrics


NOTES_SUITE = Suite(
    name="notes",
    description="Note sections written from dialogues: ROUGE-L and token F1 against a person's, numbers "
    "that the dialogue supports.",
    run=notes_run,
    data_sets=(MTS, ACI),
)
