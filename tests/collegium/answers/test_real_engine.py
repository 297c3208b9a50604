"""The platform over the real engine with the default model: an answer, and the page of the engine's state."""

import pytest

from collegium.answers.services import ask
from collegium.sdk.numbers import numbers_find
from collegium.serving.report import COMMON, engine_report
from collegium.serving.services import alias_move, model_register
from engine.manifest import manifest_read
from tests.clients import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.slow, pytest.mark.alone]


@pytest.fixture
def production(language_engine, settings):
    """The real engine as the one that answers."""
    manifest = manifest_read(language_engine.model)
    settings.ENGINE_URL = language_engine.url
    row = model_register(
        url=language_engine.url,
        name=manifest.name,
        version=manifest.version,
        digest=manifest.digest,
        manifest={"languages": list(manifest.languages), "max_tokens": manifest.max_tokens},
    )
    alias_move(name="production", model_version=row)
    return manifest


def test_the_real_model_rephrases_and_nothing_unsupported_of_it_is_shown(world, production):
    answer = ask(
        asker=world.asker,
        vertical="finance",
        question="Why did the gross margin of Tarnbeck change in 2024?",
    )
    quoted = {number.value for one in answer.citations.all() for number in numbers_find(one.quote)}
    rephrased = [block["text"] for block in answer.blocks if block["kind"] == "rephrased"]
    codes = [block["code"] for block in answer.blocks if block.get("code")]
    assert rephrased or codes == ["engine_unsupported"]
    marks = {one.ordinal for one in answer.citations.all()}
    for text in rephrased:
        assert {number.value for number in numbers_find(text)} <= quoted | marks
    assert answer.timings["first_token"] > 0


def test_the_page_of_the_engines_state_shows_what_the_real_engine_did(world, production, language_engine):
    language_engine.client.chat_raw({"messages": [{"role": "user", "content": "Hello."}], "max_tokens": 4})
    world.asker_user.is_staff = True
    world.asker_user.save()
    page = client_of(world.asker_user).get("/engine/").content.decode()
    report = engine_report()
    assert report.said and report.state == "ready" and report.model == production.name
    assert report.memory_bytes > 10**9 and report.context_tokens == 4096 and report.cache_tokens > 4096
    assert production.name in page and "4096 tokens" in page
    routing = report.routing
    assert routing is not None and routing.total > 0
    experts = {expert for group in report.owners for expert in group.experts}
    assert experts == set(range(len(routing.tokens[0])))
    assert {group.owner for group in report.owners} == {e.owner for e in production.experts} | {COMMON}
    assert page.count("fill-opacity") == len(routing.layers) * len(experts)
