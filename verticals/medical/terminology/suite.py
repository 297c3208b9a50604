"""The suite `medical.terminology`: releases are loaded, and what came of them is held against their files.

The files are counted here by a reader of its own, which knows columns by their place and checks nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, transaction

from collegium.sdk.asker import Asker
from collegium.sdk.evaluation import SuiteProblem
from collegium.sdk.vertical import Suite, SuiteResult
from verticals.medical import models
from verticals.medical.terminology import rf2_names as rf2
from verticals.medical.terminology.icd10cm import NAME, chinese_names, codes, icd10cm_ensure
from verticals.medical.terminology.loading import release_load
from verticals.medical.terminology.problems import BrokenRelease
from verticals.medical.terminology.search import concepts_search
from verticals.medical.terminology.visible import version_current

DATA_SET = "snomed_rf2_dummy"
Rows = dict[str, dict[str, list[str]]]  # what a file holds -> id -> its latest row
Counts = dict[str, int]
# Typed by somebody -> the concept of ICD-10-CM that is meant.
ASKED = {
    "chest pain": "R07.9", "hedache": "R51.9", "anaphylatic shock": "T78.2", "sepsis unspecifed": "A41.9",
    "胸痛": "R07.9", "头痛": "R51.9", "过敏性休克": "T78.2", "社区获得性肺炎": "J18.9",
}  # fmt: skip


def terminology_run(data: Path | None) -> SuiteResult:
    """ICD-10-CM as it is loaded; where `data` holds snomed_rf2_dummy, its releases too.

    `mismatches`: how many counts of a load differ from those of its files; it has to be 0. What the suite
    loads of releases is left nowhere.
    """
    details = _open_vocabulary()
    if data is not None:
        folder = _folder(data)
        with transaction.atomic():
            details += list(_releases(folder))
            transaction.set_rollback(True)
    metrics = {f"{one['release']}.{one['what']}": float(one["loaded"]) for one in details}
    metrics["mismatches"] = sum(one["loaded"] != one["expected"] for one in details)
    return SuiteResult(metrics=metrics, details=details)


def _open_vocabulary() -> list[dict[str, Any]]:
    icd10cm_ensure()
    asker = Asker(workspace_id=UUID(int=0), scopes=frozenset({"read"}))  # of a workspace without its own
    version = version_current(asker, NAME)
    chinese = models.Description.objects.filter(version=version, language="zh")
    found = [
        code in {one.code for one in concepts_search(asker, NAME, text)[:10]} for text, code in ASKED.items()
    ]
    loaded = {
        "concepts": models.Concept.objects.filter(version=version).count(),
        "chinese": chinese.values("concept").distinct().count(),
        "found_of_asked": sum(found),
    }
    expected = {"concepts": len(codes()), "chinese": len(chinese_names()), "found_of_asked": len(ASKED)}
    return list(_compared(NAME, loaded, expected))


def _releases(folder: Path) -> Iterator[dict[str, Any]]:
    """A Snapshot with its extension, a Full, a Snapshot, and the Delta over that."""
    workspace = apps.get_model("accounts", "Workspace").objects.create(
        slug="evaluation-terminology", name="Evaluation of terminologies"
    )

    def load(path: Path, **more: Any) -> Counts:
        version = release_load(workspace=workspace.pk, paths=[path], **more)
        return _loaded(version.pk)

    lite, main = folder / "snowstorm_lite", folder / "snowstorm_main" / "RF2Release"
    refused = _refused(lambda: load(lite))
    yield from _compared("lite_strict", {"refused": refused}, {"refused": 1})
    yield from _compared("lite", load(lite, lenient=True), _expected(_latest(lite, "Snapshot", {})))
    yield from _compared("full", load(main, kind="Full"), _expected(_latest(main, "Full", {})))
    snapshot = _latest(main, "Snapshot", {})
    yield from _compared("snapshot", load(main, kind="Snapshot"), _expected(snapshot))
    yield from _compared("delta", load(main, kind="Delta"), _expected(_latest(main, "Delta", snapshot)))


def _refused(load: Callable[[], object]) -> int:
    """1 where a release that lacks concepts is refused with the line that names one."""
    try:
        with transaction.atomic():
            load()
    except BrokenRelease as broken:
        return int(bool(broken.extra.get("line")))
    return 0


def _compared(release: str, loaded: Counts, expected: Counts) -> Iterator[dict[str, Any]]:
    for what, count in expected.items():
        yield {"release": release, "what": what, "loaded": loaded[what], "expected": count}


def _loaded(version: int) -> Counts:
    found = {
        "concepts": models.Concept.objects.filter(version=version),
        "active_concepts": models.Concept.objects.filter(version=version, active=True),
        "descriptions": models.Description.objects.filter(version=version),
        "relationships": models.Relationship.objects.filter(version=version),
        "axioms": models.Axiom.objects.filter(version=version),
        "members": models.Member.objects.filter(version=version),
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(cardinality(above) - 1) FROM medical_closure WHERE version_id = %s", [version]
        )
        return {what: rows.count() for what, rows in found.items()} | {"ancestors": cursor.fetchone()[0]}


def _latest(folder: Path, kind: str, before: Rows) -> Rows:
    """The latest row of each id in the folder's files of a kind, over what was before them."""
    found: Rows = defaultdict(dict, {content: dict(rows) for content, rows in before.items()})
    for path in sorted(folder.rglob(f"*_*{kind}*.txt")):
        lines = [line for line in path.read_text("utf-8-sig").splitlines() if line and line[0] != "#"]
        content = _content(path.name.split("_")[1], tuple(lines[0].split("\t")))
        for line in lines[1:]:
            row = line.split("\t")
            if content and (row[0] not in found[content] or row[1] > found[content][row[0]][1]):
                found[content][row[0]] = row
    return found


