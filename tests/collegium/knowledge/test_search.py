"""Search over what the asker may see."""

import logging

import pytest

from collegium.accounts.asker import SCOPES, Asker
from collegium.errors import Invalid, NotFound
from collegium.knowledge.models import ChunkLex, Grant, VersionState
from collegium.sdk.retrieval import SearchRequest, search

from .search_corpus import base_make, document_make, half_find, version_make, word_vector

SECRET = "the merger with Halden costs 900 million"


def texts(asker, text, **more) -> list[str]:
    return [hit.text for hit in search(asker, SearchRequest(text, **more))]


@pytest.fixture
def base(encoder, workspace):
    return base_make(workspace)


def test_a_question_finds_the_passage_that_answers_it(base, colleague_asker):
    document = document_make(
        base, ["Revenue rose to 1,577 million.", "The weather was mild."], title="Acme 2019"
    )
    hits = search(colleague_asker, SearchRequest("What was the revenue?", knowledge_bases=(base.pk,)))
    assert hits[0].text.startswith("Revenue") and hits[0].document == document.pk
    assert hits[0].page == 1 and hits[0].title == "Acme 2019" and hits[0].knowledge_base == base.pk
    assert 0 < hits[0].lexical <= 1 and 0 < hits[0].similarity <= 1 and 0 < hits[0].score <= 1
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_the_similarity_is_the_cosine(base, colleague_asker):
    document_make(base, ["Revenue rose to 1,577 million."], title="Acme")
    hit = search(colleague_asker, SearchRequest("revenue of Acme"))[0]
    expected = float(word_vector("revenue of Acme") @ word_vector("Acme\nRevenue rose to 1,577 million."))
    assert hit.similarity == pytest.approx(expected, abs=2e-3)


@pytest.mark.parametrize("away", [False, True], ids=["both halves", "words alone"])
def test_an_outsider_finds_nothing_of_a_foreign_workspace(
    base, encoder, colleague_asker, outsider_asker, away
):
    document_make(base, [SECRET])
    encoder.away = away
    assert texts(colleague_asker, SECRET) == [SECRET]
    assert texts(outsider_asker, SECRET) == []
    with pytest.raises(NotFound):
        texts(outsider_asker, SECRET, knowledge_bases=(base.pk,))


@pytest.mark.parametrize("away", [False, True], ids=["both halves", "words alone"])
def test_a_restricted_document_is_found_by_those_it_is_shared_with(
    base, encoder, workspace, owner_asker, colleague, colleague_asker, away
):
    document = document_make(base, [SECRET], access="restricted")
    document_make(base, ["the weather was mild"], title="Open")
    key = Asker(workspace.pk, role="admin", scopes=frozenset(SCOPES))
    encoder.away = away
    assert SECRET in texts(owner_asker, SECRET)
    assert SECRET not in texts(colleague_asker, SECRET)
    assert SECRET not in texts(key, SECRET)
    Grant.objects.create(document=document, user=colleague)
    assert SECRET in texts(colleague_asker, SECRET)


def test_each_half_filters_in_its_own_sql(base, encoder, colleague_asker, outsider_asker, workspace):
    """Not only the last step: the candidates of each half are permitted ones already."""
    from collegium.knowledge.dense import dense_part
    from collegium.knowledge.embedding import embedding_model_active
    from collegium.knowledge.lexical import lexical_part, query_build
    from collegium.knowledge.scope import scope_build

    document_make(base, [SECRET], access="restricted")
    document_make(base, ["the merger costs little"], title="Open")
    scope = scope_build(colleague_asker, SearchRequest(SECRET))
    allowed = set(ChunkLex.objects.filter(version__document__access="workspace").values_list("pk", flat=True))
    query = query_build(SECRET, (), scope)
    assert set(half_find(scope, lexical_part(query, scope, 10))) == allowed
    for exactly in (True, False):
        part = dense_part(embedding_model_active(), word_vector(SECRET), scope, 10, exactly=exactly)
        assert set(half_find(scope, part)) == allowed


