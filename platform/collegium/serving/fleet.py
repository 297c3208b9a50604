"""Keeps one engine process for each wanted version: starts, watches, restarts, drains and stops it."""

import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from collegium.ops.parts import ProgramPart
from collegium.serving.engines import client_of
from collegium.serving.footprint import GIB, memory_available_bytes, memory_needed_bytes
from collegium.serving.model_files import MODEL
from collegium.serving.models import ModelVersion, engine_socket
from collegium.serving.wanted import Wanted
from engine.errors import EngineError

log = logging.getLogger(__name__)
QUIET_S = 5.0  # a request may be on its way to an engine that was named a moment ago
PROBE_S = 0.5
RETRY_S = 300.0  # an engine that was given up is tried again after this
STATE_NAME = "engines.json"


@dataclass(slots=True)
class Kept:
    """The engine of one version. `rank` is None once nothing wants it: then it is drained."""

    version: ModelVersion
    part: ProgramPart
    rank: int | None
    quiet_since: float | None = None
    probed_at: float = 0.0
    restarts: int = 0
    failed_at: float = 0.0


@dataclass(slots=True)
class EngineFleet:
    """All engines that this installation runs beside the default one. `tick` is called on one thread."""

    part_make: Callable[[ModelVersion], ProgramPart]
    available_bytes: Callable[[], int] = memory_available_bytes
    engines_max: int = 3
    quiet_s: float = QUIET_S
    kept: dict[int, Kept] = field(default_factory=dict)
    waiting: dict[int, tuple[ModelVersion, str]] = field(default_factory=dict)
    _giving_way: set[int] = field(default_factory=set)
    _written: str = ""

    def tick(self, wanted: Sequence[Wanted]) -> None:
        """Look at every engine once, and bring what runs nearer to what is wanted."""
        ranks = {one.version.pk: one.rank for one in wanted}
        for pk, one in list(self.kept.items()):
            one.rank = None if pk in self._giving_way else ranks.get(pk)
            self._watch(one)
            if one.rank is None:
                self._drain(one)
            else:
                one.quiet_since = None
        self.waiting.clear()
        self._giving_way.clear()
        for want in wanted:
            if want.version.pk not in self.kept:
                self._start(want, ranks)
        self._state_write()

    def stop(self) -> None:
        """Stop all of them, as at the end of the installation."""
        for one in self.kept.values():
            one.part.stop()
        self.kept.clear()
        (Path(settings.HOME.run) / STATE_NAME).unlink(missing_ok=True)

    def _start(self, want: Wanted, ranks: dict[int, int]) -> None:
        """Start an engine where nothing else loads and there is room for it; else say what it waits for."""
        version = want.version
        if any(one.part.state == "starting" for one in self.kept.values()):
            self.waiting[version.pk] = (version, "another engine loads")
            return
        assert version.folder is not None
        if not (version.folder / MODEL).is_dir():  # as after a restore, which brings no models
            self.waiting[version.pk] = (version, "its files are not here: import it again")
            return
        if reason := self._no_room(memory_needed_bytes(version.folder / MODEL)):
            self.waiting[version.pk] = (version, reason)
            # The least important one gives way, once it is drained.
            less = sorted((ranks[pk], pk) for pk in self.kept if ranks.get(pk, -1) > want.rank)
            self._giving_way |= {pk for _rank, pk in less[-1:]}
            return
        one = self.kept[version.pk] = Kept(version, self.part_make(version), want.rank)
        log.info("starting the engine of %s", version)
        self._launch(one)

    def _no_room(self, needed: int) -> str:
        running = [one for one in self.kept.values() if one.part.state != "failed"]
        if len(running) >= self.engines_max:
            return f"{self.engines_max} engines run already (COLLEGIUM_MAX_ENGINES)"
        available = self.available_bytes()
        if needed > available:
            return f"it needs about {needed / GIB:.1f} GiB of memory, and {available / GIB:.1f} GiB are free"
        return ""

    def _launch(self, one: Kept) -> None:
        one.part.state, one.part.detail = "starting", ""
        try:
            one.part.start()
        except OSError as error:
            one.part.died(None)
            one.part.detail = str(error)

    def _watch(self, one: Kept) -> None:
        part, now = one.part, time.monotonic()
        if part.state == "failed":
            if not one.failed_at:
                one.failed_at = now
                log.error("the engine of %s: %s", one.version, part.detail)
            if now - one.failed_at > RETRY_S:
                part.deaths, one.failed_at = [], 0.0
                self._launch(one)
            return
        if part.state == "restarting":
            if now >= part.retry_at:
                one.restarts += 1
                self._launch(one)
            return
        code = part.process.poll() if part.process is not None else None
        if code is not None:
            log.warning("the engine of %s ended with %s", one.version, code)
            part.stop()
            part.died(code)
        elif part.state == "starting" and now - one.probed_at > PROBE_S:
            one.probed_at = now
            if part.is_ready():
                part.state = "ready"
                log.info("the engine of %s is ready", one.version)

    def _drain(self, one: Kept) -> None:
        """Stop an engine that nothing wants, once no request has been with it for a while."""
        now = time.monotonic()
        if one.part.state == "ready" and requests_under_way(one.version):
            one.quiet_since = None
            return
        one.quiet_since = one.quiet_since or now
        if one.part.state != "ready" or now - one.quiet_since >= self.quiet_s:
            log.info("stopping the engine of %s", one.version)
            one.part.stop()
            del self.kept[one.version.pk]

    def _state_write(self) -> None:
        """HOME/run/engines.json: each engine and how it fares."""
        engines = [
            {
                "model": str(one.version.uid),
                "label": str(one.version),
                "state": one.part.state if one.rank is not None else "draining",
                "detail": one.part.detail,
                "restarts": one.restarts,
                "pid": one.part.process.pid if one.part.process is not None else None,
            }
            for one in self.kept.values()
        ]
        engines += [
            {
                "model": str(v.uid),
                "label": str(v),
                "state": "waiting",
                "detail": reason,
                "restarts": 0,
                "pid": None,
            }
            for pk, (v, reason) in self.waiting.items()
            if pk not in self.kept
        ]
        text = json.dumps({"pid": os.getpid(), "engines": engines}, indent=1)
        if text != self._written:
            path = Path(settings.HOME.run) / STATE_NAME
            draft = path.with_suffix(".new")
            draft.write_text(text)
            draft.replace(path)
            self._written = text


def requests_under_way(version: ModelVersion) -> int:
    """How many requests are with the version's own engine; 0 where it does not answer."""
    try:
        said = client_of(f"unix://{engine_socket(version)}").state()
        return int(said["in_flight"]["requests"]) + sum(map(int, said["waiting"].values()))
    except (EngineError, KeyError, TypeError, ValueError, AttributeError):
        return 0


def engines_known() -> dict[str, dict[str, object]]:
    """How the engines fare, by the uid of their version, as their keeper last wrote it; empty without one."""
    try:
        found = json.loads((Path(settings.HOME.run) / STATE_NAME).read_text(encoding="utf-8"))
        return {str(one["model"]): one for one in found["engines"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}
