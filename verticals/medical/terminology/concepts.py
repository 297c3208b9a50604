"""The first stage of a load: concepts, from which all other rows get their ids, and their closure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import connection

from verticals.medical import models
from verticals.medical.terminology import rf2_names as rf2
from verticals.medical.terminology.closure import Cyclic, descendants, lineages
from verticals.medical.terminology.problems import BrokenRelease, UnknownConcept
from verticals.medical.terminology.rf2_files import ReleaseFile
from verticals.medical.terminology.rf2_rows import Row, latest_rows
from verticals.medical.terminology.rows import array, ids_take, rows_copy, stage_table

Line = TypeVar("Line")
CONCEPT = ("id", "version_id", "code", "name", "active", "defined", "module", "effective")
CLOSURE = ("id", "version_id", "above", "below")


@dataclass(slots=True)
class Load:
    """What the stages of one load share. `ids`: code -> id of the version's concepts.

    `lenient`: rows that name a concept that the release does not hold are left out, and counted, not refused.
    """

    version: models.TerminologyVersion
    files: Sequence[ReleaseFile]
    heard: Callable[[str, int], None]
    lenient: bool = False
    ids: dict[str, int] = field(default_factory=dict)
    left_out: int = 0

    def of(self, *contents: str) -> list[ReleaseFile]:
        return [file for file in self.files if file.content in contents]

    def id_of(self, row: Row, cell: int, what: str) -> int:
        """The concept that a cell names. Raises BrokenRelease where there is none of that code."""
        found = self.ids.get(row.cells[cell])
        if found is None:
            base = self.version.base
            beside = f" nor of '{base.label}'" if base else ""
            raise UnknownConcept(
                f"{what} {row.cells[cell]} is no concept of the release{beside}. The release "
                "is partial, or it was made for another edition: load it together with, or over, that one.",
                file=row.file.name,
                line=row.line,
            )
        return found

    def lines(self, rows: Iterable[Row], line: Callable[[Row], Line]) -> Iterator[Line]:
        """A line of each row; those of unknown concepts are left out where the load is lenient."""
        for row in rows:
            try:
                made = line(row)
            except UnknownConcept:
                if not self.lenient:
                    raise
                self.left_out += 1
            else:
                yield made


@dataclass(frozen=True, slots=True)
class _State:
    effective: str
    active: bool
    module: str
    defined: bool


def concepts_write(load: Load) -> int:
    """Write the version's concepts and their closure; of a Delta, its base's with what the Delta changes."""
    states, names = _before(load)
    for row in latest_rows(load.of("Concept")):
        code, effective, _active, module, status = row.cells
        old = states.get(code)
        if load.version.base and old and old.effective > effective:
            raise row.broken(
                f"The concept {code} is of {effective} here and of {old.effective} in "
                f"'{load.version.base.label}': the delta belongs to an earlier release."
            )
        states[code] = _State(effective, row.active, module, status == rf2.DEFINED)
    if not any(state.active for state in states.values()):
        raise BrokenRelease("The release holds no active concept.")
    names |= _names(load)
    load.ids = dict(zip(states, ids_take("medical_concept", len(states)), strict=True))
    closure = _lineages(load, states)
    version = load.version.pk

    def lines() -> Iterator[Sequence[object]]:
        for code, state in states.items():
            said = (state.active, state.defined, state.module, state.effective)
            yield load.ids[code], version, code, names.get(code, code), *said

    written = concept_rows_write(load, lines())
    closure_write(load, closure)
    return written


def concept_rows_write(load: Load, lines: Iterable[Sequence[object]]) -> int:
    version = load.version.pk
    stage_table("medical_concept", version)
    heard = load.heard
    return rows_copy(
        "medical_concept", CONCEPT, lines, version=version, heard=lambda done: heard("concepts", done)
    )


def closure_write(load: Load, above: Mapping[int, Sequence[int]]) -> None:
    """Write what is above and below of each of the load's concepts."""
    version, below = load.version.pk, descendants(above)

    def lines() -> Iterator[Sequence[object]]:
        for number in load.ids.values():
            up, down = above.get(number, ()), below.get(number, ())
            yield number, version, array(sorted((*up, number))), array(sorted((*down, number)))

    stage_table("medical_closure", version)
    rows_copy(
        "medical_closure", CLOSURE, lines(), version=version, heard=lambda done: load.heard("closure", done)
    )


