"""The measurements of search_100k: run with the settings of the bench's own home."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from search_corpus_100k import Corpus, Generator, corpus_write

from engine.bench.stolen import undisturbed

ROOT = Path(__file__).resolve().parents[2]
FIELD_WANTED = ("fiscal_year", "company", "source")


def bench_run(home: Path, passages: int, questions: int) -> dict:
    from django.core.management import call_command

    from collegium.environment import Home
    from collegium.ops.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(Home(home))
    server.start()
    try:
        with embeddings_running(home):
            call_command("migrate", verbosity=0, skip_checks=True)
            return _measure(passages, questions)
    finally:
        from django.db import connections

        connections.close_all()
        server.stop()


@contextlib.contextmanager
def embeddings_running(home: Path) -> Iterator[None]:
    """The default embedding server, its model built once into var/test-models."""
    from collegium.environment import Home
    from collegium.ops.processes import child_start, child_stop
    from engine.build.embeddings import embeddings_build
    from engine.client import EmbeddingClient

    model = embeddings_build(ROOT / "var" / "test-models")
    address = Home(home).embeddings_socket
    address.parent.mkdir(parents=True, exist_ok=True)
    log = home / "embeddings.log"
    command = [sys.executable, "-m", "engine.serve.embeddings", "--model", model, "--uds", address]
    server = child_start(command, log=log, cwd=ROOT)
    client = EmbeddingClient(f"unix://{address}")
    try:
        end = time.monotonic() + 60
        while client.health().state != "ready":
            if server.poll() is not None or time.monotonic() > end:
                raise SystemExit(f"the embedding server did not start: see {log}\n{log.read_text()[-1000:]}")
            time.sleep(0.1)
        yield
    finally:
        client.close()
        child_stop(server, grace_s=5)


def _measure(passages: int, questions: int) -> dict:
    from collegium.accounts.models import User, Workspace
    from collegium.accounts.selectors import asker_for_user
    from collegium.accounts.services import member_add
    from collegium.knowledge.embedding import embedding_model_active
    from collegium.knowledge.models import ChunkVector, KnowledgeBase

    model = embedding_model_active()
    generator = Generator(model.dims)
    field = _field()
    workspace = Workspace.objects.filter(slug="bench").first()
    if workspace is None or ChunkVector.objects.count() < passages * 0.9:
        start = time.monotonic()
        corpus = corpus_write(
            generator, model, passages, field, lambda done: print(f"{done} written", file=sys.stderr)
        )
        print(f"corpus written and indexed in {time.monotonic() - start:.0f} s", file=sys.stderr)
    else:
        bases = list(KnowledgeBase.objects.filter(workspace=workspace).order_by("number"))
        corpus = Corpus(workspace, bases, field, ChunkVector.objects.count())
    user, made = User.objects.get_or_create(username="bench")
    if made:
        member_add(workspace=corpus.workspace, user=user, role="analyst")
    asker = asker_for_user(user, corpus.workspace.pk)
    rows = _rows(generator, asker, corpus, model, questions)
    return {
        "passages": corpus.passages,
        "bases": len(corpus.bases),
        "questions": questions,
        "rows": rows,
    }


def _field() -> str:
    """A field of the finance vertical that may be filtered by."""
    from collegium.sdk.registry import vertical_get

    names = [field.name for field in vertical_get("finance").metadata_fields if field.filterable]
    return next((name for name in FIELD_WANTED if name in names), names[0] if names else "")


def _rows(generator: Generator, asker, corpus: Corpus, model, questions: int) -> list[dict]:
    from collegium.knowledge import search as module
    from collegium.sdk.retrieval import SearchRequest

    everything = _questions(generator, 2 * questions)
    asked, others = everything[:questions], everything[questions:]
    known = {text: (model, vector) for text, vector in everything}
    # A site that runs has its tables in memory: other questions bring them there first.
    with _meaning_known(module, known):
        for text, _vector in others:
            module.search(asker, SearchRequest(text))
    cases = {"all bases": {}, "one base of 3 %": {"knowledge_bases": (corpus.bases[5].pk,)}}
    cases["one base of 30 %"] = {"knowledge_bases": (corpus.bases[0].pk,)}
    if corpus.field:
        cases["filter that keeps 2 %"] = {"filters": {corpus.field: "rare"}}
    rows = []
    for name, narrowed in cases.items():
        requests = [SearchRequest(text, **narrowed) for text, _vector in asked]
        with _meaning_known(module, known):
            rows.append(_timed(f"hybrid, {name}", requests, lambda r: module.search(asker, r), limited=True))
        rows += _halves(asker, requests, known, name)
    embed = [SearchRequest(text) for text, _vector in asked]
    rows.append(_timed("embedding a question", embed, lambda r: module._meaning(r.text), limited=False))
    rows.append(
        _timed("hybrid with embedding, all bases", embed, lambda r: module.search(asker, r), limited=False)
    )
    return rows


@contextlib.contextmanager
def _meaning_known(module, known: dict) -> Iterator[None]:
    """Inside, a question's vector is looked up instead of embedded."""
    real, module._meaning = module._meaning, known.__getitem__
    try:
        yield
    finally:
        module._meaning = real


