"""Backup and restore: the same answers from another home, and nothing at all from a damaged file."""

import os
import shutil
import tarfile
import tempfile
from pathlib import Path

import pytest

from collegium.environment import Home
from collegium.ops.backup import DUMP, LISTING, BackupFailed, backup_restore, backup_write
from tests.collegium.ops.installation import Installation

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def backed_up(embedding_model: Path):
    """A backup of a running installation with the sample, and the answer it gave to the first question."""
    source = Installation(embedding_model.parent, sample=True)
    file = source.home / "backup.tar"
    try:
        source.start("embeddings", "worker", timeout_s=120)
        source.wait_for("sample", "done", timeout_s=240)
        answer = source.manage("first_answer")
        assert answer.returncode == 0, answer.stderr
        made = source.manage("backup", str(file))
        assert made.returncode == 0, made.stderr
        source.stop()
        yield file, _without_timings(answer.stdout), made
    finally:
        source.remove()


@pytest.fixture
def empty_home(settings):
    """Settings of an installation that was never started."""
    root = Path(tempfile.mkdtemp(prefix="collegium-ops-"))
    root.chmod(0o755)
    settings.HOME = home = Home(root)
    settings.DATABASE_URL = f"postgresql://collegium@/collegium?host={home.postgres_socket}"
    settings.EMBEDDED_DATABASE = True
    yield home
    shutil.rmtree(root)


def _without_timings(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if "timings" not in line)


def _untouched(home: Home) -> bool:
    return (
        not home.postgres_data.exists() and not home.blobs.exists() and not list(home.root.glob(".restore*"))
    )


def _damaged(file: Path, folder: Path, change) -> Path:
    """A copy of the archive, each member's bytes passed through `change(name, data)`; None leaves it out."""
    target = folder / "damaged.tar"
    with tarfile.open(file) as source, tarfile.open(target, "w") as copy:
        for member in source:
            data = change(member.name, source.extractfile(member).read())
            if data is not None:
                part = folder / "part"
                part.write_bytes(data)
                copy.add(part, member.name)
    return target


def test_a_restore_into_an_empty_home_gives_the_same_answer(backed_up, embedding_model):
    file, answer, _ = backed_up
    target = Installation(embedding_model.parent)
    try:
        restored = target.manage("restore", str(file))
        assert restored.returncode == 0, restored.stderr
        assert (target.home / "secret_key").read_text() == (file.parent / "secret_key").read_text()
        assert (target.home / "secret_key").stat().st_mode & 0o077 == 0
        target.start("embeddings", timeout_s=120)
        again = target.manage("first_answer")
        assert again.returncode == 0, again.stderr
        assert _without_timings(again.stdout) == answer
        blobs = {path.name for path in (file.parent / "blobs").glob("*/*/*")}
        assert blobs == {path.name for path in (target.home / "blobs").glob("*/*/*")} != set()
        refused = target.manage("restore", str(file))
        assert refused.returncode == 1 and "already (process" in refused.stderr
        target.stop()
        refused = target.manage("restore", str(file))
        assert refused.returncode == 1 and "new folder" in refused.stderr
    finally:
        target.remove()


def test_the_file_is_for_its_owner_alone_and_says_so(backed_up):
    file, _, made = backed_up
    assert file.stat().st_mode & 0o077 == 0
    assert "secret key" in made.stderr
    with pytest.raises(BackupFailed, match="exists already"):
        backup_write(file)


@pytest.mark.parametrize("what", ["blobs/", DUMP])
def test_a_damaged_file_is_refused_before_anything_is_written(backed_up, empty_home, what):
    def flip(name: str, data: bytes) -> bytes:
        return data[:-1] + bytes([data[-1] ^ 1]) if name.startswith(what) else data

    damaged = _damaged(backed_up[0], empty_home.root, flip)
    with pytest.raises(BackupFailed, match="does not have its hash"):
        backup_restore(damaged)
    assert _untouched(empty_home)


def test_a_file_cut_off_anywhere_is_refused(backed_up, empty_home):
    whole = backed_up[0]
    for share in (0.0, 0.1, 0.5, 0.9):
        cut = empty_home.root / "cut.tar"
        shutil.copy(whole, cut)
        os.truncate(cut, int(whole.stat().st_size * share))
        with pytest.raises(BackupFailed):
            backup_restore(cut)
        assert _untouched(empty_home)


def test_a_member_with_a_path_of_its_own_is_refused(backed_up, empty_home):
    def evil(name: str, data: bytes) -> bytes:
        return data.replace(b'"files": {', b'"files": {"../../evil": "00", ') if name == LISTING else data

    with pytest.raises(BackupFailed, match="cannot be its own"):
        backup_restore(_damaged(backed_up[0], empty_home.root, evil))
    assert _untouched(empty_home)


def test_a_backup_of_a_later_version_is_refused_by_name(backed_up, empty_home):
    def later(name: str, data: bytes) -> bytes:
        return (
            data.replace(b'"migrations": [', b'"migrations": ["accounts.9999_later", ')
            if name == LISTING
            else data
        )

    with pytest.raises(BackupFailed, match="accounts.9999_later"):
        backup_restore(_damaged(backed_up[0], empty_home.root, later))


def test_a_dump_that_cannot_be_loaded_leaves_no_cluster_behind(backed_up, empty_home):
    import hashlib
    import json

    broken = b"no dump at all"

    def swap(name: str, data: bytes) -> bytes:
        if name == LISTING:
            listing = json.loads(data)
            listing["files"][DUMP] = hashlib.sha256(broken).hexdigest()
            return json.dumps(listing).encode()
        return broken if name == DUMP else data

    with pytest.raises(BackupFailed, match="pg_restore failed"):
        backup_restore(_damaged(backed_up[0], empty_home.root, swap))
    assert _untouched(empty_home)
