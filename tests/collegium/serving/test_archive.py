"""A version leaves as one archive and comes back whole, or not at all."""

import io
import json
import tarfile

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from collegium.accounts.models import AuditEvent
from collegium.errors import Conflict, Forbidden, Invalid, TooLarge
from collegium.serving.archive_export import FileAltered
from collegium.serving.models import ModelVersion
from collegium.serving.services import model_register, version_add, version_export, version_import

pytestmark = pytest.mark.django_db
BASE_DIGEST = "b" * 64


@pytest.fixture
def base():
    return model_register(url="unix:///base.sock", name="small-moe", version="1", digest=BASE_DIGEST)


@pytest.fixture
def version(trained, base):
    certificate = {"epsilon": 0.5, "base_digest": BASE_DIGEST}
    return version_add(
        directory=trained("2", adapter_for=BASE_DIGEST),
        base=base,
        certificate=certificate,
        metrics={"loss": 1.0},
    )


@pytest.fixture
def archive(version, admin_asker):
    made = version_export(asker=admin_asker, version_id=version.uid)
    raw = b"".join(made.pieces)
    assert len(raw) == made.size_bytes and made.name == "small-moe-2.tar"
    version.delete()
    return raw


def left(settings) -> list[str]:
    return sorted(path.name for path in (settings.HOME.models / "versions").glob("*"))