def _questions(generator: Generator, count: int) -> list[tuple[str, np.ndarray]]:
    from collegium.knowledge.models import Chunk, ChunkVector

    ids = list(ChunkVector.objects.values_list("pk", flat=True).order_by("pk"))
    picked = np.random.default_rng(3).choice(ids, count, replace=False).tolist()
    texts = dict(Chunk.objects.filter(pk__in=picked).values_list("pk", "text"))
    vectors = dict(ChunkVector.objects.filter(pk__in=picked).values_list("pk", "embedding"))
    return [
        (generator.question(texts[pk]), generator.near(np.array(vectors[pk], dtype=np.float32)))
        for pk in picked
    ]


def _halves(asker, requests, meant, name: str) -> list[dict]:
    """Each half alone, and the share of the exact ten nearest that the dense half finds among its first ten."""
    from django.db import transaction

    from collegium.knowledge.dense import dense_exactly, dense_part, dense_prepare
    from collegium.knowledge.lexical import lexical_part, query_build
    from collegium.knowledge.scope import scope_build

    scope = scope_build(asker, requests[0])
    queries = [query_build(request.text, (), scope) for request in requests]
    exactly = dense_exactly(scope, queries[0].chunks_everywhere, meant[requests[0].text][0].dims)

    def dense(number: int, exact: bool) -> list[int]:
        model, vector = meant[requests[number].text]
        with transaction.atomic():
            dense_prepare(60)
            return _half_find(scope, dense_part(model, vector, scope, 60, exactly=exact))

    def lexical(number: int) -> list[int]:
        return _half_find(scope, lexical_part(queries[number], scope, 60))

    numbers = range(len(requests))
    way = "exact" if exactly else "HNSW"
    row = _timed(f"  dense half ({way}), {name}", numbers, lambda n: dense(n, exactly), limited=False)
    some = list(numbers)[:100]
    shares = [len(set(dense(n, exactly)[:10]) & set(dense(n, True)[:10])) / 10 for n in some]
    row["recall"] = float(np.mean(shares))
    return [row, _timed(f"  lexical half, {name}", numbers, lexical, limited=False)]


def _half_find(scope, part) -> list[int]:
    from django.db import connection

    sql, params = part
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH permitted AS MATERIALIZED ({scope.sql}), half AS MATERIALIZED ({sql})"
            " SELECT chunk_id FROM half ORDER BY score DESC, chunk_id",
            [*scope.params, *params],
        )
        return [chunk for (chunk,) in cursor.fetchall()]


def _timed(name: str, cases, call: Callable, *, limited: bool) -> dict:
    cases = list(cases)
    for case in cases[:10]:
        call(case)

    def taken() -> list[float]:
        times = []
        for case in cases:
            start = time.perf_counter()
            call(case)
            times.append((time.perf_counter() - start) * 1000)
        return times

    times, stolen = undisturbed(taken)
    return {
        "name": name,
        "p50_ms": float(np.percentile(times, 50)),
        "p95_ms": float(np.percentile(times, 95)),
        "stolen": stolen,
        "limited": limited,
    }
