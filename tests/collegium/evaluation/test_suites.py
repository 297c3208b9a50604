"""Suites: how they are named, what a run stores, and that the command prints its figures last."""

import io
import json

import pytest
from django.core.management import CommandError, call_command

from collegium.errors import Invalid, NotFound
from collegium.evaluation import services
from collegium.evaluation.models import SuiteRun
from collegium.sdk.evaluation import SuiteProblem
from collegium.sdk.vertical import Suite, SuiteResult


def suite(name, run=lambda data: SuiteResult({"recall@10": 0.5})):
    return Suite(name=name, description=f"about {name}", run=run)


@pytest.fixture
def known(monkeypatch):
    """Three suites of two verticals; one bare name is used twice."""
    there = {
        "finance.retrieval": suite("retrieval"),
        "finance.numbers": suite("numbers"),
        "medical.retrieval": suite("retrieval"),
    }
    monkeypatch.setattr(services, "suites", lambda: there)
    return there


@pytest.fixture
def servers(monkeypatch):
    """The session's servers are running; no others are started."""
    from contextlib import nullcontext

    monkeypatch.setattr("collegium.evaluation.management.commands.evaluate.servers_running", nullcontext)


def test_a_suite_is_found_by_its_whole_name_or_by_a_bare_one_that_is_unique(known):
    assert services.suite_get("finance.retrieval")[0] == "finance.retrieval"
    assert services.suite_get("numbers")[0] == "finance.numbers"


def test_a_name_that_two_verticals_use_asks_for_the_whole_one(known):
    with pytest.raises(Invalid, match=r"finance\.retrieval, medical\.retrieval"):
        services.suite_get("retrieval")


def test_an_unknown_suite_names_those_that_there_are(known):
    with pytest.raises(NotFound, match=r"finance\.numbers"):
        services.suite_get("nonsense")


def test_a_run_stores_its_figures(known, db):
    run = services.suite_run(name="numbers", data=None)
    assert SuiteRun.objects.get() == run
    assert run.metrics == {"recall@10": 0.5} and run.suite == "finance.numbers"


def test_a_folder_that_is_not_there_is_refused(known, db, tmp_path):
    with pytest.raises(Invalid, match="no folder"):
        services.suite_run(name="numbers", data=tmp_path / "nowhere")


def test_the_fingerprint_tells_data_sets_apart(known, db, tmp_path):
    (tmp_path / "a").write_text("one")
    first = services.suite_run(name="numbers", data=tmp_path).data_fingerprint
    (tmp_path / "b").write_text("two")
    assert services.suite_run(name="numbers", data=tmp_path).data_fingerprint != first


def test_the_command_prints_the_figures_alone_on_its_last_line(known, servers, db):
    out = io.StringIO()
    call_command("evaluate", "numbers", "--json", stdout=out)
    last = out.getvalue().rstrip("\n").splitlines()[-1]
    assert json.loads(last) == {"suite": "finance.numbers", "metrics": {"recall@10": 0.5}}


def test_the_command_says_what_is_wrong_without_a_traceback(known, servers, db, monkeypatch):
    def run(data):
        raise SuiteProblem("there is no questions.jsonl in it")

    known["finance.numbers"] = suite("numbers", run)
    for arguments in (["numbers"], ["nonsense"]):
        with pytest.raises(CommandError, match=r"questions\.jsonl|There is no suite"):
            call_command("evaluate", *arguments)


def test_the_command_lists_the_suites(known):
    out = io.StringIO()
    call_command("evaluate", stdout=out)
    assert "finance.numbers" in out.getvalue() and "about numbers" in out.getvalue()


def test_the_finance_vertical_registers_retrieval():
    assert {"finance.retrieval", "finance.retrieval_zh"} <= services.suites().keys()
    assert services.suite_get("retrieval_zh")[0] == "finance.retrieval_zh"
