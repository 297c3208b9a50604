"""What a suite is told when it asks the model itself."""

import pytest

from collegium.sdk.evaluation import SuiteProblem, model_said
from tests.scripted_engine import Script, engine_running


def test_the_model_that_answers_is_asked_greedily_and_as_a_batch(db, settings):
    from collegium.serving.priority import asked_as_batch

    with engine_running(Script(text=" Short of breath. ")) as script, asked_as_batch():
        settings.ENGINE_URL, settings.EMBEDDED_ENGINE = script.url, False
        assert model_said("Be brief.", "Write it.", max_tokens=30) == "Short of breath."
    (request,) = script.requests
    assert [one["role"] for one in request["messages"]] == ["system", "user"]
    assert request["temperature"] == 0 and request["max_tokens"] == 30
    assert script.headers[0]["x-priority"] == "batch"


def test_without_an_engine_the_suite_says_how_to_start_one(db, settings):
    settings.ENGINE_URL, settings.EMBEDDED_ENGINE = "http://127.0.0.1:9", False
    with pytest.raises(SuiteProblem, match="manage.py up"):
        model_said("", "Write it.", max_tokens=30)


def test_a_stream_that_breaks_is_the_suites_problem(db, settings):
    with engine_running(Script(text="Half", ending="rubbish")) as script:
        settings.ENGINE_URL, settings.EMBEDDED_ENGINE = script.url, False
        with pytest.raises(SuiteProblem, match="could not be asked"):
            model_said("", "Write it.", max_tokens=30)