def test_the_permission_filter_is_made_without_a_look_at_the_data(
    base, owner_asker, colleague_asker, django_assert_num_queries
):
    """It is kept as text for an asker, so nothing that can change may be in it."""
    from collegium.knowledge.selectors import visible_documents, visible_versions

    for asker in (owner_asker, colleague_asker):
        with django_assert_num_queries(0):
            str(visible_versions(asker).query)
            str(visible_documents(asker).query)


def test_what_is_shared_later_is_found_and_what_is_withdrawn_is_not(base, colleague, colleague_asker):
    document = document_make(base, [SECRET], access="restricted")
    assert texts(colleague_asker, SECRET) == []
    grant = Grant.objects.create(document=document, user=colleague)
    assert texts(colleague_asker, SECRET) == [SECRET]
    grant.delete()
    assert texts(colleague_asker, SECRET) == []
    document.access = "workspace"
    document.save()
    assert texts(colleague_asker, SECRET) == [SECRET]
    base.workspace.verticals.filter(slug="finance").update(enabled=False)
    assert texts(colleague_asker, SECRET) == []


def test_only_the_current_ready_version_is_found(base, colleague_asker):
    document = document_make(base, ["old revenue"])
    version_make(document, ["new revenue"])
    assert texts(colleague_asker, "revenue") == ["new revenue"]
    document.current.state = VersionState.FAILED
    document.current.save()
    assert texts(colleague_asker, "revenue") == []


def test_a_deleted_document_is_not_found(base, colleague_asker):
    document = document_make(base, ["revenue rose"])
    document.delete()
    assert texts(colleague_asker, "revenue") == []


def test_a_search_keeps_to_its_knowledge_bases_and_vertical(base, workspace, colleague_asker):
    other = base_make(workspace, "Guidelines", vertical="medical")
    document_make(base, ["aspirin sales"])
    document_make(other, ["aspirin dose"])
    assert set(texts(colleague_asker, "aspirin")) == {"aspirin sales", "aspirin dose"}
    assert texts(colleague_asker, "aspirin", knowledge_bases=(other.pk,)) == ["aspirin dose"]
    assert texts(colleague_asker, "aspirin", vertical="finance") == ["aspirin sales"]
    assert texts(colleague_asker, "aspirin", knowledge_bases=(other.pk,), vertical="finance") == []


def test_an_empty_knowledge_base_finds_nothing(base, colleague_asker):
    assert texts(colleague_asker, "revenue", knowledge_bases=(base.pk,)) == []


def test_filters_keep_documents_with_one_of_the_values(base, colleague_asker):
    for company, year in (("Acme", 2018), ("Acme", 2019), ("Brill", 2019)):
        document_make(
            base,
            [f"revenue of {company} {year}"],
            title=f"{company} {year}",
            metadata={"company": company, "fiscal_year": year},
        )
    found = texts(colleague_asker, "revenue", filters={"company": "acme", "fiscal_year": 2019})
    assert found == ["revenue of Acme 2019"]
    assert len(texts(colleague_asker, "revenue", filters={"fiscal_year": ["2018", 2019]})) == 3
    assert len(texts(colleague_asker, "revenue", filters={"fiscal_year": [2018.0, 2019.0]})) == 3
    assert texts(colleague_asker, "revenue", filters={"company": "Nobody"}) == []


def test_a_filter_on_a_list_keeps_documents_that_hold_the_value(base, colleague_asker):
    document_make(base, ["revenue"], metadata={"company": ["Acme", "Brill"]})
    assert texts(colleague_asker, "revenue", filters={"company": "brill"}) == ["revenue"]
    assert texts(colleague_asker, "revenue", filters={"company": "Coda"}) == []


@pytest.mark.parametrize("filters", [{"colour": "red"}, {"company": {"a": 1}}, {"company": []}])
def test_a_filter_that_cannot_be_used_is_named(base, colleague_asker, filters):
    document_make(base, ["revenue"])
    with pytest.raises(Invalid) as problem:
        texts(colleague_asker, "revenue", filters=filters)
    assert next(iter(filters)) in problem.value.detail
    if "colour" in filters:
        assert "company" in problem.value.detail


