"""The broker's address, and a password that never stands in it."""

import pytest

from engine.errors import ConfigInvalid
from engine.parallel.broker import broker_url, redis_open


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("redis://valkey:6379/1", "redis://valkey:6379/1"),
        ("redis+socket:///run/v.sock?virtual_host=2", "redis+socket:///run/v.sock?virtual_host=2"),
        ("unix:///run/v.sock?db=2", "redis+socket:///run/v.sock?virtual_host=2"),
        ("unix:///run/v.sock", "redis+socket:///run/v.sock"),
    ],
)
def test_it_is_written_as_celery_takes_it(url, wanted):
    assert broker_url(url) == wanted


def test_all_clients_mean_the_same_database():
    options = redis_open(broker_url("unix:///run/v.sock?db=2")).connection_pool.connection_kwargs
    assert options["path"] == "/run/v.sock" and options["db"] == 2


def test_the_password_comes_from_a_file(tmp_path):
    (tmp_path / "p").write_text("se/cret\n")
    url = broker_url("redis://valkey:6379/1", tmp_path / "p")
    assert url == "redis://:se%2Fcret@valkey:6379/1"
    assert redis_open(url).connection_pool.connection_kwargs["password"] == "se/cret"
    with pytest.raises(ConfigInvalid, match="password file"):
        broker_url("redis://valkey:6379/1", tmp_path / "none")


def test_a_password_in_the_address_and_other_brokers_are_refused_without_repeating_the_password():
    with pytest.raises(ConfigInvalid, match="--broker-password-file") as caught:
        broker_url("redis://:hunter2@valkey:6379/1")
    assert "hunter2" not in str(caught.value)
    with pytest.raises(ConfigInvalid, match="redis://HOST"):
        broker_url("amqp://h")
