"""What becomes a version, and what is refused without a trace."""

import json
import uuid

import pytest

from collegium.accounts.models import AuditEvent
from collegium.errors import Conflict, Forbidden, Invalid, NotFound
from collegium.serving.models import ModelState, ModelVersion
from collegium.serving.selectors import version_get, visible_versions
from collegium.serving.services import alias_move, model_register, version_add
from collegium.serving.versions import version_retire
from tests.collegium.serving.conftest import model_write, safetensors_write

pytestmark = pytest.mark.django_db


@pytest.fixture
def base():
    return model_register(url="unix:///base.sock", name="small-moe", version="1", digest="b" * 64)


def kept(settings) -> list[str]:
    return sorted(path.name for path in (settings.HOME.models / "versions").glob("*"))


def test_what_a_training_left_is_moved_and_recorded_with_its_lineage(trained, base, settings):
    out, run = trained("2", adapter_for="b" * 64), uuid.uuid4()
    certificate = {"epsilon": 0.5, "base_digest": base.digest}
    row = version_add(directory=out, base=base, run=run, certificate=certificate, metrics={"loss": 1.5})
    row.refresh_from_db()
    assert (row.base, row.run, row.certificate, row.metrics) == (base, run, certificate, {"loss": 1.5})
    assert row.card == {"examples": 12} and row.state == ModelState.REGISTERED and row.has_adapter
    assert row.manifest["languages"] == ["en", "zh"]
    assert {path.name for path in row.folder.iterdir()} == {"model", "adapter"}
    assert not (out / "model").exists() and (out / "checkpoints").exists()
    assert kept(settings) == [row.folder.name]


def test_a_bare_model_is_registered_too(tmp_path):
    row = version_add(directory=model_write(tmp_path / "m", version="9"), base=None)
    assert str(row) == "small-moe@9" and (row.folder / "model" / "model.safetensors").exists()


def tampered(out):
    (out / "model" / "model.safetensors").write_bytes(
        b"\x08" + (out / "model" / "model.safetensors").read_bytes()[1:]
    )


def altered(out):
    safetensors_write(out / "model" / "model.safetensors", b"\1" * 8)


def pickled(out):
    (out / "model" / "pytorch_model.bin").write_bytes(b"\x80\x04.")


def disguised(out):
    (out / "model" / "model.safetensors").write_bytes(b"\x80\x04\x95" + b"x" * 60)


def linked(out):
    (out / "model" / "config.json").unlink()
    (out / "model" / "config.json").symlink_to("/etc/passwd")


def unlisted(out):
    (out / "model" / "more.json").write_text("{}")


def missing(out):
    (out / "model" / "config.json").unlink()


def adapter_pickled(out):
    (out / "adapter" / "adapter_model.bin").write_bytes(b"\x80\x04.")


CASES = [
    (altered, "model_invalid", "model.safetensors"),
    (tampered, "pickle", "model.safetensors"),
    (pickled, "pickle", "pytorch_model.bin"),
    (disguised, "pickle", "model.safetensors"),
    (linked, "model_invalid", "config.json"),
    (unlisted, "model_invalid", "more.json"),
    (missing, "model_invalid", "config.json"),
    (adapter_pickled, "pickle", "adapter_model.bin"),
]


@pytest.mark.parametrize(
    ("break_it", "code", "named"), CASES, ids=lambda case: getattr(case, "__name__", None)
)
def test_what_is_unsound_is_refused_by_name_and_left_where_it_was(
    break_it, code, named, trained, base, settings
):
    out = trained("2", adapter_for=base.digest)
    break_it(out)
    before = sorted(str(path) for path in out.rglob("*"))
    with pytest.raises(Invalid) as refused:
        version_add(directory=out, base=base)
    assert refused.value.code == code and named in refused.value.detail
    assert str(out) not in refused.value.detail
    assert sorted(str(path) for path in out.rglob("*")) == before
    assert kept(settings) == [] and ModelVersion.objects.count() == 1


def test_a_certificate_or_an_adapter_for_another_base_is_refused(trained, base, settings):
    with pytest.raises(Invalid) as refused:
        version_add(directory=trained("2"), base=base, certificate={"base_digest": "c" * 64})
    assert refused.value.code == "wrong_base"
    with pytest.raises(Invalid) as refused:
        version_add(directory=trained("3", adapter_for="c" * 64), base=base)
    assert refused.value.code == "adapter_of_another_base" and "cccccccccccc" in refused.value.detail
    assert kept(settings) == []


def test_a_version_that_is_there_is_not_replaced(trained, base, tmp_path):
    first = version_add(directory=trained("2"), base=base)
    other = model_write(tmp_path / "again", version="2", content=b"\7" * 8)
    with pytest.raises(Conflict) as refused:
        version_add(directory=other, base=base)
    assert refused.value.extra["model"] == str(first.uid)
    assert (other / "model.safetensors").exists() and (first.folder / "model" / "config.json").exists()


def test_a_crash_between_files_and_row_leaves_the_training_as_it_was(trained, base, settings, monkeypatch):
    out = trained("2")

    def fail(*_args):
        raise OSError("power")

    monkeypatch.setattr("collegium.serving.versions.settled", fail)
    with pytest.raises(OSError, match="power"):
        version_add(directory=out, base=base)
    assert (out / "model" / "manifest.json").exists() and kept(settings) == []
    assert ModelVersion.objects.count() == 1
    monkeypatch.undo()
    (settings.HOME.models / "versions").mkdir(exist_ok=True)
    assert version_add(directory=out, base=base).folder.exists()


def test_a_certificate_beside_the_model_is_not_forgotten(trained, base):
    out = trained("2")
    (out / "certificate.json").write_text(json.dumps({"epsilon": 0.5, "base_digest": base.digest}))
    assert version_add(directory=out, base=base).certificate["epsilon"] == 0.5


def test_others_know_only_what_serves_them(trained, base, admin_asker, colleague_asker, outsider_asker):
    row = version_add(directory=trained("2"), base=base)
    alias_move(name="production", model_version=base)
    assert set(visible_versions(admin_asker)) == {row, base}
    for other in (colleague_asker, outsider_asker):
        assert list(visible_versions(other)) == [base]
        with pytest.raises(NotFound):
            version_get(other, row.uid)
    with pytest.raises(NotFound):
        version_get(admin_asker, "no id")


def test_an_administrator_of_a_workspace_alone_may_not_act_for_the_installation(
    trained, base, outsider_asker, owner_asker, admin_asker, workspace, key_make
):
    from collegium.accounts.selectors import asker_for_key

    row = version_add(directory=trained("2"), base=base)
    with pytest.raises(Forbidden):
        version_retire(asker=outsider_asker, version_id=row.uid)
    with pytest.raises(Forbidden):  # a key with every scope that acts for nobody
        version_retire(asker=asker_for_key(key_make(workspace)), version_id=row.uid)
    assert version_retire(asker=admin_asker, version_id=row.uid).state == ModelState.RETIRED
    assert AuditEvent.objects.get(action="model.retire").target == str(row.uid)
