import hashlib
import shutil

import pytest

from collegium.errors import Unavailable
from collegium.serving.models import ModelAlias, ModelVersion
from collegium.serving.services import (
    alias_move,
    default_manifest,
    engine_of,
    engine_state,
    model_register,
    production_engine,
)
from engine.manifest import Manifest, manifest_write
from tests.scripted_engine import Script, engine_running

pytestmark = pytest.mark.django_db


@pytest.fixture
def model_folder(settings):
    """model_folder("name", "version") -> the folder of a model in the home, with its manifest."""
    made = []

    def make(name: str, version: str, kind: str = "generation"):
        folder = settings.HOME.models / name
        folder.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(version.encode()).hexdigest()
        manifest = Manifest(
            name=name, version=version, kind=kind, architecture="MixtralForCausalLM", languages=("en",), base="b",
            licence="Apache-2.0", max_tokens=2048, files={"model.safetensors": digest},
            dims=384 if kind == "embedding" else None,
        )  # fmt: skip
        manifest_write(folder, manifest)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


def test_the_embedded_engines_model_is_registered_from_its_manifest_at_first_sight(model_folder, settings):
    model_folder("aa-encoder", "1", kind="embedding")
    model_folder("small-moe", "1")
    engine = production_engine()
    assert (engine.label, engine.url) == ("small-moe@1", settings.ENGINE_URL)
    assert engine.digest and engine.max_tokens == 2048
    assert engine.speaks("en") and not engine.speaks("zh")
    assert production_engine().label == "small-moe@1" and ModelVersion.objects.count() == 1


def test_a_rebuilt_model_becomes_another_version(model_folder):
    model_folder("small-moe", "1")
    production_engine()
    model_folder("small-moe", "2")
    assert production_engine().label == "small-moe@2"
    assert ModelVersion.objects.count() == 2


def test_an_embedded_engine_without_a_model_is_unavailable(settings):
    assert default_manifest() is None
    with pytest.raises(Unavailable):
        production_engine()
    assert engine_state().state == "down"


def test_a_remote_engine_is_registered_from_what_it_serves_and_speaks_every_language(settings):
    with engine_running(Script()) as script:
        settings.EMBEDDED_ENGINE, settings.ENGINE_URL = False, script.url
        engine = production_engine()
        assert engine.label == "scripted@remote" and engine.speaks("zh")
        assert engine_state().state == "ready"


def test_two_versions_are_served_at_once_and_the_alias_says_which_answers(model_folder):
    model_folder("small-moe", "1")
    production_engine()
    with engine_running(Script()) as script:
        other = model_register(url=script.url, name="other", version="7")
        before = ModelAlias.objects.get(name="production").model_version
        alias_move(name="production", model_version=other)
        assert production_engine().label == "other@7" and engine_of("production").url == script.url
        alias_move(name="production", model_version=before)
        assert production_engine().label == "small-moe@1"


def test_the_state_is_asked_once_in_a_few_seconds(settings):
    with engine_running(Script(models_status=503)) as script:
        settings.EMBEDDED_ENGINE, settings.ENGINE_URL = False, script.url
        assert engine_state().state == "loading"
        script.models_status = 200
        assert engine_state().state == "loading"  # kept
