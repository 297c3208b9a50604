"""The processes that a server started, and theirs: found, measured, and ended to the last."""

from contextlib import suppress

import psutil

END_TIMEOUT_S = 10.0


class Family:
    """A process with all its descendants, which were seen at the last `look`."""

    def __init__(self, pid: int) -> None:
        self._head = psutil.Process(pid)
        self._members = [self._head]

    def look(self) -> None:
        """Takes down who belongs to the family now; those whose parent died meanwhile stay in it."""
        members = dict.fromkeys(self._members)
        for member in self._members:
            with suppress(psutil.NoSuchProcess):
                members |= dict.fromkeys(member.children(recursive=True))
        self._members = [member for member in members if _alive(member)]

    def stopped(self) -> list[int]:
        """The ids of the members that are stopped, as by SIGSTOP: they would never answer."""
        return [member.pid for member in self._members if _status(member) == psutil.STATUS_STOPPED]

    def memory_bytes(self) -> dict[str, int]:
        """The memory that the members hold, by their names; that of the head is "server"."""
        found: dict[str, int] = {}
        for member in self._members:
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                name = "server" if member == self._head else member.name()
                found[name] = found.get(name, 0) + member.memory_info().rss
        return found

    def end(self) -> None:
        """Kills whoever is left, and waits until they are gone. Blocks."""
        self.look()
        while self._members:
            for member in self._members:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            left = psutil.wait_procs(self._members, timeout=END_TIMEOUT_S)[1]
            self.look()  # whoever was started meanwhile
            if left:
                return


def _status(process: psutil.Process) -> str:
    try:
        return str(process.status())
    except psutil.NoSuchProcess:
        return str(psutil.STATUS_DEAD)


def _alive(process: psutil.Process) -> bool:
    return process.is_running() and _status(process) not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
