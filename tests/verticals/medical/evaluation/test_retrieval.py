"""The suite searches as the product does."""

from uuid import uuid4

import pytest

from collegium.sdk.asker import Asker
from collegium.sdk.evaluation import EvaluationBase
from verticals.medical.answering.understand import EXPANSION_WEIGHT
from verticals.medical.evaluation import retrieval

pytestmark = pytest.mark.django_db


def test_expansions_are_measured_at_the_weight_that_answers_give_them(monkeypatch):
    asked = []
    monkeypatch.setattr(
        retrieval, "search_half", lambda asker, request, half: asked.append((request, half)) or []
    )
    base = EvaluationBase(Asker(uuid4()), uuid4(), {}, 0)
    retrieval._search(base, "expanded", "Is aspirin given after a heart attack?", {})
    ((request, half),) = asked
    assert half == "fused" and "myocardial infarction" in request.expansions
    assert request.expansion_weight == EXPANSION_WEIGHT < 1