def test_a_filter_value_is_data_and_no_sql(base, colleague_asker):
    document_make(base, ["revenue"], metadata={"company": "Acme"})
    assert texts(colleague_asker, "revenue", filters={"company": "' OR '1'='1"}) == []


def test_without_embeddings_words_alone_find_and_it_is_said(base, encoder, colleague_asker, caplog):
    document_make(base, ["Revenue rose.", "The weather was mild."])
    encoder.away = True
    with caplog.at_level(logging.WARNING, "collegium.knowledge.search"):
        hits = search(colleague_asker, SearchRequest("revenue"))
    assert [hit.text for hit in hits] == ["Revenue rose."]
    assert hits[0].similarity is None and hits[0].lexical == hits[0].score
    assert "words alone" in caplog.text


def test_passages_of_another_encoder_are_found_by_their_words(base, encoder, colleague_asker):
    document_make(base, ["Revenue rose."])
    encoder.digest = "words-2"
    hit = search(colleague_asker, SearchRequest("revenue"))[0]
    assert hit.similarity is None and hit.lexical > 0


def test_chinese_is_found_by_its_words(base, colleague_asker):
    document_make(base, ["公司营业收入为12.8亿元。", "公司共有员工1,846人。"], title="年度报告")
    assert texts(colleague_asker, "营业收入是多少？")[0].startswith("公司营业收入")
    assert texts(colleague_asker, "有多少员工")[0].startswith("公司共有员工")


def test_expansions_are_further_words(base, encoder, colleague_asker):
    document_make(base, ["turnover rose", "the weather was mild"])
    encoder.away = True
    assert texts(colleague_asker, "sales") == []
    assert texts(colleague_asker, "sales", expansions=("turnover",)) == ["turnover rose"]


def test_expansions_at_a_lower_weight_add_and_take_nothing_away(base, encoder, colleague_asker):
    document_make(base, ["sales rose", "turnover rose", "the weather was mild"])
    encoder.away = True

    def found(**fields):
        return search(colleague_asker, SearchRequest("sales", **fields))

    plain = found()[0]
    first, second = found(expansions=("turnover", "unheard"), expansion_weight=0.2)
    assert (first.text, second.text) == ("sales rose", "turnover rose")
    assert first.lexical == pytest.approx(plain.lexical) and second.lexical < first.lexical


def test_a_question_of_4000_characters_is_answered(base, colleague_asker):
    document_make(base, ["Revenue rose."])
    question = ("What was the revenue? " + " ".join(f"term{n}" for n in range(1000)))[:4000]
    assert texts(colleague_asker, question) == ["Revenue rose."]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (SearchRequest("x" * 4001), "question_too_long"),
        (SearchRequest(" \x00 "), "empty_search"),
        (SearchRequest("x", limit=0), "bad_limit"),
        (SearchRequest("x", limit=101), "bad_limit"),
    ],
)
def test_what_cannot_be_searched_is_refused(base, colleague_asker, request_, code):
    with pytest.raises(Invalid) as problem:
        search(colleague_asker, request_)
    assert problem.value.code == code


def test_a_question_of_stop_words_alone_is_no_error(base, colleague_asker):
    document_make(base, ["Revenue rose."])
    assert len(texts(colleague_asker, "what is the")) == 1


def test_a_limit_keeps_the_best(base, colleague_asker):
    document_make(base, [f"revenue {'growth ' * n}" for n in range(30)])
    assert len(texts(colleague_asker, "revenue growth", limit=7)) == 7


@pytest.mark.slow
def test_with_the_real_encoder_meaning_finds_what_words_do_not(embeddings, workspace, colleague_asker):
    from collegium.knowledge.embedding import embed_passages

    sentences = ["The firm dismissed 500 workers.", "Rain fell on the harbour.", "The recipe needs two eggs."]
    document_make(base_make(workspace), sentences, embed=embed_passages)
    hit = search(colleague_asker, SearchRequest("How many employees were laid off?"))[0]
    assert "dismissed" in hit.text and hit.lexical == 0 and hit.similarity > 0.2
