"""Each vertical against the contract; the dummy shows that the SDK's defaults alone fulfil it."""

import pytest

from collegium.sdk import registry
from collegium.sdk.testing import VerticalContract
from tests.verticals.loading import dummy_load


class TestFinance(VerticalContract):
    slug = "finance"
    recipe_texts = ("Revenue rose to 412 million in 2024 because more laboratories ordered instruments.",)


class TestMedical(VerticalContract):
    slug = "medical"
    good_text = "Oxygen is given when the saturation is low."
    bad_text = "Give amoxicillin 500 mg three times a day."
    recipe_texts = ("Plan\n\nOxygen for pneumonia. Patients with pneumonia who are confused are admitted.",)
    recipe_metadata = {"notes": {"kind": "note"}, "guidelines": {"kind": "guideline"}}


class TestDummy(VerticalContract):
    slug = "dummy"

    @pytest.fixture(autouse=True)
    def _loaded(self, monkeypatch):
        dummy_load(monkeypatch)


class _Careless(VerticalContract):  # no Test in its name: it is not collected
    """A vertical that cites what it did not retrieve: the contract must notice."""


def test_the_contract_notices_a_vertical_that_cites_what_was_not_retrieved(db, monkeypatch):
    from tests.verticals.dummy.vertical import Dummy

    class Careless(Dummy):
        def answer(self, steps):
            query = self.understand(steps.question)
            steps.understood(query)
            steps.retrieve(query.search)
            steps.quote(_Careless().hit(), 0, 5)

    loaded, broken = registry._load()
    monkeypatch.setattr(registry, "_load", lambda: ({**loaded, "dummy": Careless()}, broken))
    contract = _Careless()
    contract.slug = "dummy"
    from collegium.accounts.asker import Asker
    from collegium.accounts.services import workspace_create

    asker = Asker(workspace_id=workspace_create(slug="careless", name="C", verticals=["dummy"]).pk)
    with pytest.raises(AssertionError, match="not retrieved"):
        contract.test_it_cites_only_what_was_retrieved_and_marks_each_quotation(Careless(), asker)
