"""The OpenAPI document: committed, complete, and true."""

import contextlib
import json
import random
from pathlib import Path

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from collegium.api import routes
from tests.api_schema import schema_compare

SNAPSHOT = Path(routes.__file__).with_name("openapi.json")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 8


def test_the_committed_schema_is_the_one_that_the_code_describes(tmp_path):
    schema_compare("collegium.api.routes", SNAPSHOT, tmp_path)


def test_every_operation_has_words_a_scheme_and_problems():
    document = json.loads(SNAPSHOT.read_text())
    assert document["openapi"].startswith("3.1")
    for path, item in document["paths"].items():
        for method, operation in item.items():
            where = f"{method} {path}"
            assert operation["description"].strip(), where
            assert operation["security"] == [{"key": []}], where
            assert {"401", "403", "default"} <= set(operation["responses"]), where
            for status, response in operation["responses"].items():
                if status.startswith("4"):
                    kind = "application/json" if path.startswith("/v1/") else "application/problem+json"
                    assert list(response["content"]) == [kind], where


@pytest.mark.django_db
def test_the_schema_and_its_page_are_served_without_a_key(client):
    served = client.get("/api/schema/")
    assert served.status_code == 200 and set(json.loads(SNAPSHOT.read_text())["paths"]) <= set(
        served.json()["paths"]
    )
    assert client.get("/api/docs").status_code == 301
    assert client.get("/api/schema/?format=yaml").content.startswith(b"openapi: 3.1")
    page = client.get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200 and "/api/v1/{vertical}/answers" in text and "<script" not in text
    assert "style=" not in text and "http://" not in text and "https://" not in text


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_no_generated_request_breaks_the_api_or_its_promises(world, caller, monkeypatch):
    from tests.collegium.knowledge.search_corpus import WordEncoder

    monkeypatch.setattr("collegium.api.openai.embeddings.client_get", lambda url: WordEncoder())
    schema = schemathesis.openapi.from_dict(json.loads(SNAPSHOT.read_text()))
    schema.app = get_wsgi_application()
    known = [str(one.pk) for one in (world.base, world.document, world.job, world.run)] + [
        world.answer,
        "finance",
        "medical",
    ]
    headers = {"Authorization": f"Bearer {caller.key}"}
    operations = [result.ok() for result in schema.get_all_operations()]
    assert len(operations) > 20
    for operation in operations:
        _operation_try(operation, headers, known)


def _operation_try(operation, headers: dict[str, str], known: list[str]) -> None:
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        with contextlib.suppress(Unsatisfiable):  # some operations have no wrong request
            _mode_try(operation, mode, headers, known)


def _mode_try(operation, mode: GenerationMode, headers: dict[str, str], known: list[str]) -> None:
    choose = random.Random(operation.label)

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case) -> None:
        if operation.method.upper() != "DELETE":
            for name in case.path_parameters:
                if choose.random() < 0.5:
                    case.path_parameters[name] = choose.choice(known)
        case.call_and_validate(headers=headers, checks=CHECKS)

    run()
