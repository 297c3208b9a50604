"""Ends what is left when the supervisor was killed: `python -m collegium.ops.watchdog`, imports no Django.

The kernel already signals every direct child; grandchildren, such as an engine's own workers, and systems
without that signal need this. The supervisor writes `+PID` for each child that it starts, `-PID` for each
that ended, and `.` before it ends in good order; the end of input without that means that it was killed.
"""

import os
import signal
import sys

from collegium.ops.processes import alive, session_kill, wait_until

GRACE_S = 8.0


def main() -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # only the end of the supervisor ends us
    children: set[int] = set()
    for raw in sys.stdin:
        line = raw.strip()
        if line == ".":
            return 0
        if line.startswith("+"):
            children.add(int(line[1:]))
        elif line.startswith("-"):
            children.discard(int(line[1:]))
    for pid in children:
        try:
            os.kill(pid, signal.SIGTERM if sys.platform == "linux" else signal.SIGINT)
        except (ProcessLookupError, PermissionError):
            continue
    wait_until(lambda: not any(alive(pid) for pid in children), timeout_s=GRACE_S, pause_s=0.1)
    for pid in children:
        session_kill(pid)
    return 0


if __name__ == "__main__":
    sys.exit(main())
