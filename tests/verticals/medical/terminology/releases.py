"""Small RF2 releases written by tests: fictitious concepts of a made-up anatomy of instruments."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from verticals.medical.terminology import rf2_names as rf2

MODULE = "900000000000207008"
ROOT, FINDING, PAIN, HEAD_PAIN, FEVER, SITE, HEAD, SITE_OF, REFSET, ENGLISH, DOSE = (
    rf2.ROOT, "404684003", "22253000", "25064002", "386661006", "123037004", "69536005", "363698007",
    "991411000000109", "900000000000508004", "3311486008",
)  # fmt: skip
CONCEPTS = {
    ROOT: "Root", FINDING: "Clinical finding", PAIN: "Pain", HEAD_PAIN: "Pain of head", FEVER: "Fever",
    SITE: "Body structure", HEAD: "Head structure", SITE_OF: "Finding site", rf2.IS_A: "Is a", DOSE: "Count of doses",
}  # fmt: skip
PARENTS = [
    (FINDING, ROOT), (SITE, ROOT), (SITE_OF, ROOT), (rf2.IS_A, ROOT), (DOSE, ROOT),
    (PAIN, FINDING), (FEVER, FINDING), (HEAD_PAIN, PAIN), (HEAD, SITE),
]  # fmt: skip
SYNONYMS = {HEAD_PAIN: ("Headache", "Cephalgia"), FEVER: ("Pyrexia",)}
HEADERS = {
    **rf2.COLUMNS,
    "Simple": rf2.REFSET,
    "Language": (*rf2.REFSET, "acceptabilityId"),
    "Association": (*rf2.REFSET, "targetComponentId"),
    "SimpleMap": (*rf2.REFSET, "mapTarget"),
    "OWLExpression": (*rf2.REFSET, "owlExpression"),
}
_PREFIXES = {"Simple": "", "Language": "c", "Association": "c", "SimpleMap": "s", "OWLExpression": "s"}


def uuid_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def file_name(content: str, kind: str, date: str, origin: str = "INT") -> str:
    language = "-en" if content in {"Description", "TextDefinition", "Language"} else ""
    if content in _PREFIXES:
        summary = "" if content == "Simple" else content
        return f"der2_{_PREFIXES[content]}Refset_{summary}{kind}{language}_{origin}_{date}.txt"
    return f"sct2_{content}_{kind}{language}_{origin}_{date}.txt"


def file_write(
    folder: Path,
    content: str,
    rows: Iterable[list[Any]],
    kind: str = "Snapshot",
    date: str = "20250101",
    **more: str,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(content, kind, date, **more)
    with path.open("w", encoding="utf-8", newline="") as out:
        for row in (HEADERS[content], *rows):
            out.write("\t".join(map(str, row)) + "\r\n")
    return path


def relationship(
    number: int,
    source: str,
    end: str,
    kind: str = rf2.IS_A,
    *,
    group: int = 0,
    active: int = 1,
    date: str = "20250101",
) -> list[Any]:
    return [
        f"{number}022",
        date,
        active,
        MODULE,
        source,
        end,
        group,
        kind,
        "900000000000011006",
        "900000000000451002",
    ]


def description(
    number: int,
    concept: str,
    term: str,
    kind: str = rf2.SYNONYM,
    *,
    active: int = 1,
    date: str = "20250101",
    language: str = "en",
) -> list[Any]:
    return [f"{number}012", date, active, MODULE, concept, language, kind, term, "900000000000448009"]


def concept(
    code: str, *, active: int = 1, date: str = "20250101", status: str = "900000000000074008"
) -> list[Any]:
    return [code, date, active, MODULE, status]


def member(
    number: int, refset: str, component: str, *extra: str, active: int = 1, date: str = "20250101"
) -> list[Any]:
    return [uuid_of(number), date, active, MODULE, refset, component, *extra]


def names(first: int = 1000) -> list[list[Any]]:
    """A fully specified name of each concept, then the synonyms."""
    rows = [
        description(first + at, code, f"{term} (test)", rf2.FULLY_SPECIFIED_NAME)
        for at, (code, term) in enumerate(CONCEPTS.items())
    ]
    terms = [(code, term) for code, found in SYNONYMS.items() for term in found]
    return rows + [description(first + 500 + at, code, term) for at, (code, term) in enumerate(terms)]


def snapshot_write(folder: Path, kind: str = "Snapshot") -> Path:
    """A whole little release: eleven components with names, a site, a concrete value, and reference sets."""
    file_write(folder, "Concept", [concept(code) for code in CONCEPTS], kind)
    file_write(folder, "Description", names(), kind)
    edges = [relationship(1000 + at, child, parent) for at, (child, parent) in enumerate(PARENTS)]
    file_write(folder, "Relationship", [*edges, relationship(2000, HEAD_PAIN, HEAD, SITE_OF, group=1)], kind)
    file_write(folder, "RelationshipConcreteValues", [relationship(3000, FEVER, "#2", DOSE)], kind)
    synonyms = [row[0] for row in names() if row[6] == rf2.SYNONYM]
    language = [
        member(at, ENGLISH, one, rf2.PREFERRED if at != 2 else rf2.ACCEPTABLE)
        for at, one in enumerate(synonyms, 1)
    ]
    file_write(folder, "Language", language, kind)
    file_write(folder, "Simple", [member(100, REFSET, HEAD_PAIN), member(101, REFSET, FEVER)], kind)
    file_write(folder, "SimpleMap", [member(110, "447562003", HEAD_PAIN, "R51.9")], kind)
    file_write(
        folder, "OWLExpression", [member(120, "733073007", PAIN, f"SubClassOf(:{PAIN} :{FINDING})")], kind
    )
    return folder
