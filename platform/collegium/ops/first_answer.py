"""Asks the sample's first question when the installation is able to answer it."""

import subprocess
import sys
import time

from collegium.ops.installation import child_environment
from collegium.ops.processes import child_start, child_stop, log_tail
from collegium.ops.supervisor import Supervisor, program_log

ENGINE_TIMEOUT_S = 300.0
ANSWER_TIMEOUT_S = 300.0


class FirstAnswer:
    """Waits for the sample and, for a while, for the engine; then asks in a child and shows its output."""

    def __init__(self, supervisor: Supervisor, *, end_after: bool) -> None:
        self.supervisor = supervisor
        self.end_after = end_after
        self.exit_code = 1
        self._sample_at = 0.0
        self._asked_at = 0.0
        self._child: subprocess.Popen[bytes] | None = None
        self._ended = False
        self._log = program_log(supervisor.home, "first-answer")

    def tick(self) -> bool:
        """Go one step further; returns whether everything is to stop now."""
        if self._ended:
            return False
        if self._child is not None:
            return self._await_answer()
        if not self._able():
            return False
        self._log.write_text("")
        self._child = child_start(
            [sys.executable, "-m", "django", "first_answer"], log=self._log, env=child_environment()
        )
        self._asked_at = time.monotonic()
        return False

    def _able(self) -> bool:
        sample, engine = self.supervisor.part("sample"), self.supervisor.part("engine")
        say = self.supervisor.status.say
        if sample is None or sample.state == "failed":
            say("There is no sample to ask about." if sample is None else f"The sample {sample.detail}")
            self._ended = not self.end_after
            self.supervisor.stop_asked += int(self.end_after)
            return False
        if not sample.up:
            return False
        self._sample_at = self._sample_at or time.monotonic()
        if engine is None or engine.up:
            return True
        if engine.state == "failed" or time.monotonic() - self._sample_at > ENGINE_TIMEOUT_S:
            say("The language model is not ready: the answer below comes without it.")
            return True
        return False

    def _await_answer(self) -> bool:
        assert self._child is not None
        code = self._child.poll()
        if code is None and time.monotonic() - self._asked_at < ANSWER_TIMEOUT_S:
            return False
        child_stop(self._child, grace_s=1)
        self._ended = True
        if code == 0:
            self.exit_code = 0
            self.supervisor.status.say(self._log.read_text())
        else:
            self.supervisor.status.say(f"The first question was not answered:\n{log_tail(self._log, 30)}")
        return self.end_after
