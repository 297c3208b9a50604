"""Writes a corpus of the size of a firm: passages with Zipfian words and clustered vectors, over many bases."""

import hashlib
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction

from collegium.accounts.models import Workspace
from collegium.accounts.services import workspace_create
from collegium.knowledge.embedding import vector_index_make
from collegium.knowledge.index import index_replace
from collegium.knowledge.models import (
    Chunk,
    Document,
    DocumentVersion,
    EmbeddingModel,
    KnowledgeBase,
    VersionState,
)

PASSAGES_PER_DOCUMENT = 100
WORDS_PER_PASSAGE = (40, 160)
VOCABULARY = 60_000
ZIPF = 1.05
CLUSTERS = 400
_PARTS = "ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo zu bra cle dri flo gru sta tre"
SYLLABLES = _PARTS.split()


@dataclass(frozen=True, slots=True)
class Corpus:
    workspace: Workspace
    bases: list[KnowledgeBase]
    field: str
    passages: int


class Generator:
    """Makes texts, vectors and questions, the same for the same seed."""

    def __init__(self, dims: int, seed: int = 7) -> None:
        self.random = np.random.default_rng(seed)
        self.dims = dims
        self.words = np.array([_word(n) for n in range(VOCABULARY)])
        chance = 1 / np.arange(1, VOCABULARY + 1) ** ZIPF
        self.chance = np.cumsum(chance / chance.sum())
        self.centres = self.random.normal(size=(CLUSTERS, dims)).astype(np.float32)

    def word_indices(self, count: int) -> np.ndarray:
        return np.minimum(np.searchsorted(self.chance, self.random.random(count)), VOCABULARY - 1)

    def texts(self, count: int, topic: int) -> list[str]:
        """Passages about one topic: a fifth of the words come from the topic's own few hundred."""
        own = (topic * 977 + np.arange(300) * 13) % VOCABULARY
        texts = []
        for length in self.random.integers(*WORDS_PER_PASSAGE, count):
            indices = self.word_indices(length)
            at = self.random.random(length) < 0.2
            indices[at] = self.random.choice(own, at.sum())
            texts.append(" ".join(self.words[indices]))
        return texts

    def vectors(self, count: int, topic: int) -> np.ndarray:
        """Unit vectors around the centres of the topic and of others; neighbours have a cosine of about .6."""
        mixed = self.centres[(topic + self.random.integers(0, 5, count)) % CLUSTERS]
        return _unit(mixed + 0.8 * self.random.normal(size=(count, self.dims)).astype(np.float32))

    def question(self, text: str) -> str:
        """9 to 19 words of a passage, mixed with common words."""
        wanted = self.random.integers(9, 20)
        picked = self.random.choice(text.split(), wanted, replace=True)
        common = self.words[self.word_indices(wanted)]
        return " ".join(np.where(self.random.random(wanted) < 0.7, picked, common))

    def near(self, vector: np.ndarray) -> np.ndarray:
        return _unit((vector + 0.04 * self.random.normal(size=self.dims).astype(np.float32))[None])[0]


def _word(number: int) -> str:
    digest = hashlib.sha256(str(number).encode()).digest()
    syllables = 1 if number < 25 else 2 if number < 600 else 3 if number < 12_000 else 4
    return "".join(SYLLABLES[byte % len(SYLLABLES)] for byte in digest[:syllables])


def _unit(rows: np.ndarray) -> np.ndarray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def base_sizes(passages: int, bases: int) -> list[int]:
    """One base with 30 %, one with 10 %, the rest alike; whole documents."""
    rest = passages * 6 // 10 // (bases - 2)
    sizes = [passages * 3 // 10, passages // 10, *([rest] * (bases - 2))]
    return [max(1, size // PASSAGES_PER_DOCUMENT) * PASSAGES_PER_DOCUMENT for size in sizes]


def corpus_write(generator: Generator, model: EmbeddingModel, passages: int, field: str, progress) -> Corpus:
    """Write the corpus through the index's own door; the vector index is made at the end."""
    workspace = workspace_create(slug="bench", name="Bench", verticals=("finance", "medical"))
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX IF EXISTS chunk_vector_hnsw_{model.pk:d}")
    bases, written = [], 0
    for number, size in enumerate(base_sizes(passages, 20)):
        base = KnowledgeBase.objects.create(workspace=workspace, name=f"Base {number}", vertical="finance")
        bases.append(base)
        for topic in range(size // PASSAGES_PER_DOCUMENT):
            _document_write(generator, base, topic * 7 + number * 31, written, field)
            written += PASSAGES_PER_DOCUMENT
            if written % 10_000 == 0:
                progress(written)
    vector_index_make(model)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return Corpus(workspace, bases, field, written)


def _document_write(generator: Generator, base: KnowledgeBase, topic: int, written: int, field: str) -> None:
    document = Document.objects.create(
        workspace=base.workspace, knowledge_base=base, title=f"Report {written}"
    )
    share = {field: "rare" if written % 5000 < PASSAGES_PER_DOCUMENT else "common"}
    with transaction.atomic():
        version = DocumentVersion.objects.create(
            document=document,
            knowledge_base=base,
            number=1,
            content_hash=hashlib.sha256(str(written).encode()).hexdigest(),
            state=VersionState.READY,
            chunk_count=PASSAGES_PER_DOCUMENT,
            metadata=share,
        )
        rows = [
            Chunk(
                version=version,
                ordinal=n,
                text=text,
                page=n // 3 + 1,
                locator={"kind": "page", "page": n // 3 + 1},
            )
            for n, text in enumerate(generator.texts(PASSAGES_PER_DOCUMENT, topic))
        ]
        chunks = Chunk.objects.bulk_create(rows)
        index_replace(version=version, chunks=chunks, vectors=generator.vectors(len(chunks), topic))
        document.current = version
        document.save(update_fields=["current"])
