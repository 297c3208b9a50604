"""The embedding stage: only what has no vector yet is embedded, and every finished batch is kept."""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from collegium.errors import Unavailable
from collegium.knowledge.embedding import embed_passages, embedding_model_active
from collegium.knowledge.models import ChunkVector, DocumentVersion, EmbeddingModel
from collegium.knowledge.work import VectorFile

log = logging.getLogger(__name__)
BATCH = 32
AHEAD = 2  # batches that the engine has at a time
POLL_S = 0.3
PATIENCE_S = 120.0  # how long an engine that is away is waited for before the job fails
T = TypeVar("T")
Vectors = Future[npt.NDArray[np.float32]]
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
    batches = [missing[start : start + BATCH] for start in range(0, len(missing), BATCH)]
    pool = ThreadPoolExecutor(AHEAD)
    try:
        # The engine has the next batch already while this one is written down.
        sent = [pool.submit(embed_passages, [wanted[one] for one in some]) for some in batches[:AHEAD]]
        for number, some in enumerate(batches):
            show = partial(progress, done, total)
            again = partial(pool.submit, embed_passages, [wanted[one] for one in some])
            vectors = _patiently(_Attempt(sent[number], again, show), show)
            if number + AHEAD < len(batches):
                following = batches[number + AHEAD]
                sent.append(pool.submit(embed_passages, [wanted[one] for one in following]))
            file.append(some, vectors)
            have |= dict(zip(some, vectors, strict=True))
            done += len(some)
            progress(done, total)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return np.stack([have[digest] for digest in digests]).astype(np.float32)


@dataclass(slots=True)
class _Attempt:
    """Awaits a batch that was sent; called once more, it sends the batch again.

    The threads only embed: this one keeps the lease and hears of a cancellation meanwhile.
    """

    sent: Vectors | None
    again: Callable[[], Vectors]
    progress: Callable[[], None]

    def __call__(self) -> npt.NDArray[np.float32]:
        future, self.sent = self.sent or self.again(), None
        while not wait([future], POLL_S).done:
            self.progress()
        return future.result()


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
                    _("The embedding engine does not answer. See its log, and retry when it is back."),
                    code="embeddings_unavailable",
                ) from error
            log.warning("the embedding engine is away; trying again in %.1f s", pause_s)
        wake = time.monotonic() + pause_s
        while time.monotonic() < wake:
            progress()
            time.sleep(min(POLL_S, pause_s))
        pause_s = min(pause_s * 2, 15.0)
