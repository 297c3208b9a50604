"""Figures of page retrieval, over documents that are read by the way that uploads go."""

from datetime import timedelta

import pytest
from django.utils import timezone

from collegium.evaluation.corpus import page_texts
from collegium.jobs.models import Job, JobState
from collegium.knowledge.models import Document
from collegium.sdk.evaluation import (
    PageQuestion,
    SuiteProblem,
    evaluation_base,
    page_recall,
    pages_found,
)
from tests.documents import PdfPage, Put, pdf_make


@pytest.fixture
def files(tmp_path):
    """Two reports of three pages, each page about something else."""
    about = {
        "acme": ["revenue grew", "staff left", "rain fell"],
        "brill": ["debt fell", "ships sailed", "ice melted"],
    }
    for stem, pages in about.items():
        puts = [PdfPage([Put(72, 700, f"In {stem} {text} during the whole year.")]) for text in pages]
        (tmp_path / f"{stem}.pdf").write_bytes(pdf_make(puts))
    return sorted(tmp_path.glob("*.pdf"))


@pytest.fixture
def base(encoder, transactional_db, files):
    with evaluation_base(suite="test", vertical="finance", files=files) as made:
        yield made


def test_documents_are_read_once_and_used_again(base, files):
    assert base.documents.keys() == {"acme", "brill"} and base.page_count == 6
    with evaluation_base(suite="test", vertical="finance", files=files) as again:
        assert again.documents == base.documents
    assert Document.objects.count() == 2
    assert "staff left" in page_texts(base)["acme"][2]


@pytest.mark.parametrize("left", [JobState.RUNNING, JobState.QUEUED, JobState.CANCELLED, JobState.FAILED])
def test_what_an_interrupted_run_began_is_read_by_the_next(
    encoder, transactional_db, files, monkeypatch, left
):
    def dies(job_id):
        held = {} if left != JobState.RUNNING else {"lease_until": timezone.now() - timedelta(seconds=1)}
        Job.objects.filter(pk=job_id).update(state=left, **held)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("collegium.knowledge.tasks.ingest", dies)
        with pytest.raises(KeyboardInterrupt), evaluation_base(suite="test", vertical="finance", files=files):
            pass
    with evaluation_base(suite="test", vertical="finance", files=files) as made:
        assert made.documents.keys() == {"acme", "brill"} and made.page_count == 6
    assert Document.objects.count() == 2


def test_nobody_else_finds_documents_of_the_evaluation(base, owner_asker, outsider_asker):
    from collegium.sdk.retrieval import SearchRequest, search

    for asker in (owner_asker, outsider_asker):
        assert search(asker, SearchRequest("revenue grew")) == []


def test_recall_counts_the_right_pages_among_the_first_distinct_ones(base):
    questions = [
        PageQuestion("revenue grew in acme", frozenset({("acme", 1)})),
        PageQuestion("ships sailed", frozenset({("brill", 2), ("brill", 99)})),
    ]
    result = page_recall(base, questions)
    assert result.metrics["recall@10"] == pytest.approx(0.75)
    assert result.metrics["hit@10"] == 1.0 and result.metrics["mrr@10"] == 1.0
    assert result.metrics["lexical_hit@10"] == 1.0 and result.metrics["below_better_half"] == 0
    assert result.metrics["questions"] == 2 and result.metrics["pages"] == 6
    assert [row["question"] for row in result.details] == [one.text for one in questions]


def test_without_questions_there_are_no_figures(base):
    with pytest.raises(SuiteProblem, match="None of the questions"):
        page_recall(base, [])


def test_without_files_there_is_nothing_to_read(encoder, db):
    with pytest.raises(SuiteProblem), evaluation_base(suite="test", vertical="finance", files=[]):
        pass


def test_a_file_that_cannot_be_read_is_named(encoder, transactional_db, tmp_path):
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing more")
    with pytest.raises(SuiteProblem, match=r"broken\.pdf"):
        with evaluation_base(suite="test", vertical="finance", files=[broken]):
            pass


def test_pages_are_counted_once():
    assert pages_found([("a", 1), ("a", 1), ("b", 2), ("a", 3)], 2) == [("a", 1), ("b", 2)]
