"""The figures of the attacks, on scores that are known."""

import pytest

from engine.bench.attack import CANARIES, REPEATED, area_under_curve, exposure, records_read
from tests.evaluation_data import data_set


def test_the_area_under_the_curve_is_the_chance_to_rank_right():
    assert area_under_curve([3, 4], [1, 2]) == 1
    assert area_under_curve([1, 2], [3, 4]) == 0
    assert area_under_curve([1, 2], [1, 2]) == 0.5


def test_exposure_is_in_bits():
    assert exposure([0.1, *[1.0] * 511]) == 9
    assert exposure([2.0, *[1.0] * 511]) == 0
    assert exposure([0.5, 0.1, 0.9, 0.7]) == pytest.approx(1)


def test_canaries_are_among_as_many_records_as_were_asked_for():
    records = records_read(data_set("mts_dialog"), 400, 100)
    assert (len(records.members), len(records.others), len(records.canaries)) == (400, 100, CANARIES)
    planted = [e for e in records.members if e.source.startswith("patient ")]
    assert len(planted) == CANARIES * REPEATED
    assert all(c.code not in c.others and len(c.others) == 127 for c in records.canaries)
