"""Whether a step ran is told by what the process wrote; in doubt it counts as one that did."""

import fcntl
import uuid

import pytest

from collegium.tuning import judging
from collegium.tuning.folder import OutputReader, boot_id, output_tail, run_folder
from collegium.tuning.judging import execution_judge, run_dropped
from collegium.tuning.models import PrivacySpending, SpendingState

pytestmark = pytest.mark.django_db
PLAN = '{"event": "plan", "steps": 4}\n'
STARTED = '{"event": "started"}\n'


@pytest.fixture
def launched(start):
    """launched(text) -> a run whose process printed that before its worker died; None: no file is left."""

    def make(text: str | None, boot: str | None = None):
        run = start(epsilon=0.1)
        run.boot = boot_id() if boot is None else boot
        run.save()
        folder = run_folder(run.pk)
        folder.make()
        if text is not None:
            folder.output(1).write_text(text)
        return run

    return make


@pytest.mark.parametrize(
    ("text", "boot", "started", "reason"),
    [
        (PLAN, None, False, "not_started"),
        ("", None, False, "not_started"),
        ("Some warning of a library\n" + PLAN, None, False, "not_started"),
        (PLAN + STARTED, None, True, "started"),
        (PLAN + '{"event": "step", "step": 3}\n', None, True, "started"),
        (PLAN + STARTED, "another start of the machine", True, "started"),
        (PLAN, "another start of the machine", True, "machine_restarted"),
        (PLAN + '{"event": "star', None, True, "output_cut"),
        (None, None, True, "output_missing"),
    ],
)
def test_a_reservation_is_returned_only_where_it_is_certain_that_no_step_ran(
    launched, text, boot, started, reason
):
    run = launched(text, boot)
    judgement = execution_judge(run)
    assert (judgement.started, judgement.reason) == (started, reason)
    run_dropped(run.pk)
    state = SpendingState.SPENT if started else SpendingState.RETURNED
    assert PrivacySpending.objects.values_list("state", "reason").get() == (state, reason)


def test_a_run_that_never_had_a_process_gets_everything_back(start):
    run = start(epsilon=0.1)
    run_dropped(run.pk)
    assert PrivacySpending.objects.get().reason == "no_process"


def test_a_folder_that_is_gone_counts_as_spent(launched):
    run = launched(PLAN)
    run_folder(run.pk).remove()
    assert execution_judge(run).reason == "output_missing"


def test_what_somebody_still_writes_counts_as_spent(launched):
    run = launched(PLAN)
    with run_folder(run.pk).lock.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        assert execution_judge(run).reason == "still_running"
    assert execution_judge(run).reason == "not_started"


def test_a_machine_that_does_not_tell_its_starts_counts_as_spent(launched, monkeypatch):
    run = launched(PLAN, boot="unknown")
    monkeypatch.setattr(judging, "boot_id", lambda: "")
    assert execution_judge(run).reason == "machine_restarted"


def test_a_run_that_is_gone_is_no_error(db):
    run_dropped(uuid.uuid4())


def test_an_output_is_read_in_whole_lines_and_only_once(tmp_path):
    path = tmp_path / "output"
    reader = OutputReader(path)
    assert reader.read() == [] and not reader.is_cut
    path.write_text('{"event": "a"}\nnoise\n[1]\n{"event": 3}\n{"event": "b')
    assert [event["event"] for event in reader.read()] == ["a"]
    assert reader.is_cut
    with path.open("a") as file:
        file.write('"}\n')
    assert [event["event"] for event in reader.read()] == ["b"]
    assert reader.read() == [] and not reader.is_cut


def test_the_end_of_an_output_is_its_last_events(tmp_path):
    path = tmp_path / "output"
    path.write_text("".join(f'{{"event": "step", "step": {n}}}\n' for n in range(500)))
    assert [event["step"] for event in output_tail(path, 3)] == [497, 498, 499]
    assert output_tail(tmp_path / "none", 3) == []
