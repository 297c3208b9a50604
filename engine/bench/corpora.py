"""Passages of three kinds to train and measure experts with, from evaluation data beside the repository.

medical: abstracts of PubMedQA, pages of MedQuAD; finance: paragraphs and tables of TAT-QA, pages of
FinanceBench's filings and of ConvFinQA's; general: descriptions of the Python packages that are installed.
Documents are split in three, by company where that is known: to train on, to calibrate with, and held out;
ConvFinQA's, which are all in small letters, are not trained on. Each document gives some passages as long as
those that answers quote, since many documents tell more of a kind than much of a few.
"""

import json
import random
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from importlib.metadata import distributions
from itertools import pairwise
from pathlib import Path

import pypdfium2

KINDS = ("medical", "finance", "general")
NEEDED = (
    "pubmedqa/ori_pqal_share.json",
    "medquad/xml",
    "tatqa/tatqa_dataset_dev.json",
    "financebench/questions.jsonl",
    "convfinqa/convfinqa_dev_share.json",
)
TRAIN_PART, HELD_OUT_PART = 0.25, 0.35  # of the documents; the rest calibrates
SEED = 11
MIN_CHARACTERS, MAX_CHARACTERS = 200, 1000
ANSWER = re.compile(r"<Answer>(.*?)</Answer>", re.DOTALL)
PASSAGES = 8  # of a document, at most; of a company's filings five times as many


@dataclass(frozen=True, slots=True)
class Corpus:
    """The texts of one kind: some to train on, some to balance with, others to measure with."""

    train: list[str]
    calibration: list[str]
    held_out: list[str]


def corpora_missing(data: Path) -> list[str]:
    """The files that are needed and not there."""
    return [name for name in NEEDED if not (data / name).exists()]


def corpora_read(data: Path) -> dict[str, Corpus]:
    """The texts of each kind."""
    abstracts, pages, contexts, filings, conversations = (data / name for name in NEEDED)
    return {
        "medical": _split({**_abstracts(abstracts), **_health_pages(pages)}),
        "finance": _split({**_tatqa(contexts), **_filings(filings)}, _reports(conversations)),
        "general": _split(_descriptions()),
    }


def _split(documents: dict[str, list[str]], untrained: Mapping[str, list[str]] | None = None) -> Corpus:
    """The documents in three parts; the untrained ones only calibrate or are held out."""
    held_out, train, rest = _cut(documents, HELD_OUT_PART, HELD_OUT_PART + TRAIN_PART)
    other = _cut(untrained or {}, HELD_OUT_PART)
    return Corpus(_shuffled(train), _shuffled(rest + other[1]), _shuffled(held_out + other[0]))


def _cut(documents: Mapping[str, list[str]], *ends: float) -> list[list[str]]:
    """The passages of the documents, shuffled by document, cut where so much of the documents ends."""
    names = sorted(documents)
    random.Random(SEED).shuffle(names)
    at = [0, *(int(len(names) * end) for end in ends), len(names)]
    parts = (names[begin:end] for begin, end in pairwise(at))
    return [[text for name in part for text in documents[name]] for part in parts]


def _shuffled(texts: Iterable[str]) -> list[str]:
    found = list(texts)
    random.Random(SEED).shuffle(found)
    return found


def passages(text: str, most: int = PASSAGES) -> list[str]:
    """At most so many passages of a text, spread over it; too short a rest is left out."""
    found = []
    while len(text) >= MIN_CHARACTERS:
        cut = len(text) if len(text) <= MAX_CHARACTERS else text.rfind(" ", 0, MAX_CHARACTERS) + 1
        found.append(text[: cut or MAX_CHARACTERS].strip())
        text = text[cut or MAX_CHARACTERS :]
    return _spread(found, most)


def _spread(texts: list[str], most: int) -> list[str]:
    return [texts[i * len(texts) // most] for i in range(most)] if len(texts) > most else texts


def _abstracts(path: Path) -> dict[str, list[str]]:
    entries = json.loads(path.read_text(encoding="utf-8"))
    return {pmid: passages(" ".join([*e["CONTEXTS"], e["LONG_ANSWER"]])) for pmid, e in entries.items()}


def _health_pages(folder: Path) -> dict[str, list[str]]:
    pages = {str(path): path.read_text(encoding="utf-8") for path in folder.glob("*/*.xml")}
    return {name: passages(unescape("\n".join(ANSWER.findall(page)))) for name, page in pages.items()}


def _tatqa(path: Path) -> dict[str, list[str]]:
    found = {}
    for context in json.loads(path.read_text(encoding="utf-8")):
        table = [" | ".join(filter(None, row)) for row in context["table"]["table"]]
        paragraphs = [p["text"] for p in context["paragraphs"]]
        found[context["table"]["uid"]] = passages("\n".join([*paragraphs, *table]))
    return found


def _filings(questions: Path) -> dict[str, list[str]]:
    """Pages that questions name, and pages of the filings that are there, by company."""
    pages: dict[str, list[str]] = {}
    companies: dict[str, str] = {}
    for line in questions.open(encoding="utf-8"):
        question = json.loads(line)
        companies[question["doc_name"]] = question["company"]
        pages.setdefault(question["company"], []).extend(
            evidence["evidence_text_full_page"] for evidence in question["evidence"]
        )
    for name, company in companies.items():
        pages[company] += _pdf_pages(questions.parent / "pdfs" / f"{name}.pdf")
    return {
        company: _spread([p for page in dict.fromkeys(texts) for p in passages(page)], 5 * PASSAGES)
        for company, texts in pages.items()
    }


def _reports(path: Path) -> dict[str, list[str]]:
    """Pages of annual reports, by company."""
    pages: dict[str, list[str]] = {}
    for entry in json.loads(path.read_text(encoding="utf-8")):
        company = re.split(r"[_/]", entry["id"])[1]
        pages.setdefault(company, []).append("\n".join((entry["text"], entry["table"])))
    return {
        company: _spread([p for page in dict.fromkeys(texts) for p in passages(page)], 5 * PASSAGES)
        for company, texts in pages.items()
    }


def _pdf_pages(path: Path) -> Iterator[str]:
    if path.exists():
        with pypdfium2.PdfDocument(path) as pdf:
            for page in pdf:
                yield page.get_textpage().get_text_range().replace("\r\n", "\n")


def _descriptions() -> dict[str, list[str]]:
    found = {}
    for distribution in distributions():
        text = distribution.read_text("METADATA") or ""
        found[distribution.name] = passages(text.partition("\n\n")[2])
    return found
