"""What /readyz and /metrics say of parts that are away, and to whom."""

import pytest
from django.test import Client

from collegium.accounts.asker import Asker
from collegium.ops import health
from collegium.ops.worker_signals import HEARTBEAT_KEY

pytestmark = pytest.mark.django_db


def states(client: Client) -> tuple[int, str, dict[str, str]]:
    response = client.get("/readyz")
    body = response.json()
    return response.status_code, body["status"], {name: part["state"] for name, part in body["parts"].items()}


def test_without_worker_engine_and_embeddings_the_site_is_degraded_not_down(client, settings):
    settings.EMBEDDINGS_URL = "unix:///tmp/nobody-listens-here.sock"
    settings.ENGINE_URL = "unix:///tmp/nobody-listens-here.sock"
    status, overall, parts = states(client)
    assert (status, overall) == (200, "degraded")
    assert parts == {
        "database": "ready",
        "valkey": "ready",
        "embeddings": "down",
        "engine": "down",
        "worker": "down",
    }


def test_a_worker_that_showed_itself_long_ago_is_down(client):
    import time

    from django.core.cache import cache

    cache.set(HEARTBEAT_KEY, time.time())
    assert states(client)[2]["worker"] == "ready"
    cache.set(HEARTBEAT_KEY, time.time() - health.WORKER_LATE_S - 1)
    assert states(client)[2]["worker"] == "down"


def test_a_worker_that_trains_does_not_stand_in_for_one_that_serves_people(client):
    from collegium.ops.worker_signals import TUNING_WORKER, _heartbeat

    class Consumer:
        hostname = f"{TUNING_WORKER}@host"

    _heartbeat(sender=Consumer())
    assert states(client)[2]["worker"] == "down"
    Consumer.hostname = "celery@host"
    _heartbeat(sender=Consumer())
    assert states(client)[2]["worker"] == "ready"


def test_without_valkey_the_site_is_down_and_healthz_still_answers(client, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "unix:///tmp/nobody-listens-here.sock",
        }
    }
    status, overall, parts = states(client)
    assert (status, overall, parts["valkey"]) == (503, "down", "down")
    assert client.get("/healthz").status_code == 200


def test_readyz_tells_no_addresses_and_no_versions(client, settings):
    text = client.get("/readyz").content.decode()
    assert str(settings.HOME.root) not in text
    assert "unix:" not in text


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("203.0.113.7", {}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "203.0.113.7"}, 403),
        ("203.0.113.7", {"Authorization": "Bearer right"}, 403),
    ],
)
def test_metrics_are_for_this_machine(client, address, headers, status):
    assert client.get("/metrics", REMOTE_ADDR=address, headers=headers).status_code == status


@pytest.mark.parametrize(("given", "status"), [("Bearer right-token", 200), ("Bearer wrong", 403), ("", 403)])
def test_with_a_token_metrics_are_for_its_bearer_alone(client, monkeypatch, given, status):
    monkeypatch.setenv("COLLEGIUM_METRICS_TOKEN", "right-token")
    response = client.get("/metrics", REMOTE_ADDR="127.0.0.1", headers={"Authorization": given})
    assert response.status_code == status


def test_metrics_show_waiting_jobs_and_no_document(client, finance_base, owner_asker: Asker):
    import uuid

    from collegium.jobs.models import Job

    Job.objects.create(workspace_id=owner_asker.workspace_id, kind="ingest", subject=uuid.uuid4())
    text = client.get("/metrics").content.decode()
    assert 'collegium_jobs{state="queued"} 1.0' in text
    assert finance_base.name not in text
    assert "acme" not in text


def test_ids_never_become_labels(client):
    import uuid

    unknown = uuid.uuid4()
    client.get(f"/api/v1/answers/{unknown}")
    assert str(unknown) not in client.get("/metrics").content.decode()
