"""The stages of a load after the concepts: descriptions, relationships, axioms, members of reference sets."""

import json
import re
from collections.abc import Iterator, Sequence
from functools import cache, partial
from typing import Any

from django.db import connection

from verticals.medical import models
from verticals.medical.terminology import rf2_names as rf2
from verticals.medical.terminology.concepts import Load, ends
from verticals.medical.terminology.partitions import partition
from verticals.medical.terminology.problems import shown
from verticals.medical.terminology.rf2_files import ReleaseFile
from verticals.medical.terminology.rf2_rows import Row, header_read, latest_rows
from verticals.medical.terminology.rows import array, rows_carry, rows_copy, stage_table
from verticals.medical.terminology.words import term_words

DESCRIPTION = (
    "version_id", "concept_id", "code", "language", "kind", "term", "effective", "preferred_in",
    "acceptable_in", "words",
)  # fmt: skip
RELATIONSHIP = ("version_id", "code", "source_id", "type_id", "destination_id", "value", "group")
AXIOM = ("version_id", "code", "concept_id", "owl")
MEMBER = ("version_id", "code", "kind", "refset", "component", "concept_id", "target", "fields")
TERM_MAX_CHARS = (
    32_767  # definitions have at most 4,096; the words of a term go into one tsvector, below 1 MiB
)
_CONCRETE = re.compile(r'#[-+]?\d+(\.\d+)?|".*"|true|false', re.ASCII)
_KINDS = {rf2.FULLY_SPECIFIED_NAME: "name", rf2.DEFINITION: "definition"}
Acceptability = tuple[tuple[str, bool], ...]  # (code of a language reference set, preferred there), ascending


def refset_kind(file: ReleaseFile) -> str:
    """simple, language, association, axiom or map, by the columns; empty for the rest, which is not kept."""
    extra = header_read(file)[len(rf2.REFSET) :]
    return rf2.REFSET_KINDS.get(extra) or ("map" if "mapTarget" in extra else "")


def _refsets(load: Load, *kinds: str) -> list[ReleaseFile]:
    return [file for file in load.of("Refset") if refset_kind(file) in kinds]


def descriptions_write(load: Load) -> int:
    """Write active terms with the language reference sets that prefer or accept them."""
    files = {content: load.of(content) for content in ("Description", "TextDefinition")}
    accepted, changed = _acceptability(load)
    rows_here = (
        {row.cells[0] for one in files.values() for row in latest_rows(one)} if load.version.base else set()
    )
    stage_table("medical_description", load.version.pk)
    carried = _carry(load, "medical_description", DESCRIPTION, ["concept_id"], list(rows_here))
    _acceptability_update(load, {code: accepted.get(code, ()) for code in changed if code not in rows_here})

    def lines() -> Iterator[Sequence[Any]]:
        for content, found in files.items():
            rows = (row for row in latest_rows(found) if row.active)
            yield from load.lines(rows, partial(_description, load, content, accepted))

    return carried + rows_copy(
        "medical_description",
        DESCRIPTION,
        lines(),
        version=load.version.pk,
        heard=lambda done: load.heard("descriptions", carried + done),
    )


def _description(
    load: Load, content: str, acceptability: dict[str, Acceptability], row: Row
) -> Sequence[Any]:
    code, effective, _active, _module, _concept, language, kind, term, _case = row.cells
    if not term.strip():
        raise row.broken("The description has no term.")
    if len(term) > TERM_MAX_CHARS:
        raise row.broken(f"The term has {len(term)} characters; at most {TERM_MAX_CHARS} are read.")
    if len(language) > 10 or not language:
        raise row.broken(f"languageCode is '{language[:40]}', not a code such as en.")
    accepted = acceptability.get(code, ())
    named = "definition" if content == "TextDefinition" else _KINDS.get(kind, "synonym")
    return (
        load.version.pk, load.id_of(row, 4, "The concept"), code, language, named, term, effective,
        *_refset_arrays(accepted), term_words(term),
    )  # fmt: skip


@cache
def _refset_arrays(accepted: Acceptability) -> tuple[str, str]:
    """Where a description is preferred, and where accepted; few combinations occur."""
    return array(one for one, yes in accepted if yes), array(one for one, yes in accepted if not yes)


def _acceptability(load: Load) -> tuple[dict[str, Acceptability], set[str]]:
    """Description -> where it is preferred or accepted, and the descriptions of which the files say so.

    Few combinations occur, and each is kept once: a dict per description would take gigabytes.
    """
    base = load.version.base
    found = _acceptability_before(load) if base else {}
    changed: set[str] = set()
    combined: dict[tuple[Acceptability, str, str, bool], Acceptability] = {}
    for row in latest_rows(_refsets(load, "language")):
        refset, code, acceptability = row.cells[4:7]
        if acceptability not in (rf2.PREFERRED, rf2.ACCEPTABLE):
            raise row.broken(f"acceptabilityId {acceptability} is neither preferred nor acceptable.")
        if base:
            changed.add(code)
        before = found.get(code, ())
        step = (before, refset, acceptability, row.active)
        after = combined.get(step)
        if after is None:
            rest = [one for one in before if one[0] != refset]
            here = [(refset, acceptability == rf2.PREFERRED)] if row.active else []
            after = combined[step] = tuple(sorted([*rest, *here]))
        found[code] = after
    return found, changed


