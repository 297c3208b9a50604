"""manage.py engines: one engine process for each version of a model that is to answer, until SIGTERM."""

import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connections

from collegium.ops.installation import child_environment
from collegium.ops.parts import ProgramPart
from collegium.serving.carried import adapters_carry
from collegium.serving.engines import client_of
from collegium.serving.fleet import EngineFleet
from collegium.serving.model_files import MODEL, adapters_options, incoming_sweep
from collegium.serving.models import ModelVersion, engine_socket
from collegium.serving.wanted import Wanted, versions_wanted

TICK_S = 0.5
STOP_GRACE_S = 15.0


class Command(BaseCommand):
    help = "Run one engine for each model version that is to answer beside the default model's."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED_ENGINE:
            self.stdout.write("ENGINE_URL is set: engines are run elsewhere, and none is started here.")
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        incoming_sweep()
        folders_prepare()
        fleet = EngineFleet(part_make, engines_max=settings.ENGINES_MAX)
        self.told = False
        wanted: list[Wanted] = []
        try:
            while not self.told:
                wanted = self._wanted(wanted)
                fleet.tick(wanted)
                time.sleep(TICK_S)
        finally:
            fleet.stop()

    def _wanted(self, before: list[Wanted]) -> list[Wanted]:
        """What is wanted now; what was wanted before while the database is away."""
        try:
            return adapters_carry(versions_wanted())
        except DatabaseError as error:
            self.stderr.write(f"the database does not answer: {error}")
            return before
        finally:
            connections.close_all()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.told = True


def folders_prepare() -> None:
    """Make what the engines write to, where the installation was not started as a whole."""
    Path(settings.HOME.run).mkdir(parents=True, exist_ok=True, mode=0o700)
    for folder in (settings.HOME.logs, settings.HOME.metrics):
        Path(folder).mkdir(parents=True, exist_ok=True)


def part_make(version: ModelVersion) -> ProgramPart:
    """The engine of a version as a program that is started and watched."""
    home, socket = settings.HOME, engine_socket(version)
    name = f"engine-{version.pk}"
    client = client_of(f"unix://{socket}")
    return ProgramPart(
        name=name,
        log=home.logs / f"{name}.log",
        command=lambda: engine_command(version),
        cwd=settings.BASE_DIR,
        env=child_environment(),
        ready=lambda: client.health().state == "ready",
        grace_s=STOP_GRACE_S,
    )


def engine_command(version: ModelVersion) -> list[str]:
    """How a version's own engine is started."""
    assert version.folder is not None
    return [
        *(sys.executable, "-m", "engine.serve.llm", "--model", str(version.folder / MODEL)),
        *("--uds", str(engine_socket(version)), "--served-name", version.name),
        *("--routing-dir", str(settings.HOME.run / f"routing-{version.pk}")),
        *adapters_options(),
    ]
