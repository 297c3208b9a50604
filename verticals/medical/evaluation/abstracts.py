"""The data sets of abstracts that the suites search: each abstract is a document of its own."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from collegium.sdk.evaluation import SuiteProblem

BIOASQ, PUBMEDQA = "bioasq", "pubmedqa"
DATA_SETS = (BIOASQ, PUBMEDQA)
_NEEDED = {BIOASQ: "beir/corpus.jsonl", PUBMEDQA: "ori_pqal_share.json"}


@dataclass(frozen=True, slots=True)
class AskedAbstracts:
    """A question, and the PubMed ids of the abstracts that answer it."""

    text: str
    right: frozenset[str]


@dataclass(frozen=True, slots=True)
class AbstractSet:
    """A data set: abstracts by PubMed id, and the questions over them."""

    name: str
    abstracts: Mapping[str, str]
    questions: tuple[AskedAbstracts, ...]


def abstract_sets(data: Path) -> Iterator[AbstractSet]:
    """The sets that a folder holds, or is. Raises SuiteProblem where it holds none."""
    found = False
    for name, read in ((BIOASQ, _bioasq), (PUBMEDQA, _pubmedqa)):
        folder = next((one for one in (data / name, data) if (one / _NEEDED[name]).exists()), None)
        if folder is not None:
            found = True
            yield read(folder)
    if not found:
        needed = " nor ".join(f"{name} ({file})" for name, file in _NEEDED.items())
        raise SuiteProblem(f"{data} holds neither the data set {needed}.")


def _bioasq(folder: Path) -> AbstractSet:
    beir = folder / "beir"
    right: dict[str, set[str]] = {}
    for line in (beir / "qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        question, abstract, score = line.split("\t")
        if int(score) > 0:
            right.setdefault(question, set()).add(abstract)
    asked = [
        AskedAbstracts(row["text"], frozenset(right[row["_id"]]))
        for row in _rows(beir / "queries.jsonl")
        if row["_id"] in right
    ]
    abstracts = {row["_id"]: f"{row['title']}\n\n{row['text']}" for row in _rows(beir / "corpus.jsonl")}
    return AbstractSet(BIOASQ, abstracts, tuple(asked))


def _pubmedqa(folder: Path) -> AbstractSet:
    rows = json.loads((folder / _NEEDED[PUBMEDQA]).read_text(encoding="utf-8"))
    return AbstractSet(
        PUBMEDQA,
        {pmid: "\n\n".join(row["CONTEXTS"]) for pmid, row in rows.items()},
        tuple(AskedAbstracts(row["QUESTION"], frozenset({pmid})) for pmid, row in rows.items()),
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def abstracts_written(chosen: AbstractSet, folder: Path) -> list[Path]:
    """Write each abstract to a file named by its id; the paths in order."""
    paths = []
    for pmid, text in sorted(chosen.abstracts.items()):
        path = folder / f"{pmid}.txt"
        path.write_text(f"{text.strip()}\n", encoding="utf-8")
        paths.append(path)
    return paths
