"""The embedding stage: only what has no vector yet is embedded, and every finished batch is kept."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from collegium.errors import Unavailable
from collegium.knowledge.embedding import embed_passages, embedding_model_active
from collegium.knowledge.models import ChunkVector, DocumentVersion, EmbeddingModel
from collegium.knowledge.work import VectorFile

log = logging.getLogger(__name__)
BATCH = 32
POLL_S = 0.3
PATIENCE_S = 120.0  # how long an engine that is away is waited for before the job fails
T = TypeVar("T")
Progress = Callable[[int, int], None]


def vectors_make(
    *,
    version: DocumentVersion,
    texts: Sequence[str],
    digests: Sequence[str],
    folder: Path,
    progress: Progress,
) -> npt.NDArray[np.float32]:
    """The vectors of texts, in their order.

    `progress(done, total)` is called several times a second; what it raises ends the stage. Raises
    Unavailable where the embedding engine stays away.
    """
    total = len(texts)
    model = _patiently(embedding_model_active, lambda: progress(0, total))
    file = VectorFile(folder, model.digest, model.dims)
    have = _stored(version, model, digests) | file.read()
    wanted = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in have}
    missing = list(wanted)
    done = total - len(missing)
    progress(done, total)
    for start in range(0, len(missing), BATCH):
        some = missing[start : start + BATCH]
        batch = [wanted[digest] for digest in some]
        show = partial(progress, done + start, total)
        vectors = _patiently(partial(_watched, batch, show), show)
        file.append(some, vectors)
        have |= dict(zip(some, vectors, strict=True))
        progress(min(done + start + len(some), total), total)
    return np.stack([have[digest] for digest in digests]).astype(np.float32)


def _watched(batch: list[str], progress: Callable[[], None]) -> npt.NDArray[np.float32]:
    """Embed in a thread, so that this one keeps the lease and hears of a cancellation meanwhile."""
    pool = ThreadPoolExecutor(1)
    try:
        future = pool.submit(embed_passages, batch)
        while not wait([future], POLL_S).done:
            progress()
        return future.result()
    finally:
        pool.shutdown(wait=False)


def _stored(
    version: DocumentVersion, model: EmbeddingModel, digests: Sequence[str]
) -> dict[str, npt.NDArray[np.float32]]:
    """Vectors that the document's searchable version has of the same text."""
    rows = ChunkVector.objects.filter(
        model=model, version__document_id=version.document_id, chunk__digest__in=set(digests)
    )
    return {
        digest: np.asarray(vector, np.float32)
        for digest, vector in rows.values_list("chunk__digest", "embedding").iterator()
    }


def _patiently(attempt: Callable[[], T], progress: Callable[[], None]) -> T:
    """Try again, ever more slowly, while the engine is away."""
    end = time.monotonic() + PATIENCE_S
    pause_s = 0.5
    while True:
        try:
            return attempt()
        except Unavailable as error:
            if time.monotonic() + pause_s > end:
                raise Unavailable(
                    "The embedding engine does not answer. See its log, and retry when it is back.",
                    code="embeddings_unavailable",
                ) from error
            log.warning("the embedding engine is away; trying again in %.1f s", pause_s)
        wake = time.monotonic() + pause_s
        while time.monotonic() < wake:
            progress()
            time.sleep(min(POLL_S, pause_s))
        pause_s = min(pause_s * 2, 15.0)
