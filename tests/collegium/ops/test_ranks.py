"""The engine's ranks as parts of this installation."""

import socket
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import override_settings

from collegium.environment import Home
from collegium.ops.installation import parts_make
from collegium.ops.parts import ProgramPart
from collegium.ops.ranks import padded_model, ranks_prepare, served_model
from engine.manifest import Manifest, files_hash, manifest_read, manifest_write
from engine.parallel.worker import settings_read
from engine.serve.arguments import config_read


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path)
    url = "redis+socket:///run/v.sock?virtual_host=0"
    with override_settings(HOME=made, ENGINE_RANKS=2, ENGINE_MODEL="", CELERY_BROKER_URL=url):
        yield made


def engine_parts() -> dict[str, ProgramPart]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        parts = parts_make(listener, engine=True, sample=False)
    return {part.name: part for part in parts if part.name.startswith("engine")}


def model_make(folder: Path, version: str = "1") -> str:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    known = {"kind": "generation", "architecture": "a", "languages": ("en",), "base": "b", "licence": "l"}
    files = files_hash(folder)
    manifest_write(folder, Manifest(name="m", version=version, max_tokens=9, files=files, **known))
    return str(folder)


def test_two_ranks_are_two_workers_that_the_engine_waits_for(home):
    parts = engine_parts()
    assert list(parts) == [
        "engine-build",
        "engine-heads",
        "engine-rank-0",
        "engine-rank-1",
        "engine",
        "engines",
    ]
    assert {"engine-rank-0", "engine-rank-1"} < set(parts["engine"].needs)
    assert "engine-heads" in parts["engine-rank-0"].needs


def test_engine_and_workers_are_told_the_same_and_take_it(home):
    parts = engine_parts()
    engine = config_read("engine", [str(part) for part in parts["engine"].command()[3:]])
    assert engine.ranks == 2 and engine.broker == "redis+socket:///run/v.sock?virtual_host=0"
    workers = [settings_read([str(part) for part in parts[f"engine-rank-{i}"].command()[3:]]) for i in (0, 1)]
    assert engine.rank_key_file.read_bytes() == workers[0].key == workers[1].key
    assert workers[0].name != workers[1].name and {w.model for w in workers} == {engine.model}
    assert {w.url for w in workers} == {engine.broker}
    assert not set(workers[0].cores) & set(workers[1].cores)


def test_one_rank_needs_no_worker(home):
    with override_settings(ENGINE_RANKS=1):
        parts = engine_parts()
        assert list(parts) == ["engine-build", "engine", "engines"]
        assert "--broker" not in parts["engine"].command()


def test_a_password_of_the_broker_is_in_a_file_of_ours_and_not_on_a_command_line(home):
    with override_settings(CELERY_BROKER_URL="redis://:hunter%2F2@valkey:6379/0"):
        options = ranks_prepare().engine_options
    assert "hunter" not in " ".join(options) and "redis://valkey:6379/0" in options
    path = Path(options[options.index("--broker-password-file") + 1])
    assert path.read_text() == "hunter/2" and path.stat().st_mode & 0o777 == 0o600


def test_the_key_stays_from_start_to_start_and_is_ours_alone(home):
    first, second = ranks_prepare(), ranks_prepare()
    assert first == second
    path = Path(first.options[first.options.index("--rank-key-file") + 1])
    assert len(path.read_text()) == 64 and path.stat().st_mode & 0o777 == 0o600


def test_the_padded_model_is_served_only_while_it_is_made_of_the_present_one(home):
    model = model_make(home.models / "m")
    assert served_model(model) == model
    model_make(Path(padded_model(model)), version="1-heads2")
    assert served_model(model) == padded_model(model)
    with override_settings(ENGINE_RANKS=3):
        assert served_model(model) == model
    manifest_write(Path(model), replace(manifest_read(model), version="2"))
    assert served_model(model) == model
