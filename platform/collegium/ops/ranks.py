"""The engine's ranks on this machine: their key, the broker where they are found, and how each is started."""

import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from django.conf import settings

from engine.manifest import manifest_read


@dataclass(frozen=True, slots=True)
class Ranks:
    """The options that engine and rank workers share. Secrets are in files of the home, not among them."""

    options: tuple[str, ...]
    count: int

    @property
    def engine_options(self) -> tuple[str, ...]:
        """What the engine is told beyond that."""
        return (*self.options, "--ranks", str(self.count))

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"engine-rank-{index}" for index in range(self.count))

    def worker_command(self, index: int, model: str) -> list[str]:
        """The command of one rank worker, with its share of this machine's GPUs or cores."""
        options = [option.replace("--rank-key-file", "--key-file") for option in self.options]
        options += ["--share", f"{index}/{self.count}", "--name", f"{os.uname().nodename}-{index}"]
        options += ["--routing-dir", str(settings.HOME.run / "routing")]
        return [sys.executable, "-m", "engine.parallel.worker", "--model", served_model(model), *options]


def ranks_prepare() -> Ranks:
    """Write the key, and the broker's password where it has one; return what the parts are told."""
    url, password = _without_password(settings.CELERY_BROKER_URL)
    options = ["--broker", url, "--rank-key-file", str(_secret("rank_key", secrets.token_hex(32)))]
    if password:
        path = _secret("broker_password", password, anew=True)
        options += ["--broker-password-file", str(path)]
    return Ranks(tuple(options), settings.ENGINE_RANKS)


def padded_model(model: str) -> str:
    """Where the form of a model is kept whose attention heads the ranks can share."""
    return str(settings.HOME.cache / f"ranks-{settings.ENGINE_RANKS}" / Path(model).name)


def served_model(model: str) -> str:
    """The form of a model that the ranks can share: its own, or the padded one where that was made of it."""
    padded = Path(padded_model(model))
    if not padded.exists():
        return model
    wanted = f"{manifest_read(model).version}-heads{settings.ENGINE_RANKS}"
    return str(padded) if manifest_read(padded).version == wanted else model


def _without_password(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    if parts.password is None:
        return url, ""
    host = parts.netloc.rpartition("@")[2]
    netloc = f"{parts.username}@{host}" if parts.username else host
    return urlunsplit(parts._replace(netloc=netloc)), unquote(parts.password)


def _secret(name: str, text: str, *, anew: bool = False) -> Path:
    path = Path(settings.HOME.root / name)
    if anew or not path.exists():
        path.touch(mode=0o600)
        path.write_text(text)
    return path
