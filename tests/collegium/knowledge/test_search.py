"""Search over what the asker may see."""

import pytest

from collegium.sdk.retrieval import SearchRequest, search

from .search_corpus import base_make, document_make, encoder_use


@pytest.fixture
def encoder(monkeypatch):
    return encoder_use(monkeypatch)


def test_a_question_finds_the_passage_that_answers_it(encoder, workspace, colleague_asker):
    base = base_make(workspace)
    document = document_make(
        base, ["Revenue rose to 1,577 million.", "The weather was mild."], title="Acme 2019"
    )
    hits = search(colleague_asker, SearchRequest("What was the revenue?", knowledge_bases=(base.pk,)))
    assert hits[0].text.startswith("Revenue") and hits[0].document == document.pk
    assert hits[0].page == 1 and hits[0].title == "Acme 2019"
    assert 0 < hits[0].lexical <= 1 and 0 < hits[0].similarity <= 1 and 0 < hits[0].score <= 1
