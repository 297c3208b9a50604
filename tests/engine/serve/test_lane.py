"""Which waiting texts are embedded together."""

import random

from engine.serve.lane import PADDING_TOKENS, SLICE_TEXTS, WINDOW_BATCHES, Job, Lane, Piece

LIMIT = 64


def job_of(*lengths: int) -> Job:
    return Job([str(n) for n in lengths], [None] * len(lengths), len(lengths), chars=len(lengths))


def lane_of(*jobs: Job, batch_tokens: int = LIMIT) -> Lane:
    lane = Lane(batch_tokens)
    for job in jobs:
        lane.add(job)
    return lane


def read(lane: Lane) -> int:
    """Tokenises what the lane gives: a text is its number of tokens."""
    taken = lane.unread_take()
    lane.window_add([Piece(job, i, [0] * int(job.texts[i])) for job, i in taken])
    return len(taken)


def batches(lane: Lane, threads: int = 1) -> list[list[Piece]]:
    """All batches, in their order, as one thread would take them."""
    found = []
    while lane.has_work():
        while read(lane):
            pass
        found.append(lane.batch_take(threads))
        assert found[-1], "there was work, and no batch"
    return found


def lengths(batch: list[Piece]) -> list[int]:
    return [len(piece.ids) for piece in batch]


def test_every_text_is_embedded_once_and_no_batch_is_too_large_or_too_uneven():
    rng = random.Random(3)
    jobs = [job_of(*(rng.randint(2, 40) for _ in range(rng.randint(1, 60)))) for _ in range(20)]
    found = batches(lane_of(*jobs))
    pieces = [(id(piece.job), piece.index) for batch in found for piece in batch]
    assert len(pieces) == len(set(pieces)) == sum(len(job.texts) for job in jobs)
    for batch in found:
        assert len(batch) == 1 or max(lengths(batch)) * len(batch) <= LIMIT
        assert max(lengths(batch)) - min(lengths(batch)) <= PADDING_TOKENS
    assert len(found) < 0.7 * len(pieces), "hardly anything was embedded together"


def test_a_batch_is_the_oldest_text_and_those_nearest_to_its_length():
    lane = lane_of(job_of(10, 30, 11, 18, 9, 17, 60, 10))
    read(lane)
    assert lengths(lane.batch_take(1)) == [10, 10, 11, 9], "17 would fill it beyond the limit"
    assert lengths(lane.batch_take(1))[0] == 30


def test_a_text_longer_than_a_batch_goes_alone():
    lane = lane_of(job_of(LIMIT + 5, 5, 5))
    assert [lengths(batch) for batch in batches(lane)] == [[LIMIT + 5], [5, 5]]


def test_without_a_limit_texts_go_one_by_one_in_their_order():
    assert [lengths(b) for b in batches(lane_of(job_of(5, 9, 5), batch_tokens=0))] == [[5], [9], [5]]


def test_threads_that_are_free_share_what_waits():
    lane = lane_of(job_of(5, 5, 5, 5))
    read(lane)
    assert [len(lane.batch_take(2)), len(lane.batch_take(1))] == [2, 2]


def test_a_small_job_takes_its_turn_beside_a_huge_one():
    huge, small = job_of(*[60] * 2000), job_of(60, 60)
    lane = lane_of(huge, small)
    jobs = [piece.job for batch in batches(lane) for piece in batch]
    last = max(i for i, job in enumerate(jobs) if job is small)
    assert last < 2 * SLICE_TEXTS + WINDOW_BATCHES


def test_no_text_is_passed_over_by_others_that_keep_coming():
    odd = job_of(40)
    lane = lane_of(*(job_of(*[8] * 4) for _ in range(3)), odd)

    def is_taken() -> bool:
        lane.add(job_of(*[8] * 8))
        while read(lane):
            pass
        return any(piece.job is odd for piece in lane.batch_take(1))

    assert any(is_taken() for _ in range(5))


def test_what_is_looked_ahead_is_bounded():
    lane = lane_of(job_of(*[10] * 2000))
    while read(lane):
        pass
    window = 2000 - sum(len(job.texts) - job.taken for job in lane.open_jobs())
    assert window * 10 < WINDOW_BATCHES * LIMIT + SLICE_TEXTS * 10
    assert lane.waiting() == 2000


def test_a_dropped_job_leaves_nothing_behind():
    gone, stays = job_of(*[10] * 50), job_of(10)
    lane = lane_of(gone, stays)
    taken = lane.unread_take()
    assert read(lane) == 1
    lane.drop(gone)
    lane.window_add([Piece(job, i, [0] * 10) for job, i in taken])  # were being tokenised meanwhile
    assert lane.waiting() == 1 and lane.chars() == stays.chars
    assert [piece.job for batch in batches(lane) for piece in batch] == [stays]
