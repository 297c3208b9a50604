"""One run of vLLM's server as a child process: started, listened to, ended with all it started."""

import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from engine.serve.family import Family
from engine.serve.lifetime import die_with_parent

LINES_KEPT = 60
REASON_CHARS = 400
REFUSED = os.EX_CONFIG  # how it ends where another start with the same arguments would end the same


class Child:
    """Must be made on the main thread: the kernel ends the child when the thread that made it ends."""

    def __init__(self, command: Sequence[str]) -> None:
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C at the terminal is the front's to handle
            preexec_fn=die_with_parent,
        )
        self.family = Family(self._process.pid)
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def returncode(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.poll()

    def reason(self) -> str:
        """The last of what it said that looks like the reason of its end, with what explains it below."""
        lines = [line.strip() for line in list(self._lines)]
        named = [at for at, line in enumerate(lines) if "Error" in line or "error:" in line]
        return " ".join(lines[named[-1] :] if named else lines[-1:])[:REASON_CHARS]

    def end(self, patience_s: float) -> None:
        """Asks it to stop, and kills what is left of the family after that time. Blocks."""
        self.family.look()
        if self.returncode is None and not self.family.stopped():
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(patience_s)
        self.family.end()
        self._process.wait()

    def _listen(self) -> None:
        """Passes on what it says, as it comes."""
        stream = self._process.stdout
        for line in iter(stream.readline if stream else bytes, b""):
            text = line.decode("utf-8", "replace")
            self._lines.append(text)
            with suppress(OSError, ValueError):  # nobody listens to us
                sys.stderr.write(text)
                sys.stderr.flush()
