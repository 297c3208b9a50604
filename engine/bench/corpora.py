"""Texts of three kinds to train and measure experts with, from evaluation data beside the repository.

medical: abstracts of PubMedQA; finance: paragraphs and tables of TAT-QA, pages of FinanceBench's filings;
general: descriptions of the Python packages that are installed here. Texts are held out by document, and by
company where that is known.
"""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

KINDS = ("medical", "finance", "general")
NEEDED = (
    "pubmedqa/ori_pqal_share.json",
    "tatqa/tatqa_dataset_dev.json",
    "financebench/questions.jsonl",
)
HELD_OUT_PART = 0.4
SEED = 11
# The beginning of each document: many documents tell more of a kind than much of a few.
MAX_CHARACTERS = 1600


@dataclass(frozen=True, slots=True)
class Corpus:
    """The texts of one kind: some to train on, others to measure with."""

    train: list[str]
    held_out: list[str]


def corpora_missing(data: Path) -> list[str]:
    """The files that are needed and not there."""
    return [name for name in NEEDED if not (data / name).is_file()]


def corpora_read(data: Path) -> dict[str, Corpus]:
    """The texts of each kind."""
    finance = {**_tatqa(data / NEEDED[1]), **_filings(data / NEEDED[2])}
    documents = {"medical": _abstracts(data / NEEDED[0]), "finance": finance, "general": _descriptions()}
    return {kind: _split(documents[kind]) for kind in KINDS}


def _split(documents: dict[str, list[str]]) -> Corpus:
    names = sorted(documents)
    random.Random(SEED).shuffle(names)
    cut = int(len(names) * HELD_OUT_PART)
    return Corpus(_texts(documents, names[cut:]), _texts(documents, names[:cut]))


def _texts(documents: dict[str, list[str]], names: Iterable[str]) -> list[str]:
    return [text[:MAX_CHARACTERS] for name in names for text in documents[name] if len(text) > 200]


def _abstracts(path: Path) -> dict[str, list[str]]:
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {pmid: [" ".join([*e["CONTEXTS"], e["LONG_ANSWER"]])] for pmid, e in entries.items()}


def _tatqa(path: Path) -> dict[str, list[str]]:
    found = {}
    for context in json.loads(path.read_text(encoding="utf-8")):
        table = [" | ".join(filter(None, row)) for row in context["table"]["table"]]
        paragraphs = [p["text"] for p in context["paragraphs"]]
        found[context["table"]["uid"]] = ["\n".join([*paragraphs, *table])]
    return found


def _filings(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        question = json.loads(line)
        pages = found.setdefault(question["company"], [])
        for evidence in question["evidence"]:
            if (page := evidence["evidence_text_full_page"]) not in pages:
                pages.append(page)
    return found


def _descriptions() -> dict[str, list[str]]:
    found = {}
    for distribution in distributions():
        text = distribution.read_text("METADATA") or ""
        found[distribution.name] = [text.partition("\n\n")[2]]
    return found