def _content(named: str, header: tuple[str, ...]) -> str:
    """What a file holds, empty for what is not kept."""
    if not named.endswith("Refset"):
        return named if named in rf2.COLUMNS else ""
    if header[-1] == "owlExpression":
        return "axioms"
    kept = header[6:] in {(), ("targetComponentId",)} or "mapTarget" in header
    return "members" if kept else ""


def _expected(rows: Rows) -> Counts:
    """What a load of these rows has to write: active ones that name concepts of the release."""
    there = set(rows["Concept"])
    active = {code for code, row in rows["Concept"].items() if row[2] == "1"}

    def count(content: str, *places: int) -> int:
        return sum(row[2] == "1" and all(row[at] in there for at in places) for row in rows[content].values())

    inferred = [row for row in rows["Relationship"].values() if row[2] == "1" and row[8] != rf2.STATED]
    known = [row for row in inferred if {row[4], row[5]} <= there and row[7] in there | {rf2.IS_A}]
    edges = {(row[4], row[5]) for row in known if row[7] == rf2.IS_A and {row[4], row[5]} <= active}
    return {
        "concepts": len(there),
        "active_concepts": len(active),
        "descriptions": count("Description", 4) + count("TextDefinition", 4),
        "relationships": len(known) + count("RelationshipConcreteValues", 4, 7),
        "axioms": count("axioms", 5),
        "members": count("members"),
        "ancestors": sum(len(_above(code, edges)) for code in there),
    }


def _above(code: str, edges: set[tuple[str, str]]) -> set[str]:
    found: set[str] = set()
    front = {code}
    while front:
        front = {parent for child, parent in edges if child in front} - found
        found |= front
    return found


def _folder(data: Path) -> Path:
    for path in (data / DATA_SET, data):
        if (path / "snowstorm_main").is_dir():
            return path
    raise SuiteProblem(f"{data} does not hold the data set {DATA_SET}: there is no snowstorm_main in it.")


TERMINOLOGY_SUITE = Suite(
    name="terminology",
    description="Counts of loaded releases against their files, the hierarchy's closure, and concepts that "
    "are found by what people type in English and Chinese.",
    run=terminology_run,
    data_sets=(DATA_SET,),
)
