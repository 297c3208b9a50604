"""`manage.py up`: the whole installation as child processes, until Ctrl-C."""

import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError

from collegium.ops.first_answer import FirstAnswer
from collegium.ops.installation import (
    PortTaken,
    folders_prepare,
    listener_open,
    parts_make,
    password_file,
    site_url,
)
from collegium.ops.status_line import StatusLine
from collegium.ops.supervisor import AlreadyRunning, HomeLock, Supervisor


class Command(BaseCommand):
    help = "Start everything that this installation runs itself, and watch it until Ctrl-C or SIGTERM."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-engine", action="store_true", help="start no language model")
        parser.add_argument("--no-sample", action="store_true", help="load no sample documents")
        parser.add_argument(
            "--ask", action="store_true", help="ask the first question of the sample once it can"
        )
        parser.add_argument(
            "--demo", action="store_true", help="as --ask, then stop; exit 0 if it was answered"
        )
        parser.add_argument("--port", type=int, help="instead of COLLEGIUM_PORT; 0 lets the system choose")

    def handle(self, **options: Any) -> None:
        port = settings.PORT if options["port"] is None else options["port"]
        lock = HomeLock(settings.HOME)
        try:
            lock.take()
            listener = listener_open(settings.HOST, port)
        except (AlreadyRunning, PortTaken) as refusal:
            raise CommandError(str(refusal)) from None
        try:
            code = self._run(listener, lock, options)
        finally:
            listener.close()
            lock.release()
        if code:
            sys.exit(code)

    def _run(self, listener: socket.socket, lock: HomeLock, options: dict[str, Any]) -> int:
        folders_prepare()
        os.environ["COLLEGIUM_PORT"] = str(listener.getsockname()[1])
        status, url = StatusLine(sys.stdout), site_url(listener)
        sample = not options["no_sample"] and "sample" in get_commands()
        parts = parts_make(listener, engine=not options["no_engine"], sample=sample)
        supervisor = Supervisor(parts, home=settings.HOME, url=url, status=status)
        question = (
            FirstAnswer(supervisor, end_after=options["demo"]) if options["ask"] or options["demo"] else None
        )
        greeting = _Greeting(supervisor, status)
        status.say(_introduction())

        def each_tick() -> bool:
            greeting.say_once()
            return question.tick() if question is not None else False

        code = supervisor.run(each_tick, lock)
        status.say("Collegium has stopped.")
        return code or (question.exit_code if question is not None and options["demo"] else 0)


class _Greeting:
    """Says where to go and how to sign in, once the site answers."""

    def __init__(self, supervisor: Supervisor, status: StatusLine) -> None:
        self.supervisor, self.status, self.said = supervisor, status, False

    def say_once(self) -> None:
        web = self.supervisor.part("web")
        if self.said or web is None or web.state != "ready":
            return
        self.said = True
        lines = ["", f"  Collegium answers at {self.supervisor.url}/"]
        if password_file().exists():
            lines.append(f"  Sign in as 'admin'; the first password is in {password_file()}")
        lines += ["  Ctrl-C stops everything.", ""]
        self.status.say("\n".join(lines))


def _introduction() -> str:
    home = settings.HOME
    lines = [f"Home: {home.root} (logs in {home.logs})"]
    if settings.EMBEDDED_DATABASE and home.database_root != home.root:
        lines.append(
            f"The home lies below a folder of mode 0700, which the database's user cannot enter: "
            f"the database cluster lies in {home.database_root}."
        )
    return "\n".join(lines)