def _acceptability_before(load: Load) -> dict[str, Acceptability]:
    """What the base says of the descriptions that have it said anywhere."""
    rows = models.Description.objects.filter(version=load.version.base).exclude(
        preferred_in=[], acceptable_in=[]
    )
    return {
        code: tuple(sorted([*((one, True) for one in preferred), *((one, False) for one in acceptable)]))
        for code, preferred, acceptable in rows.values_list(
            "code", "preferred_in", "acceptable_in"
        ).iterator()
    }


def _acceptability_update(load: Load, changed: dict[str, Acceptability]) -> None:
    """Descriptions that the Delta itself does not hold, of which its language reference sets speak."""
    rows = [
        {
            "code": code,
            "preferred": [one for one, yes in said if yes],
            "accepted": [one for one, yes in said if not yes],
        }
        for code, said in changed.items()
    ]
    if not load.version.base or not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {partition('medical_description', load.version.pk)} d "
            "SET preferred_in = n.preferred, acceptable_in = n.accepted "
            "FROM json_to_recordset(%s) AS n(code text, preferred text[], accepted text[]) "
            "WHERE d.code = n.code",
            [json.dumps(rows)],
        )


def words_write(load: Load) -> int:
    """Gather the words of all terms, for search to compare mistyped ones with; Chinese needs none."""
    version = load.version.pk
    stage_table("medical_termword", version)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {partition('medical_termword', version)} (version_id, word) "
            f"SELECT DISTINCT %s::bigint, word FROM {partition('medical_description', version)}, "
            "unnest(tsvector_to_array(words)) AS word WHERE length(word) BETWEEN 3 AND 40 "
            "AND word !~ '[\\d\\u3400-\\u9fff]'",
            [version],
        )
        return cursor.rowcount


def relationships_write(load: Load) -> int:
    """Write active inferred relationships and concrete values."""
    files = {content: load.of(content) for content in ("Relationship", "RelationshipConcreteValues")}

    def lines() -> Iterator[Sequence[Any]]:
        for content, found in files.items():
            rows = (row for row in latest_rows(found) if row.active and row.cells[8] != rf2.STATED)
            yield from load.lines(rows, partial(_relationship, load, content != "Relationship"))

    return _carried_and_copied(load, "relationships", "medical_relationship", RELATIONSHIP, lines(), files)


def _relationship(load: Load, concrete: bool, row: Row) -> Sequence[Any]:
    code, end, group, kind = row.cells[0], row.cells[5], row.cells[6], row.cells[7]
    if not (group.isascii() and group.isdigit() and len(group) < 6):
        raise row.broken(f"relationshipGroup is '{group[:40]}', not a number.")
    if concrete and not _CONCRETE.fullmatch(end):
        raise row.broken(
            f'value is {shown(end)}; it is a number such as #5, a text such as "x", true or false.'
        )
    source, destination = (load.id_of(row, 4, "The source"), None) if concrete else ends(load, row)
    attribute = None if kind == rf2.IS_A and not concrete else load.id_of(row, 7, "The type")
    return load.version.pk, code, source, attribute, destination, end if concrete else "", int(group)


def axioms_write(load: Load) -> int:
    """Keep OWL axioms as they are."""
    files = _refsets(load, "axiom")

    def lines() -> Iterator[Sequence[Any]]:
        for row in latest_rows(files):
            if row.active:
                concept = load.ids.get(row.cells[5])
                if concept is not None:  # axioms of an ontology's head have the id of no concept
                    yield load.version.pk, row.cells[0], concept, row.cells[6]

    return _carried_and_copied(load, "axioms", "medical_axiom", AXIOM, lines(), {"": files})


def members_write(load: Load) -> int:
    """Write members of simple, association and map reference sets."""
    files = {kind: _refsets(load, kind) for kind in ("simple", "association", "map")}

    def lines() -> Iterator[Sequence[Any]]:
        for kind, found in files.items():
            headers = {file.name: header_read(file) for file in found}
            for row in latest_rows(found):
                if row.active:
                    yield _member(load, row, kind, headers[row.file.name])

    return _carried_and_copied(load, "members", "medical_member", MEMBER, lines(), files)


def _member(load: Load, row: Row, kind: str, header: Sequence[str]) -> Sequence[Any]:
    extra = dict(zip(header[6:], row.cells[6:], strict=True))
    target = extra.pop("mapTarget", extra.pop("targetComponentId", ""))
    if len(target) > 200:
        raise row.broken("The target is longer than 200 characters.")
    code, refset, component = row.cells[0], row.cells[4], row.cells[5]
    if len(component) > 40:
        raise row.broken("referencedComponentId is longer than 40 characters.")
    fields = json.dumps(extra, ensure_ascii=False)
    return load.version.pk, code, kind, refset, component, load.ids.get(component), target, fields


def _carry(
    load: Load, table: str, columns: Sequence[str], concepts: Sequence[str], but: Sequence[str]
) -> int:
    base = load.version.base
    if base is None:
        return 0
    return rows_carry(table, columns, concepts, base=base.pk, version=load.version.pk, but=but)


def _carried_and_copied(
    load: Load,
    stage: str,
    table: str,
    columns: Sequence[str],
    lines: Iterator[Sequence[Any]],
    files: dict[str, list[ReleaseFile]],
) -> int:
    """What the base has and the files do not change, then what the files hold."""
    concepts = [name for name in columns if name in {"source_id", "type_id", "destination_id", "concept_id"}]
    base = load.version.base
    changed = [row.cells[0] for found in files.values() for row in latest_rows(found)] if base else []
    stage_table(table, load.version.pk)
    carried = _carry(load, table, columns, concepts, changed)
    return carried + rows_copy(
        table, columns, lines, version=load.version.pk, heard=lambda done: load.heard(stage, carried + done)
    )
