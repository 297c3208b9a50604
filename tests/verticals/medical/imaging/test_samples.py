"""The sample studies: made by code, readable, drawn, and linked with their reports."""

import numpy as np
import pytest

from verticals.medical.imaging.dataset import file_read
from verticals.medical.imaging.quarantine import quarantine_reason
from verticals.medical.imaging.render import frame_image
from verticals.medical.imaging.samples.make import SLICES, samples_write
from verticals.medical.imaging.samples.phantom import LUNG, NODULE, chest_slice
from verticals.medical.imaging.window import Window


def test_the_samples_are_drawn_and_may_leave(tmp_path):
    paths = samples_write(tmp_path)
    images = [path for path in paths if path.suffix == ".dcm"]
    assert len(images) == SLICES + 1 and len(paths) == SLICES + 3
    for path in images:
        read = file_read(path, path.name)
        shown = np.asarray(frame_image(read, 0))
        assert shown.std() > 20 and not read.tolerated
        assert quarantine_reason(read.dataset) == ""
        assert path.stat().st_size < 400_000


def test_the_nodule_is_seen_in_a_lung_window_in_the_middle_slice_alone(tmp_path):
    paths = sorted(path for path in samples_write(tmp_path) if "chest-ct/" in str(path))
    row, column = int(0.42 * 256), int(0.71 * 256)
    levels = [
        int(np.asarray(frame_image(file_read(path, path.name), 0, Window(-600, 1500)))[row, column])
        for path in paths
    ]
    middle = SLICES // 2
    assert levels[middle] > 200 and max(levels[:middle] + levels[middle + 1 :]) < 120
    assert chest_slice(0.5)[row, column] == pytest.approx(NODULE, abs=60)
    assert chest_slice(0.1)[row, column] != NODULE and chest_slice(0.3)[row, column] == pytest.approx(
        LUNG, abs=60
    )


def test_the_same_samples_are_made_each_time(tmp_path):
    first, again = samples_write(tmp_path / "a"), samples_write(tmp_path / "b")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in again]


@pytest.mark.django_db
def test_a_sample_study_and_its_report_are_one_case(tmp_path, send, images_on, owner_asker):
    from verticals.medical.imaging.selectors import studies_list, study_instances, study_reports

    paths = samples_write(tmp_path)
    send({path.name: path.read_bytes() for path in paths if "chest-ct/" in str(path)})
    send({path.name: path.read_bytes() for path in paths if "chest-radiograph/" in str(path)})
    for path in paths:
        if path.suffix == ".md":
            send({path.name: path.read_bytes()})
    studies = {one.accession_number: one.uid for one in studies_list(owner_asker)}
    for accession, title in (
        ("LM-2025-0117", "chest-ct-report"),
        ("LM-2025-0120", "chest-radiograph-report-zh"),
    ):
        (report,) = study_reports(owner_asker, study_instances(owner_asker, studies[accession]))
        assert report.title == title
