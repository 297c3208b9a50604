"""An installation in one file: the database and the uploads of one moment, each with its hash.

Models are left out: they are built or fetched again. The file holds the secret key, so it is as secret as the
home itself.
"""

import contextlib
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

import psycopg
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

import collegium
from collegium.knowledge.blobs import blob_path
from collegium.knowledge.models import VersionFile
from collegium.ops.embedded import EmbeddedFailed, EmbeddedPostgres, postgres_binaries

FORMAT = 1
LISTING, DUMP, SECRET = "backup.json", "database.dump", "secret_key"
COPY_BYTES = 1_000_000


class BackupFailed(RuntimeError):
    """The backup cannot be made or restored; the message says what to do."""


def backup_write(target: Path) -> dict[str, int]:
    """Write a backup of this installation, which may be running, to a new file; returns what it holds."""
    if target.exists():
        raise BackupFailed(f"{target} exists already: choose another name, or remove it.")
    if not target.parent.is_dir():
        raise BackupFailed(f"The folder {target.parent} does not exist.")
    draft = target.with_name(f".{target.name}.part")
    try:
        with database_running(), tempfile.TemporaryDirectory(dir=settings.HOME.root) as folder:
            dump = Path(folder) / DUMP
            blobs = _snapshot(dump)
            listing = {
                "format": FORMAT,
                "collegium": collegium.__version__,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "migrations": _migrations_known(),
                "files": {DUMP: _file_hash(dump), **{f"blobs/{sha256}": sha256 for sha256 in blobs}},
            }
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file, tarfile.open(fileobj=file, mode="w") as tar:
                _archive_write(tar, listing, dump, blobs)
                file.flush()
                os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return {"uploads": len(blobs), "size_bytes": target.stat().st_size}


def _archive_write(tar: tarfile.TarFile, listing: dict[str, object], dump: Path, blobs: list[str]) -> None:
    secret = settings.SECRET_KEY.encode()
    files = {**dict(listing["files"]), SECRET: hashlib.sha256(secret).hexdigest()}  # type: ignore[call-overload]
    _member_add(tar, LISTING, json.dumps({**listing, "files": files}, indent=1).encode())
    _member_add(tar, SECRET, secret)
    tar.add(dump, DUMP)
    for sha256 in blobs:
        path = blob_path(sha256)
        try:
            whole = _file_hash(path) == sha256
        except FileNotFoundError:
            raise BackupFailed(
                f"The upload {sha256} is gone: if a document was deleted just now, start the backup again."
            ) from None
        if not whole:
            raise BackupFailed(
                f"The upload {path} is damaged: its bytes no longer have the hash of its name."
            )
        tar.add(path, f"blobs/{sha256}")


def _member_add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), 0o600
    tar.addfile(member, io.BytesIO(data))


def _snapshot(dump: Path) -> list[str]:
    """Dump the database, and return the hashes of the uploads that the same moment knows."""
    with psycopg.connect(settings.DATABASE_URL) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        table = VersionFile._meta.db_table
        blobs = connection.execute(f"SELECT DISTINCT sha256 FROM {table} ORDER BY 1").fetchall()
        _postgres_run(
            *("pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--no-comments"),
            *("--exclude-table-data=django_session", f"--snapshot={row[0]}", f"--file={dump}"),
            f"--dbname={settings.DATABASE_URL}",
        )
    return [sha256 for (sha256,) in blobs]


