"""Adapters in the running engine: from one directory, on command, and again after the engine died."""

from pathlib import Path

import pytest

from engine.config import ServeConfig
from engine.errors import ConfigInvalid, EngineRejected
from engine.serve.adapters import adapters_arguments, adapters_check, adapters_environment
from tests.engine.serve.fronts import front_running


def adapter_make(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "adapter_config.json").write_text("{}")
    (folder / "adapter_model.safetensors").write_bytes(b"")
    return folder


@pytest.fixture
def front(tmp_path):
    adapter_make(tmp_path / "adapters" / "one" / "adapter")
    with front_running(tmp_path / "f.sock", adapters=str(tmp_path / "adapters")) as running:
        yield running


def test_an_adapter_is_loaded_named_and_taken_out_without_a_restart(front):
    assert front.state()["adapters"] == []
    assert front.client.adapter_load("small@2", "one/adapter") == ["small@2"]
    assert front.client.adapter_load("small@2", "one/adapter") == ["small@2"]
    assert front.client.models() == ["fake", "small@2"] and front.state()["adapters"] == ["small@2"]
    assert front.client.adapter_unload("small@2") == [] and front.client.models() == ["fake"]
    with pytest.raises(EngineRejected) as refused:
        front.client.adapter_unload("small@2")
    assert refused.value.status == 404 and front.state()["restarts"] == 0


def test_what_lies_elsewhere_or_may_be_a_pickle_is_refused(front, tmp_path):
    outside = adapter_make(tmp_path / "outside")
    (tmp_path / "adapters" / "link").symlink_to(outside)
    pickled = adapter_make(tmp_path / "adapters" / "pickled")
    (pickled / "adapter_model.bin").write_bytes(b"\x80\x04.")
    empty = tmp_path / "adapters" / "empty"
    empty.mkdir()
    for path, status in (
        ("../outside", 403), (str(outside), 403), ("link", 403), ("none", 403), ("pickled", 400), ("empty", 400),
    ):  # fmt: skip
        with pytest.raises(EngineRejected) as refused:
            front.client.adapter_load("a", path)
        assert refused.value.status == status, path
    with pytest.raises(EngineRejected):
        front.client.adapter_load("../a", "one/adapter")
    assert front.http.post("/adapters", content=b"[").status_code == 400
    assert front.state()["adapters"] == []


def test_a_rebuilt_engine_has_its_adapters_again(front, tmp_path):
    front.client.adapter_load("small@2", "one/adapter")
    once = str(tmp_path / "once")
    assert front.ask(fake={"then": "die", "once": once}).status_code == 200  # answered by the rebuilt engine
    assert front.wait(lambda: front.state()["restarts"] == 1)
    assert front.client.models() == ["fake", "small@2"]


def test_without_a_directory_there_is_no_such_page(tmp_path):
    with front_running(tmp_path / "f.sock") as running:
        assert running.state()["adapters"] is None
        with pytest.raises(EngineRejected) as refused:
            running.client.adapter_load("a", "b")
        assert refused.value.status == 404


def test_adapters_are_refused_on_a_cpu_and_where_anybody_could_load_them(tmp_path):
    config = ServeConfig(model="m", uds=Path("s"), adapters_dir=tmp_path)
    with pytest.raises(ConfigInvalid, match="merged model"):
        adapters_check(config, accelerator=False)
    adapters_check(config, accelerator=True)
    with pytest.raises(ConfigInvalid, match="api_key_file"):
        adapters_check(ServeConfig(model="m", adapters_dir=tmp_path), accelerator=True)
    with pytest.raises(ConfigInvalid, match="no directory"):
        adapters_check(ServeConfig(model="m", uds=Path("s"), adapters_dir=tmp_path / "no"), accelerator=True)
    assert adapters_arguments(config)["max_lora_rank"] == 64 and adapters_environment(config)
    assert adapters_arguments(ServeConfig(model="m")) == adapters_environment(ServeConfig(model="m")) == {}