def remade(raw: bytes, change) -> bytes:
    """The archive with its members changed: change(name, info, content) -> None or (info, content)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(raw)) as old, tarfile.open(fileobj=out, mode="w") as new:
        for member in old:
            for info, content in change(member, old.extractfile(member).read()):
                new.addfile(info, io.BytesIO(content))
    return out.getvalue()


def headed(raw: bytes, edit, extra=()) -> bytes:
    """The archive with another archive.json, and with members behind it."""

    def change(member, content):
        if member.name == "archive.json":
            value = json.loads(content)
            edit(value)
            content = json.dumps(value).encode()
            member.size = len(content)
        yield member, content

    made = remade(raw, change)
    if not extra:
        return made
    out = io.BytesIO(made)
    with tarfile.open(fileobj=out, mode="a") as tar:
        for info, content in extra:
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


def test_a_version_comes_back_with_its_files_lineage_and_certificate(archive, admin_asker, base, settings):
    row = version_import(asker=admin_asker, stream=io.BytesIO(archive))
    assert (str(row), row.base, row.has_adapter) == ("small-moe@2", base, True)
    assert row.certificate == {"epsilon": 0.5, "base_digest": BASE_DIGEST} and row.metrics == {"loss": 1.0}
    assert row.card == {"examples": 12} and row.origin["digest"] == BASE_DIGEST
    assert (row.folder / "model" / "model.safetensors").exists() and left(settings) == [row.folder.name]
    with pytest.raises(Conflict):
        version_import(asker=admin_asker, stream=io.BytesIO(archive))
    assert left(settings) == [row.folder.name]


def test_the_archive_is_a_plain_tar_that_names_the_hash_of_every_file(archive):
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        names = tar.getnames()
        head = json.load(tar.extractfile("archive.json"))
    assert names[:2] == ["archive.json", "model/manifest.json"] and set(names[1:]) == set(head["files"])
    assert all(len(entry["sha256"]) == 64 for entry in head["files"].values())


def flipped(raw):
    def change(member, content):
        if member.name == "model/model.safetensors":
            content = content[:-1] + bytes([content[-1] ^ 1])
        yield member, content

    return remade(raw, change)


def linked(raw):
    def change(member, content):
        if member.name == "model/config.json":
            member.type, member.linkname, member.size = tarfile.SYMTYPE, "/etc/passwd", 0
            content = b""
        yield member, content

    return remade(raw, change)


def hard_linked(raw):
    def change(member, content):
        if member.name == "model/config.json":
            member.type, member.linkname, member.size = tarfile.LNKTYPE, "model/manifest.json", 0
            content = b""
        yield member, content

    return remade(raw, change)


def shortened(raw):
    return remade(
        raw, lambda member, content: [(member, content)] if member.name != "model/config.json" else []
    )


def doubled(raw):
    return remade(
        raw,
        lambda member, content: [(member, content)] * (2 if member.name == "model/config.json" else 1),
    )


def unannounced(raw):
    info = tarfile.TarInfo("model/more.json")
    info.size = 2
    return headed(raw, lambda value: None, [(info, b"{}")])


def path_of(name):
    def change(raw):
        def edit(value):
            value["files"][name] = {"bytes": 1, "sha256": "a" * 64}

        return headed(raw, edit)

    change.__name__ = f"place_{name.replace('/', '|')}"
    return change


def resized(raw):
    def edit(value):
        value["files"]["model/config.json"]["bytes"] += 1

    return headed(raw, edit)


def another_base(raw):
    def edit(value):
        value["base"]["digest"] = value["certificate"]["base_digest"] = "c" * 64

    return headed(raw, edit)


def renamed(raw):
    return headed(raw, lambda value: value.update(version="3"))


CASES = [
    (flipped, "hash_mismatch", "model/model.safetensors"),
    (linked, "bad_member", "model/config.json"),
    (hard_linked, "bad_member", "model/config.json"),
    (shortened, "model_invalid", "model/config.json"),
    (doubled, "bad_member", "model/config.json"),
    (unannounced, "bad_member", "model/more.json"),
    (path_of("model/../../evil.json"), "bad_path", "evil"),
    (path_of("/etc/evil.json"), "bad_path", "evil"),
    (path_of("evil.json"), "bad_path", "evil"),
    (path_of("model/.hidden.json"), "bad_path", "hidden"),
    (path_of("model//x.json"), "bad_path", "x.json"),
    (path_of("model/weights.bin"), "pickle", "weights.bin"),
    (path_of("model/run.py"), "model_invalid", "run.py"),
    (resized, "hash_mismatch", "model/config.json"),
    (another_base, "adapter_of_another_base", ""),
    (renamed, "hash_mismatch", "manifest"),
    (lambda raw: raw[:900], "no_archive", ""),
    (lambda raw: b"PK\x03\x04 a zip", "no_archive", ""),
    (lambda raw: b"", "no_archive", ""),
    (lambda raw: headed(raw, lambda value: value.update(format=99)), "no_archive", ""),
    (lambda raw: headed(raw, lambda value: value.update(unknown=1)), "no_archive", ""),
    (lambda raw: headed(raw, lambda value: value["metrics"].update(a="\x00")), "model_invalid", "stored"),
    (
        lambda raw: headed(raw, lambda value: value["metrics"].update(a=float("nan"))),
        "model_invalid",
        "stored",
    ),
    (lambda raw: headed(raw, lambda value: value["metrics"].update(a="\ud800")), "model_invalid", "stored"),
]


@pytest.mark.parametrize(
    ("change", "code", "named"),
    CASES,
    ids=[getattr(c[0], "__name__", "") + f"-{n}" for n, c in enumerate(CASES)],
)
def test_a_bad_archive_is_refused_by_name_and_leaves_nothing(
    change, code, named, archive, admin_asker, base, settings
):
    for folder in (settings.HOME.models / "versions").iterdir():
        folder.rename(folder.with_name("kept"))  # what the first registration left
    with pytest.raises(Invalid) as refused:
        version_import(asker=admin_asker, stream=io.BytesIO(change(archive)))
    assert refused.value.code == code and named in refused.value.detail
    assert left(settings) == ["kept"] and ModelVersion.objects.count() == 1


def test_an_archive_beyond_the_limit_is_refused_before_it_is_unpacked(archive, admin_asker, settings):
    settings.MODEL_MAX_BYTES = 100
    with pytest.raises(TooLarge):
        version_import(asker=admin_asker, stream=io.BytesIO(archive))


def test_a_merged_model_is_taken_where_its_base_is_not_known(trained, base, admin_asker):
    row = version_add(directory=trained("5"), base=base)
    raw = b"".join(version_export(asker=admin_asker, version_id=row.uid).pieces)
    row.delete()
    base.delete()
    row = version_import(asker=admin_asker, stream=io.BytesIO(raw))
    assert row.base is None and row.origin["name"] == "small-moe"


def test_a_file_that_changed_since_breaks_the_export_off(version, admin_asker):
    made = version_export(asker=admin_asker, version_id=version.uid)
    path = version.folder / "model" / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x09")
    with pytest.raises(FileAltered):
        b"".join(made.pieces)


def test_outsiders_neither_export_nor_import(version, outsider_asker, owner_asker):
    for asker in (outsider_asker, owner_asker):
        with pytest.raises(Forbidden):
            version_export(asker=asker, version_id=version.uid)
        with pytest.raises(Forbidden):
            version_import(asker=asker, stream=io.BytesIO(b""))


def test_who_runs_the_installation_exports_and_imports_by_command(version, base, tmp_path, capsys):
    file = tmp_path / "model.tar"
    call_command("models", "export", "small-moe@2", str(file))
    version.delete()
    call_command("models", "import", str(file))
    call_command("models", "list")
    assert "small-moe@2" in capsys.readouterr().out.splitlines()[-1]
    assert AuditEvent.objects.filter(action="model.import", detail__by="command").count() == 1
    for arguments in (
        ("export", "nobody@1", "x.tar"),
        ("import", str(tmp_path / "none.tar")),
        ("import", __file__),
    ):
        with pytest.raises(CommandError):
            call_command("models", *arguments)
