"""What search reads is written with the passages, and its counts are right whatever happens to them."""

import threading
from collections import Counter

import pytest
from django.db import connection, connections, transaction

from collegium.knowledge.index import embedding_model_active, index_remove, index_replace
from collegium.knowledge.models import ChunkLex, ChunkVector, EmbeddingModel, TermCount

from .search_corpus import base_make, chunks_make, document_make, vectors_of, version_make


def counts(base) -> dict[int, int]:
    return dict(TermCount.objects.filter(kb=base.number).values_list("term", "chunks"))


def recount(base) -> dict[int, int]:
    """The slow way: every term of every row, and the rows themselves as term 0."""
    found = Counter()
    for terms in ChunkLex.objects.filter(kb=base.number).values_list("terms", flat=True):
        found.update([0, *terms])
    return dict(found)


@pytest.fixture
def base(encoder, workspace):
    return base_make(workspace)


def test_a_new_version_takes_the_place_of_the_old(base):
    document = document_make(base, ["revenue rose", "costs fell", "nothing else"])
    version = version_make(document, ["profit doubled"])
    assert set(ChunkVector.objects.values_list("version_id", flat=True)) == {version.pk}
    assert set(ChunkLex.objects.values_list("version_id", flat=True)) == {version.pk}
    assert counts(base) == recount(base) and counts(base)[0] == 1


def test_indexing_the_same_version_again_changes_nothing(base):
    document = document_make(base, ["revenue rose", "costs fell"])
    before = counts(base)
    version, chunks = document.current, list(document.current.chunks.all())
    index_replace(version=version, chunks=chunks, vectors=vectors_of(document, chunks))
    assert counts(base) == before == recount(base)


def test_a_removed_document_leaves_no_counts(base):
    kept = document_make(base, ["revenue rose"], title="Kept")
    before = counts(base)
    gone = document_make(base, ["revenue fell", "equity rose"], title="Gone")
    index_remove(document_ids=[gone.pk])
    assert counts(base) == before
    assert set(ChunkLex.objects.values_list("version_id", flat=True)) == {kept.current.pk}


def test_deleting_rows_by_cascade_keeps_the_counts_right(base):
    document = document_make(base, ["revenue rose", "costs fell"])
    document_make(base, ["revenue rose again"])
    document.current.chunks.first().delete()
    assert counts(base) == recount(base)
    document.delete()
    assert counts(base) == recount(base) and counts(base)[0] == 1


def test_vectors_of_the_wrong_shape_are_refused(base):
    document = document_make(base, ["revenue rose"])
    chunks = chunks_make(version_make(document, []), ["one", "two"])
    with pytest.raises(ValueError, match="2 passages need vectors"):
        index_replace(version=document.current, chunks=chunks, vectors=vectors_of(document, chunks[:1]))


def test_a_passage_of_very_many_words_is_indexed(base):
    text = " ".join(f"w{n}" for n in range(20_000))
    document_make(base, [text])
    assert len(ChunkLex.objects.get().terms) == 16_000


def test_text_with_tabs_and_backslashes_is_indexed(base):
    document_make(base, ["a\tb\\N\nc\\."])
    assert ChunkLex.objects.count() == 1


def test_a_new_encoder_gets_a_row_and_an_index_of_its_own(encoder, db):
    first = embedding_model_active()
    encoder.digest = "words-2"
    second = embedding_model_active()
    assert second.pk != first.pk
    assert list(EmbeddingModel.objects.filter(active=True)) == [second]
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname FROM pg_indexes WHERE tablename = 'knowledge_chunkvector'")
        names = {name for (name,) in cursor.fetchall()}
    assert {f"chunk_vector_hnsw_{first.pk}", f"chunk_vector_hnsw_{second.pk}"} <= names
    encoder.digest = "words-1"
    assert embedding_model_active() == first


@pytest.mark.django_db(transaction=True)
def test_documents_indexed_at_once_do_not_block_each_other_for_ever(encoder, workspace):
    base = base_make(workspace)
    words = [f"word{n}" for n in range(60)]
    texts = [[" ".join(words[n:] + words[:n]) for n in range(start, 60, 4)] for start in range(4)]
    documents = [document_make(base, texts[n], title=f"Report {n}") for n in range(4)]
    problems = []

    def again(document, some):
        try:
            for _ in range(5):
                with transaction.atomic():
                    version_make(document, list(reversed(some)))
        except Exception as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=again, args=pair) for pair in zip(documents, texts, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not problems and not any(thread.is_alive() for thread in threads)
    assert counts(base) == recount(base) and counts(base)[0] == 60
