"""The page of the engine's state: what an administrator of the installation sees, and nobody else."""

import re
from pathlib import Path

import pytest

from collegium.dashboard.heat_map import heat_map
from collegium.serving.report import COMMON, OwnedExperts, Routing, engine_report
from tests.clients import client_of
from tests.collegium.dashboard.live import CHROMIUM, DESKTOP, PHONE, Tab, chromium, password_give, served
from tests.conftest import PASSWORD
from tests.scripted_engine import Script, engine_running

pytestmark = pytest.mark.django_db
LAYERS, EXPERTS = 30, 16
SAID = {
    "model": "scripted",
    "state": "ready",
    "detail": "",
    "restarts": 3,
    "context_tokens": 4096,
    "cache_tokens": 23040,
    "waiting": {"interactive": 2, "batch": 5},
    "in_flight": {"requests": 4, "tokens": 900},
    "memory_bytes": {"front:1": 90_000_000, "engine:2": 3_000_000_000},
    "ranks": [
        {
            "rank": 0,
            "worker": "w0",
            "host": "north",
            "device": None,
            "state": "ready",
            "memory_bytes": 2_000_000_000,
        },
        {"rank": 1, "worker": "w1", "host": "south", "device": 3, "state": "failed", "memory_bytes": 0},
    ],
    "experts": {
        "owners": {"finance": [0, 4, 8, 12], "medical": [1, 5, 9, 13]},
        "layers": list(range(LAYERS)),
        "tokens": [
            [(layer * expert) % 17 * 10 + expert for expert in range(EXPERTS)] for layer in range(LAYERS)
        ],
        "imbalance": {"per_layer": [1.25] * LAYERS, "overall": 1.25},
    },
}


@pytest.fixture
def staff(workspace, member_make):
    person = member_make(workspace, "chief", "admin")
    person.is_staff = True
    return password_give(person)


@pytest.fixture
def engine(settings):
    with engine_running(Script(state=SAID)) as script:
        settings.ENGINE_URL = script.url
        yield script


def page_of(person, language: str = "en") -> str:
    client = client_of(person)
    client.cookies["django_language"] = language
    return client.get("/engine/", headers={"accept-language": language}).content.decode()


def test_an_administrator_sees_model_restarts_ranks_and_experts(staff, engine):
    text = re.sub(r"<[^>]+>|\s+", " ", page_of(staff))
    text = re.sub(r" +", " ", text)
    for words in ("scripted", "Restarts 3", "4 running, 7 waiting", "4096 tokens", "23040 tokens"):
        assert words in text, words
    for words in ("north", "south", "CPU", "failed", "0, 4, 8, 12", "1.25 times the mean load"):
        assert words in text, words
    assert page_of(staff).count("fill-opacity") == LAYERS * EXPERTS


@pytest.mark.parametrize("who", ["colleague", "owner", "outsider"])
def test_whoever_does_not_run_the_installation_sees_nothing_of_its_engines_parts(who, engine, request):
    page = page_of(request.getfixturevalue(who))
    for words in ("north", "south", "fill-opacity", "Restarts", "finance</td>"):
        assert words not in page, words
    assert "Language model" in page


def test_the_page_is_chinese_too(staff, engine):
    page = page_of(staff, "zh-hans")
    for words in ("重启次数", "公共", "专家", "最繁忙的分片负载是平均值的 1.25 倍"):
        assert words in page, words
    assert "Restarts" not in page


def test_of_another_makers_engine_the_page_shows_what_is_known(staff, engine):
    engine.state = None
    page = page_of(staff)
    assert "scripted" in page
    assert "another maker" in page
    assert "fill-opacity" not in page


def test_without_an_engine_the_page_still_comes(staff, settings):
    settings.ENGINE_URL = "http://127.0.0.1:1"
    assert "another maker" in page_of(staff)


def test_before_anything_was_routed_the_page_says_so(staff, engine):
    engine.state = SAID | {"experts": SAID["experts"] | {"tokens": [[0] * EXPERTS] * LAYERS}}
    page = page_of(staff)
    assert "Nothing was routed to experts" in page
    assert "fill-opacity" not in page


@pytest.mark.parametrize(
    "experts",
    [
        None,
        [],
        {"layers": [1, 2], "tokens": [[1]]},
        {"layers": [1, 2], "tokens": [[1], [1, 2]]},
        {"owners": []},
    ],
)
def test_what_an_engine_says_amiss_is_left_out(staff, engine, experts):
    engine.state = SAID | {"experts": experts, "ranks": "none", "waiting": 3, "memory_bytes": -1}
    report = engine_report()
    assert report.said
    assert (report.routing, report.ranks, report.waiting, report.memory_bytes) == (None, (), 0, 0)
    assert "Restarts" in page_of(staff)


def test_what_an_engine_says_is_shown_as_text(staff, engine):
    hostile = "<script>alert(1)</script>"
    engine.state = SAID | {
        "model": hostile,
        "detail": hostile,
        "experts": {"owners": {hostile: [1]}, "problem": hostile},
    }
    assert "<script>alert" not in page_of(staff)


def test_experts_that_nobody_names_are_common_and_shares_add_up(engine):
    owners = {group.owner: group for group in engine_report().owners}
    assert owners[COMMON].experts == (2, 3, 6, 7, 10, 11, 14, 15)
    assert sum(group.share or 0 for group in owners.values()) == pytest.approx(1)


def test_the_heat_map_puts_each_square_in_its_place_and_colours_by_part_of_the_layer():
    routing = Routing((1, 2), ((10, 30), (1, 1)), None)
    owners = (OwnedExperts("law", (1,), 0.7), OwnedExperts(COMMON, (0,), 0.3))
    picture = heat_map(routing, owners, "en")
    squares = {(one.layer, one.expert): one for one in picture.squares}
    assert squares[1, 1].x < squares[1, 0].x
    assert squares[1, 1].y < squares[2, 1].y
    assert squares[1, 1].strength == 1
    assert squares[1, 1].share == 0.75
    assert squares[2, 0].strength == pytest.approx(0.5 / 0.75)
    assert (picture.even_share, picture.most_share) == (0.5, 0.75)
    assert all(one.x + picture.cell_width <= picture.width + 1e-6 for one in picture.squares)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not Path(CHROMIUM).exists(), reason=f"needs a browser at {CHROMIUM}")
def test_the_page_fits_a_desk_and_a_phone_without_scripts_in_both_languages(
    staff, engine, process_environment
):
    with served(process_environment | {"ENGINE_URL": engine.url}) as site, chromium() as chrome:
        for name, viewport, language in (("desk", DESKTOP, "en-GB"), ("phone", PHONE, "zh-CN")):
            scheme = "dark" if viewport is PHONE else "light"
            tab = Tab(chrome, site, viewport=viewport, language=language, scheme=scheme, scripts=False)
            tab.sign_in("chief", PASSWORD)
            tab.open("/engine/")
            assert tab.page.locator("figure svg rect").count() == LAYERS * EXPERTS
            tab.shot(f"engine-{name}-{language}", full=True)
            assert tab.fits()
            tab.context.close()


def test_a_worker_that_trains_is_not_counted_among_those_that_serve_people(monkeypatch, db):
    from collegium.dashboard.views import engine

    answers = [{"celery@host": {"ok": "pong"}}, {"tuning@host": {"ok": "pong"}}]
    monkeypatch.setattr(engine.celery_app.control, "ping", lambda timeout: answers)
    assert engine.workers_part() == engine.Part("ready", "1")
    engine.cache.delete(engine.WORKERS_KEY)
    del answers[0]
    assert engine.workers_part().state == "down"
