"""A small corpus that people see or must not see, and an answer from it."""

import pytest

from tests.collegium.knowledge.search_corpus import base_make, document_make, encoder_use

TEXTS = [
    "Revenue of Tarnbeck Instruments was 412.6 million euros in 2024, up from 388.1 million euros in 2023.",
    "The company employed 2,140 people at the end of the year. Research took place in three laboratories.",
]


@pytest.fixture
def encoder(monkeypatch):
    return encoder_use(monkeypatch)


@pytest.fixture
def base(workspace, encoder):
    return base_make(workspace, "Reports")


@pytest.fixture
def document(base):
    made = document_make(base, TEXTS, title="Annual report 2024")
    made.current.page_count = 2
    made.current.outline = [[595, 842], [595, 842]]
    made.current.save()
    return made


@pytest.fixture
def answer(document, colleague, workspace, asker_of):
    from collegium.answers.services import ask

    return ask(
        asker=asker_of(colleague, workspace),
        vertical="finance",
        question="What was the revenue of Tarnbeck Instruments in 2024?",
    )
