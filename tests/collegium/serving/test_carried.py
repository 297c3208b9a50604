"""A LoRA adapter is served by its base's running engine: the real front, over an engine without a model."""

import pytest

from collegium.serving.carried import adapters_carry
from collegium.serving.model_files import versions_folder
from collegium.serving.models import ModelVersion
from collegium.serving.resolution import handle_of
from collegium.serving.services import alias_move, engine_for, model_register, version_add
from collegium.serving.wanted import versions_wanted
from tests.engine.serve.fronts import front_running

pytestmark = pytest.mark.django_db
DIGEST = "b" * 64


@pytest.fixture
def front(tmp_path):
    with front_running(tmp_path / "f.sock", adapters=str(versions_folder())) as running:
        yield running


@pytest.fixture
def adapted(trained, front):
    base = model_register(url=f"unix://{front.path}", name="small-moe", version="1", digest=DIGEST)
    row = version_add(directory=trained("2", adapter_for=DIGEST), base=base)
    alias_move(name="production", model_version=row)
    return row


def test_a_wanted_adapter_is_loaded_into_its_bases_engine_and_asked_by_name(
    adapted, front, settings, admin_asker
):
    settings.ADAPTERS_SERVED = True
    assert adapters_carry(versions_wanted()) == []
    assert front.state()["adapters"] == ["small-moe@2"]
    engine = engine_for(admin_asker)
    assert (engine.label, engine.asked_as, engine.url) == (
        "small-moe@2",
        "small-moe@2",
        f"unix://{front.path}",
    )
    assert engine.state().state == "ready" and front.state()["restarts"] == 0
    assert adapters_carry(versions_wanted()) == []  # once is enough
    adapted.aliases.all().delete()
    assert adapters_carry(versions_wanted()) == []
    row = ModelVersion.objects.get(pk=adapted.pk)
    assert row.served_by is None and handle_of(row).url.endswith(f"engine-{row.pk}.sock")


def test_without_the_setting_or_where_the_engine_refuses_the_merged_model_is_served(adapted, front, settings):
    assert [want.version for want in adapters_carry(versions_wanted())] == [adapted]
    settings.ADAPTERS_SERVED = True
    (adapted.folder / "adapter" / "adapter_config.json").unlink()
    assert [want.version for want in adapters_carry(versions_wanted())] == [adapted]
    assert front.state()["adapters"] == []
