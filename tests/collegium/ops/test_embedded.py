"""The embedded servers against kill -9."""

import os
import signal
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from collegium.environment import Home
from collegium.ops.embedded import EmbeddedFailed, EmbeddedPostgres, EmbeddedValkey
from collegium.ops.processes import alive, wait_until


@pytest.fixture
def home():
    """Not pytest's tmp_path: that one is closed to the database's own user."""
    import shutil
    import tempfile

    root = Path(tempfile.mkdtemp(prefix="collegium-ops-"))
    root.chmod(0o755)
    yield Home(root)
    shutil.rmtree(root)


@pytest.mark.slow
def test_what_was_committed_survives_kill_nine_of_the_database_and_its_children_end(home):
    server = EmbeddedPostgres(home)
    server.start()
    with psycopg.connect(server.url) as connection:
        connection.execute("CREATE TABLE kept (word text, v halfvec(3))")
        connection.execute("INSERT INTO kept VALUES ('here', '[1,2,3]')")
    killed = server.process.pid
    members = [child.pid for child in psutil.Process(killed).children(recursive=True)]
    assert len(members) > 3
    os.kill(killed, signal.SIGKILL)
    server.process.wait()
    server.stop()
    server = EmbeddedPostgres(home)
    server.start()
    try:
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT word FROM kept").fetchone() == ("here",)
    finally:
        server.stop()
    assert wait_until(lambda: not any(alive(pid) for pid in members), timeout_s=5)


@pytest.mark.slow
def test_a_running_cluster_is_not_started_twice(home):
    server = EmbeddedPostgres(home)
    server.start()
    try:
        with pytest.raises(EmbeddedFailed, match="in use by another process"):
            EmbeddedPostgres(home).start()
    finally:
        server.stop()


@pytest.mark.slow
def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(home):
    server = EmbeddedPostgres(home)
    server.start()
    server.stop()
    (home.postgres_data / "postmaster.pid").write_text(f"{os.getpid()}\n")
    server.start()
    server.stop()


@pytest.mark.slow
def test_a_start_killed_while_it_made_the_cluster_is_made_up_for(home):
    half = home.postgres_data.with_name("postgres.new")
    half.mkdir()
    (half / "PG_VERSION").write_text("18")
    server = EmbeddedPostgres(home)
    server.start()
    server.stop()


def test_a_cluster_of_another_version_is_refused_with_what_to_do(home):
    home.postgres_data.mkdir()
    (home.postgres_data / "PG_VERSION").write_text("17\n")
    with pytest.raises(EmbeddedFailed, match="PostgreSQL 17.*restore a backup"):
        EmbeddedPostgres(home).start()


def test_what_was_queued_survives_kill_nine_of_valkey(home):
    server = EmbeddedValkey(home)
    server.start()
    with redis.Redis.from_url(server.url) as client:
        client.rpush("queue", *range(100))
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.stop()
    server = EmbeddedValkey(home)
    server.start()
    try:
        with redis.Redis.from_url(server.url) as client:
            assert client.llen("queue") == 100
    finally:
        server.stop()


def test_only_the_owner_reaches_the_servers_sockets(home):
    server = EmbeddedPostgres(home, durable=False)
    server._folders_prepare()
    assert home.postgres_socket.stat().st_mode & 0o077 == 0