def _before(load: Load) -> tuple[dict[str, _State], dict[str, str]]:
    """State and name of each concept of the base, by code."""
    states, names = {}, {}
    if load.version.base:
        rows = models.Concept.objects.filter(version=load.version.base).order_by("id")
        for code, name, *state in rows.values_list(
            "code", "name", "effective", "active", "module", "defined"
        ):
            states[code], names[code] = _State(*state), name
    return states, names


def _names(load: Load) -> dict[str, str]:
    """The fully specified name of each concept that has one here, in English before other languages."""
    names: dict[str, str] = {}
    english: set[str] = set()
    for row in latest_rows(load.of("Description"), having=rf2.FULLY_SPECIFIED_NAME):
        concept, language, kind, term = row.cells[4:8]
        if row.active and kind == rf2.FULLY_SPECIFIED_NAME and concept not in english:
            names[concept] = term
            if language.startswith("en"):
                english.add(concept)
    return names


def is_a(row: Row) -> bool:
    return row.active and row.cells[7] == rf2.IS_A and row.cells[8] != rf2.STATED


def ends(load: Load, row: Row) -> tuple[int, int]:
    """Source and destination of a relationship."""
    return load.id_of(row, 4, "The source"), load.id_of(row, 5, "The destination")


def _lineages(load: Load, states: dict[str, _State]) -> dict[int, tuple[int, ...]]:
    rows: list[Row] = []
    seen: list[str] = []
    having = "" if load.version.base else rf2.IS_A  # a Delta's rows of any kind take the place of its base's
    for row in latest_rows(load.of("Relationship"), having=having):
        if load.version.base:
            seen.append(row.cells[0])
        if is_a(row):
            rows.append(row)
    edges = list(load.lines(rows, lambda row: ends(load, row)))
    load.left_out = 0  # the stage of the relationships counts them
    edges += _edges_before(load, seen)
    active = {load.ids[code] for code, state in states.items() if state.active}
    try:
        return lineages(edge for edge in edges if edge[0] in active and edge[1] in active)
    except Cyclic as cyclic:
        raise _cycle(load, cyclic) from cyclic


def _edges_before(load: Load, changed: Sequence[str]) -> list[tuple[int, int]]:
    """The is-a edges of the base that the Delta leaves as they are, between concepts of the new version."""
    if not load.version.base:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.code, d.code FROM medical_relationship r JOIN medical_concept s ON s.id = r.source_id "
            "JOIN medical_concept d ON d.id = r.destination_id WHERE r.version_id = %(base)s "
            "AND s.version_id = %(base)s AND d.version_id = %(base)s AND r.type_id IS NULL "
            "AND r.code <> ALL(%(changed)s)",
            {"base": load.version.base.pk, "changed": list(changed)},
        )
        return [(load.ids[source], load.ids[end]) for source, end in cursor.fetchall()]


def _cycle(load: Load, cyclic: Cyclic) -> BrokenRelease:
    """The circle, and the line of the last of its rows that the release holds."""
    codes = {number: code for code, number in load.ids.items()}
    around = [codes[one] for one in cyclic.around]
    steps = set(zip(around, [*around[1:], around[0]], strict=True))
    rows = [
        row
        for row in latest_rows(load.of("Relationship"), having=rf2.IS_A)
        if is_a(row) and (row.cells[4], row.cells[5]) in steps
    ]
    shown = " -> ".join([*around[:10], around[0]] if len(around) <= 10 else [*around[:10], "…"])
    what = f"The hierarchy runs in a circle, where each is a kind of the next: {shown}."
    return rows[-1].broken(what) if rows else BrokenRelease(what)
