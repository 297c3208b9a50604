"""What is looked at for contexts grows with a text, not with its square."""

import re

import pytest

from verticals.medical.tagging import context, triggers
from verticals.medical.tagging.context import contexts_find


@pytest.mark.parametrize(
    ("unit", "finding", "expected"),
    [
        ("no fever, ", "fever", "negated"),
        ("if fever, ", "fever", "hypothetical"),
        ("无发热、", "发热", "negated"),
        ("无发热，", "发热", "negated"),
        ("Fever. ", "Fever", "affirmed"),
    ],
)
def test_each_part_of_a_long_list_is_looked_at_a_few_times(unit, finding, expected, monkeypatch):
    calls: list[str] = []

    def counted(owner: object, name: str) -> None:
        real = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *told, **more: calls.append(name) or real(*told, **more))

    counted(context._Sentence, "_plain")
    counted(context._Sentence, "_held")
    counted(triggers, "_together")
    counts = []
    for count in (100, 200):
        calls.clear()
        text = unit * count
        places = [one.span() for one in re.finditer(finding, text)]
        assert contexts_find(text, places) == [expected] * count
        counts.append(len(calls))
    assert counts[1] <= 12 * 200 and counts[1] <= 2.2 * counts[0] + 10


def test_a_condition_before_the_last_denial_outweighs_all_of_them():
    text = "no cough; if there is no fever and no rash, stay."
    places = [one.span() for one in re.finditer("cough|fever|rash", text)]
    assert contexts_find(text, places) == ["negated", "hypothetical", "hypothetical"]


def test_a_denial_reaches_over_a_long_list_but_not_over_pages():
    text = "denies " + "fever, " * (context.REACHED_MAX + 1) + "and is well."
    places = [one.span() for one in re.finditer("fever", text)]
    assert contexts_find(text, places) == ["negated"] * context.REACHED_MAX + ["affirmed"]