def _postgres_run(program: str, *arguments: str) -> None:
    """Run a client of PostgreSQL: ours, or the machine's own where the database is a foreign one."""
    own = None if settings.EMBEDDED_DATABASE else shutil.which(program)
    path = own or str(postgres_binaries() / program)
    run = subprocess.run([path, *arguments], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        raise BackupFailed(f"{program} failed: {run.stderr.strip()[-2000:]}")


@contextlib.contextmanager
def database_running() -> Iterator[None]:
    """The database answers inside: the running installation's, or the embedded one started for the while."""
    try:
        psycopg.connect(settings.DATABASE_URL, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        if not settings.EMBEDDED_DATABASE:
            raise BackupFailed(f"The database does not answer: {error}") from error
    else:
        yield
        return
    server = EmbeddedPostgres(settings.HOME)
    try:
        server.start()
    except EmbeddedFailed as error:
        raise BackupFailed(str(error)) from error
    try:
        yield
    finally:
        server.stop()


def _migrations_known() -> list[str]:
    loader = MigrationLoader(None)
    return sorted(f"{app}.{name}" for app, name in loader.disk_migrations)


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def backup_restore(source: Path) -> dict[str, int]:
    """Bring a backup into this empty home and database. All of it is verified before any of it is used."""
    _emptiness_check()
    staging = Path(tempfile.mkdtemp(prefix=".restore-", dir=settings.HOME.root))
    fresh = settings.EMBEDDED_DATABASE  # checked above: no cluster is there yet
    try:
        listing = _archive_unpack(source, staging)
        with database_running():
            _database_emptiness_check()
            _postgres_run(
                *("pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"),
                *("--no-comments", f"--dbname={settings.DATABASE_URL}", str(staging / DUMP)),
            )
        fresh = False
        _files_place(staging, listing)
    except BaseException:
        if fresh:
            shutil.rmtree(settings.HOME.postgres_data, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return {"uploads": sum(name.startswith("blobs/") for name in listing)}


def _emptiness_check() -> None:
    home = settings.HOME
    if settings.EMBEDDED_DATABASE and home.postgres_data.exists():
        raise BackupFailed(
            f"{home.root} holds an installation: set COLLEGIUM_HOME to a new folder and restore there."
        )
    if home.blobs.exists() and any(path.is_file() for path in home.blobs.rglob("*")):
        raise BackupFailed(
            f"{home.blobs} holds uploads: set COLLEGIUM_HOME to a new folder and restore there."
        )


def _database_emptiness_check() -> None:
    with psycopg.connect(settings.DATABASE_URL) as connection:
        row = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if row != (0,):
        raise BackupFailed("The database holds tables already: restore into an empty one.")


def _archive_unpack(source: Path, staging: Path) -> dict[str, str]:
    """Unpack into the staging folder, refusing whatever is not exactly what the listing says."""
    try:
        with tarfile.open(source, mode="r:") as tar:
            listing = _listing_read(tar)
            missing = dict(listing)
            for number, member in enumerate(tar):
                if number == 0:
                    continue  # the listing, read above
                if member.name not in missing or not member.isfile():
                    raise BackupFailed(f"{source} holds {member.name!r}, which its listing does not name.")
                content = tar.extractfile(member)
                assert content is not None
                target = staging / member.name
                target.parent.mkdir(exist_ok=True)
                if _copy_hashed(content, target) != missing.pop(member.name):
                    raise BackupFailed(f"{source} is damaged: {member.name} does not have its hash.")
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BackupFailed(f"{source} cannot be read as a backup: {error}") from error
    if missing:
        raise BackupFailed(f"{source} is cut off: {len(missing)} of its files are missing.")
    return listing


def _listing_read(tar: tarfile.TarFile) -> dict[str, str]:
    first = tar.next()
    content = tar.extractfile(first) if first is not None and first.name == LISTING else None
    try:
        listing = json.loads(content.read(100_000_000)) if content is not None else {}
        files = dict(listing["files"])
        newer = sorted(set(listing["migrations"]) - set(_migrations_known()))
    except (ValueError, KeyError, TypeError):
        raise BackupFailed("This is no backup of Collegium: it does not begin with its listing.") from None
    if listing["format"] != FORMAT or newer:
        raise BackupFailed(
            f"The backup was made by version {listing.get('collegium')}, which knows more than this one "
            f"({', '.join(newer[:3])}): install that version or a later one."
        )
    allowed = {DUMP, SECRET} | {f"blobs/{sha256}" for sha256 in files.values()}
    if strange := set(files) - allowed:
        raise BackupFailed(f"The backup names files that cannot be its own, such as {min(strange)!r}.")
    return files


def _copy_hashed(content: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while part := content.read(COPY_BYTES):
            digest.update(part)
            file.write(part)
    return digest.hexdigest()


def _files_place(staging: Path, listing: dict[str, str]) -> None:
    for name, sha256 in listing.items():
        if name.startswith("blobs/"):
            target = blob_path(sha256)
            target.parent.mkdir(parents=True, exist_ok=True)
            (staging / name).replace(target)
    if not os.environ.get("COLLEGIUM_SECRET_KEY"):
        (staging / SECRET).replace(settings.HOME.root / "secret_key")
