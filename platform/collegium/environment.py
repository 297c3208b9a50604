"""The operator's settings, read once from the environment; a bad value stops the start and names itself."""

import os
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit


class BadSetting(SystemExit):
    """A variable holds a value that cannot be used; the message names it and says what would do."""

    def __init__(self, name: str, value: str, expected: str) -> None:
        super().__init__(f"{name}={value!r} cannot be used: {expected}.")


def env_text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def env_bool(name: str, default: bool) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadSetting(name, value, "write 1 or 0")


def env_int(name: str, default: int, *, low: int, high: int) -> int:
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdigit() or not low <= int(value) <= high:
        raise BadSetting(name, value, f"write a whole number from {low} to {high}")
    return int(value)


def env_decimal(name: str, default: str, *, low: str, high: str) -> Decimal:
    """A number from `low` to `high`; such as 0.5 or 1e-5."""
    value = os.environ.get(name, "").strip() or default
    try:
        number = Decimal(value)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or not Decimal(low) <= number <= Decimal(high):
        raise BadSetting(name, value, f"write a number from {low} to {high}")
    return number


def env_list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


@dataclass(frozen=True, slots=True)
class Home:
    """Where one installation keeps its state; every path below is derived from `root`."""

    root: Path

    @property
    def run(self) -> Path:
        """Sockets, pid and state files. Short enough for a socket's name, else under the temporary folder."""
        here = self.root / "run"
        if len(str(here)) <= 70:
            return here
        import hashlib
        import tempfile

        digest = hashlib.sha256(str(self.root).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"collegium-{digest}"

    @property
    def postgres_data(self) -> Path:
        return self.database_root / "postgres"

    @property
    def database_root(self) -> Path:
        """The folder of the embedded cluster: root's private folders are closed to the server's own user."""
        if os.geteuid() == 0 and _below_private_folder(self.root):
            return Path("/var/lib/collegium") / str(self.root).strip("/").replace("/", "-")
        return self.root

    @property
    def postgres_socket(self) -> Path:
        """The folder of PostgreSQL's socket; its user must reach it."""
        data = self.database_root / "pgrun"
        if len(str(data)) <= 80:
            return data
        import hashlib

        return Path("/tmp") / ("cpg-" + hashlib.sha256(str(data).encode()).hexdigest()[:12])  # noqa: S108

    @property
    def valkey_socket(self) -> Path:
        return self.run / "valkey.sock"

    @property
    def engine_socket(self) -> Path:
        return self.run / "engine.sock"

    @property
    def embeddings_socket(self) -> Path:
        return self.run / "embeddings.sock"

    @property
    def blobs(self) -> Path:
        return self.root / "blobs"

    @property
    def work(self) -> Path:
        """What a job leaves between its stages."""
        return self.root / "work"

    @property
    def tuning(self) -> Path:
        """What trainings leave: their output, checkpoints that a cancelled one goes on from."""
        return self.root / "tuning"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def models(self) -> Path:
        return self.root / "models"

    @property
    def metrics(self) -> Path:
        return self.run / "metrics"


def _below_private_folder(path: Path) -> bool:
    for folder in (path, *path.parents):
        if folder.exists() and folder != path and not folder.stat().st_mode & 0o001:
            return True
    return False


def home_from_env(base: Path) -> Home:
    return Home(Path(env_text("COLLEGIUM_HOME", str(base / "var"))).expanduser().resolve())


def database_from_url(url: str) -> dict[str, object]:
    """Django's settings of a PostgreSQL address such as postgresql://user:secret@host:5432/name."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise BadSetting(
            "DATABASE_URL", parts.scheme + "://…", "write postgresql://user:password@host:port/name"
        )
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(query),
    }
