"""Who may go to the engine next, on a clock that the tests turn."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.serve.admission import Admission, Limits, Priority, QueueFull, Ticket

PERSON, JOB = Priority.INTERACTIVE, Priority.BATCH
LIMITS = Limits(
    tokens=1000,
    sequences=8,
    reading_tokens=400,
    waiting=20,
    waiting_of_workspace=10,
    ageing_s=20.0,
)


def ticket(workspace: str = "a", priority: Priority = PERSON, prompt: int = 50, new: int = 50) -> Ticket:
    return Ticket(workspace=workspace, priority=priority, prompt_tokens=prompt, new_tokens=new)


def submitted(admission: Admission, *tickets: Ticket, now: float = 0.0) -> None:
    for one in tickets:
        admission.submit(one, now)


def served_in_turn(admission: Admission, rounds: int, now: float = 0.0) -> list[Ticket]:
    """One request at a time, each to its end."""
    order = []
    for _ in range(rounds):
        admitted = admission.admit(now)
        order += admitted
        for one in admitted:
            admission.leave(one)
    return order


def test_a_request_alone_is_admitted_at_once_even_when_it_is_larger_than_every_bound():
    admission = Admission(LIMITS)
    large = ticket(prompt=5000, new=5000)
    submitted(admission, large, ticket())
    assert admission.admit(0.0) == [large]
    assert admission.admit(0.0) == []
    admission.leave(large)
    assert len(admission.admit(0.0)) == 1


def test_tokens_in_flight_stay_within_the_budget_and_are_given_back():
    admission = Admission(LIMITS)
    tickets = [ticket(str(i), prompt=10, new=290) for i in range(5)]
    submitted(admission, *tickets)
    assert admission.admit(0.0) == tickets[:3]
    assert admission.held.tokens == 900
    admission.leave(tickets[0])
    assert admission.admit(0.0) == [tickets[3]]


def test_no_workspace_fills_the_budget_so_that_the_next_finds_room():
    admission = Admission(LIMITS)
    submitted(admission, *[ticket("a", prompt=10) for _ in range(10)])
    assert len(admission.admit(0.0)) == 6  # three quarters of eight
    other = ticket("b")
    submitted(admission, other)
    assert admission.admit(0.0) == [other]


def test_only_so_many_prompts_are_read_at_once():
    admission = Admission(LIMITS)
    tickets = [ticket("a", prompt=150, new=1) for _ in range(3)]
    submitted(admission, *tickets)
    assert admission.admit(0.0) == tickets[:2]
    admission.begun(tickets[0])
    admission.begun(tickets[0])
    assert admission.admit(0.0) == [tickets[2]]


def test_while_two_ask_each_has_less_and_alone_one_has_more_again():
    limits = Limits(tokens=10**6, sequences=20, reading_tokens=1000, contended_reading_tokens=200)
    admission = Admission(limits)
    submitted(admission, *[ticket("a", prompt=90) for _ in range(30)])
    assert len(admission.admit(0.0)) == 8  # 750 tokens to read
    other = ticket("b", prompt=90)
    submitted(admission, other, now=1.0)
    assert admission.admit(1.0) == [], "what is being read is waited for"
    for one in list(admission._admitted):
        admission.begun(one)
    assert [t.workspace for t in admission.admit(1.0)] == ["b", "a"], "one prompt of each, b's first"
    admission.leave(other)
    for _ in range(10):
        for one in list(admission._admitted):
            admission.begun(one)
        admission.admit(2.0)
    assert admission.held.sequences == 10, "half of the places are left to the other"
    assert len(admission.admit(12.0)) == 5, "until it has not asked for a while"


def test_workspaces_take_turns_by_the_tokens_they_were_served():
    admission = Admission(Limits(tokens=10**6, sequences=1))
    submitted(admission, *[ticket("big", prompt=300, new=0) for _ in range(4)])
    submitted(admission, *[ticket("small", prompt=100, new=0) for _ in range(12)])
    order = [t.workspace for t in served_in_turn(admission, 12)]
    assert order.count("big") == 3 and order.count("small") == 9


def test_what_was_not_used_is_given_back_to_the_workspace():
    admission = Admission(Limits(tokens=10**6, sequences=1))
    submitted(admission, *[ticket("a", new=500) for _ in range(6)], *[ticket("b", new=0) for _ in range(6)])
    order = []
    for _ in range(8):
        (one,) = admission.admit(0.0)
        order.append(one.workspace)
        admission.leave(one, used_tokens=50)
    assert order.count("a") == order.count("b") == 4


def test_a_workspace_that_paused_has_saved_nothing():
    admission = Admission(Limits(tokens=10**6, sequences=1))
    submitted(admission, *[ticket("a") for _ in range(100)])
    served_in_turn(admission, 50)
    submitted(admission, *[ticket("b") for _ in range(20)])
    order = [t.workspace for t in served_in_turn(admission, 10)]
    assert 4 <= order.count("b") <= 6


def test_a_newcomer_is_served_after_at_most_one_request_of_a_full_queue():
    admission = Admission(Limits(tokens=10**6, sequences=1))
    submitted(admission, *[ticket("a") for _ in range(64)])
    served_in_turn(admission, 10)
    submitted(admission, ticket("b"))
    assert "b" in [t.workspace for t in served_in_turn(admission, 2)]


def test_people_go_before_jobs_and_a_job_that_waited_long_is_no_longer_put_off():
    admission = Admission(Limits(tokens=10**6, sequences=1, ageing_s=20.0))
    job = ticket("a", JOB)
    submitted(admission, job)
    submitted(admission, *[ticket("a") for _ in range(3)], now=1.0)
    assert [t.priority for t in served_in_turn(admission, 2, now=2.0)] == [PERSON, PERSON]
    assert served_in_turn(admission, 1, now=20.0) == [job]


def test_jobs_leave_half_of_the_room_to_people():
    admission = Admission(LIMITS)
    submitted(admission, *[ticket(str(i), JOB, prompt=10) for i in range(8)])
    assert len(admission.admit(0.0)) == 4
    people = [ticket("p", prompt=10) for _ in range(4)]
    submitted(admission, *people)
    assert admission.admit(100.0) == people


def test_a_large_request_is_not_overtaken_for_ever_by_small_ones():
    admission = Admission(Limits(tokens=1000, sequences=100, reading_tokens=10**6))
    running = [ticket(f"s{i}", prompt=0, new=200) for i in range(4)]
    submitted(admission, *running)
    admission.admit(0.0)
    large = ticket("l", prompt=0, new=900)
    submitted(admission, large)
    submitted(admission, *[ticket(f"n{i}", prompt=0, new=200) for i in range(4)], now=1.0)
    assert admission.admit(1.0) == []
    for one in running:
        admission.leave(one)
    assert large in admission.admit(1.0)


def test_a_full_queue_refuses_a_workspace_before_the_others():
    admission = Admission(LIMITS)
    submitted(admission, *[ticket("a") for _ in range(10)])
    with pytest.raises(QueueFull) as caught:
        admission.submit(ticket("a"), 0.0)
    assert caught.value.status == 429
    submitted(admission, *[ticket("b") for _ in range(10)])
    with pytest.raises(QueueFull) as caught:
        admission.submit(ticket("c"), 0.0)
    assert caught.value.status == 503 and admission.waiting() == 20


def test_names_of_workspaces_do_not_pile_up():
    admission = Admission(LIMITS)
    steady = ticket("steady")
    submitted(admission, steady)
    admission.admit(0.0)
    for number in range(1000):
        one = ticket(f"w{number}")
        submitted(admission, one)
        admission.admit(0.0)
        admission.leave(one)
    assert len(admission._workspaces) < 10
    admission.leave(steady)
    assert not admission._workspaces


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 400), st.integers(1, 400)), min_size=30, max_size=60
    )
)
def test_backlogged_workspaces_are_served_within_two_requests_of_each_other(asked):
    """The bound of the virtual token counter: two of the largest requests."""
    admission = Admission(Limits(tokens=10**9, sequences=1, waiting=1000, waiting_of_workspace=1000))
    left = dict.fromkeys("abc", 0)
    for name, prompt, new in asked:
        submitted(admission, ticket(name, prompt=prompt, new=new))
        left[name] += 1
    names = [name for name in left if left[name]]
    served = dict.fromkeys(names, 0)
    largest = max(prompt + new for _, prompt, new in asked)
    while all(left[name] for name in names):
        (one,) = admission.admit(0.0)
        served[one.workspace] += one.tokens
        left[one.workspace] -= 1
        assert max(served.values()) - min(served.values()) <= 2 * largest
        admission.leave(one, one.tokens)


@dataclass
class Model:
    """What the machine believes."""

    waiting: list[Ticket] = field(default_factory=list)
    running: list[Ticket] = field(default_factory=list)


class AnyOrder(RuleBasedStateMachine):
    """Requests come, begin, end and leave in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.admission = Admission(LIMITS)
        self.model = Model()
        self.now = 0.0

    @rule(
        workspace=st.sampled_from("abcd"),
        priority=st.sampled_from(list(Priority)),
        prompt=st.integers(0, 1500),
        new=st.integers(0, 1500),
    )
    def comes(self, workspace: str, priority: Priority, prompt: int, new: int) -> None:
        one = ticket(workspace, priority, prompt, new)
        try:
            self.admission.submit(one, self.now)
        except QueueFull:
            assert len(self.model.waiting) >= LIMITS.waiting_of_workspace
        else:
            self.model.waiting.append(one)

    @rule(seconds=st.floats(0, 30))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule()
    def some_are_admitted(self) -> None:
        admitted = self.admission.admit(self.now)
        for one in admitted:
            self.model.waiting.remove(one)
            self.model.running.append(one)
        if self.model.waiting:
            assert self.model.running, "requests wait and nothing runs"

    @precondition(lambda self: self.model.running)
    @rule(data=st.data())
    def one_begins(self, data: st.DataObject) -> None:
        self.admission.begun(data.draw(st.sampled_from(self.model.running)))

    @precondition(lambda self: self.model.running or self.model.waiting)
    @rule(data=st.data(), used=st.none() | st.integers(0, 2000))
    def one_leaves(self, data: st.DataObject, used: int | None) -> None:
        one = data.draw(st.sampled_from(self.model.running + self.model.waiting))
        self.admission.leave(one, used)
        self.admission.leave(one, used)
        (self.model.running if one in self.model.running else self.model.waiting).remove(one)

    @invariant()
    def the_books_are_right(self) -> None:
        held, running = self.admission.held, self.model.running
        assert held.tokens == sum(t.tokens for t in running)
        assert held.sequences == len(running)
        assert held.reading_tokens == sum(t.prompt_tokens for t in running if t.reading)
        assert self.admission.waiting() == len(self.model.waiting)
        assert len(running) <= 1 or held.tokens <= LIMITS.tokens
        assert held.sequences <= LIMITS.sequences

    def teardown(self) -> None:
        """Everybody is served in the end: nobody starves."""
        waiting = set(self.model.waiting)
        for _ in range(len(waiting) + 1):
            for one in self.model.running:
                self.admission.leave(one)
            self.model.running = self.admission.admit(self.now)
            waiting -= set(self.model.running)
        assert not waiting


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
