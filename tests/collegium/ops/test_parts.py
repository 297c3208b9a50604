"""How the supervisor judges deaths and shows progress."""

import io
import sys
import time
from pathlib import Path

import pytest

from collegium.environment import Home
from collegium.ops.logs import JsonFormatter
from collegium.ops.parts import QUICK_DEATHS, ProgramPart
from collegium.ops.status_line import StatusLine, progress_bar
from collegium.ops.supervisor import Supervisor


def program(folder: Path, code: str, **more) -> ProgramPart:
    return ProgramPart(
        name="part",
        log=folder / "part.log",
        command=lambda: [sys.executable, "-c", code],
        cwd=folder,
        env={},
        **more,
    )


@pytest.fixture
def supervise(tmp_path, monkeypatch):
    monkeypatch.setattr("collegium.ops.parts.BACKOFF_S", (0.01,))
    out = io.StringIO()

    def run(*parts: ProgramPart, until) -> tuple[int, str]:
        supervisor = Supervisor(parts, home=Home(tmp_path), url="", status=StatusLine(out))
        end = time.monotonic() + 30
        return supervisor.run(lambda: until() or time.monotonic() > end), out.getvalue()

    (tmp_path / "logs").mkdir()
    return run


def test_a_vital_part_that_keeps_dying_ends_everything_and_shows_the_end_of_its_log(tmp_path, supervise):
    part = program(tmp_path, "import sys; print('the reason why'); sys.exit(3)", vital=True)
    code, said = supervise(part, until=lambda: False)
    assert code == 1
    assert len(part.deaths) == QUICK_DEATHS
    assert "exit 3" in said and "the reason why" in said


def test_another_part_that_keeps_dying_is_given_up_and_the_rest_goes_on(tmp_path, supervise):
    part = program(tmp_path, "raise SystemExit(3)")
    after = program(tmp_path, "import time; time.sleep(60)", after=("part",))
    after.name = "after"
    code, _ = supervise(part, after, until=lambda: after.state == "ready")
    assert code == 0
    assert part.state == "stopped" and len(part.deaths) == QUICK_DEATHS


def test_deaths_far_apart_are_not_counted_together(tmp_path):
    part = program(tmp_path, "")
    part.deaths = [time.monotonic() - 3600] * QUICK_DEATHS
    part.died(1)
    assert part.state == "restarting"


def test_a_part_waits_for_what_it_needs(tmp_path, supervise):
    first = program(tmp_path, "import time; time.sleep(0.3)", once=True)
    second = program(tmp_path, "import time; time.sleep(60)", needs=("part",))
    second.name = "second"
    seen = []

    def until() -> bool:
        seen.append((first.state, second.state))
        return second.state == "ready"

    supervise(first, second, until=until)
    assert ("starting", "waiting") in seen
    assert all(one == "done" for one, two in seen if two != "waiting")


def test_progress_is_the_last_json_line_of_this_run(tmp_path):
    part = program(tmp_path, "")
    part.log.write_text('{"step": "old", "done": 9, "total": 9}\n')
    part.log_start = part.log.stat().st_size
    assert part.progress() is None
    with part.log.open("a") as log:
        log.write('{"step": "new", "done": 1, "total": 4}\nnot json {"done"\n')
    assert part.progress()["step"] == "new"
    assert progress_bar(1, 4, 8) == "[██······] 25 %"


def test_a_log_line_is_one_json_object_with_its_fields():
    import json
    import logging

    record = logging.LogRecord("a.b", logging.INFO, "", 1, "two\nlines %s", ("here",), None)
    record.request_id, record.fields = "abc", {"route": "x"}
    text = JsonFormatter().format(record)
    assert "\n" not in text
    line = json.loads(text)
    assert (line["message"], line["request_id"], line["route"]) == ("two\nlines here", "abc", "x")
