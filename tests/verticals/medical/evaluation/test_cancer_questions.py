"""What the ranking may not lose, over the data sets' questions about cancer, whose abstracts are near each other.

The whole sets take a quarter of an hour (`make bench ONLY=abstracts`), this part half a minute. Synonyms of a
concept that weigh as much as the question's own words do not pass it.
"""

import pytest

from tests.evaluation_data import data_set
from verticals.medical.evaluation import retrieval
from verticals.medical.evaluation.abstracts import AbstractSet, abstract_sets

pytestmark = pytest.mark.slow
ABOUT = "cancer", "carcinoma"


def figures(name):
    """The suite's figures over the questions about cancer and the abstracts that answer them."""
    (whole,) = abstract_sets(data_set(name))
    asked = tuple(one for one in whole.questions if any(word in one.text.lower() for word in ABOUT))
    texts = {pmid: whole.abstracts[pmid] for one in asked for pmid in one.right}
    return retrieval._set_run(AbstractSet(name, texts, asked)).metrics


def test_expansion_by_concepts_does_not_lower_the_ranking_of_bioasq(embeddings, transactional_db):
    found = figures("bioasq")
    for measure in ("ndcg_at_10", "recall_at_10"):
        assert found[f"bioasq.expanded_{measure}"] >= found[f"bioasq.fused_{measure}"], found
    assert found["bioasq.questions"] >= 25 and found["bioasq.fused_ndcg_at_10"] > 0.93, found


def test_fused_and_expanded_search_find_what_the_better_half_finds_of_pubmedqa(embeddings, transactional_db):
    found = figures("pubmedqa")
    for measure in ("ndcg_at_10", "recall_at_10"):
        assert found[f"pubmedqa.expanded_{measure}"] >= found[f"pubmedqa.fused_{measure}"], found
    assert found["pubmedqa.fused_below_better_half"] <= 1, found
    assert found["pubmedqa.questions"] >= 50 and found["pubmedqa.fused_ndcg_at_10"] > 0.97, found
