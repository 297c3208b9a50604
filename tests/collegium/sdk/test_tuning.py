"""What a recipe and an example may be."""

import pytest

from collegium.sdk.tuning import Example, ExampleInvalid, Message, Recipe
from tests.verticals.dummy import tuning

ASKED, SAID = Message("user", "What fell?"), Message("assistant", "The share of returned goods.")


def test_an_example_is_one_line_of_the_trainings_file():
    line = Example((ASKED, SAID), source="d1", group="p1", language="en").as_json()
    assert line == {
        "messages": [
            {"role": "user", "content": "What fell?"},
            {"role": "assistant", "content": "The share of returned goods."},
        ],
        "source": "d1",
        "group": "p1",
        "language": "en",
        "made_by": "recorded",
        "evidence": [],
        "refusal": False,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"messages": ()},
        {"messages": (ASKED,)},
        {"messages": (SAID,)},
        {"evidence": ("What rose?",)},
        {"evidence": ("",)},
        {"messages": (ASKED, Message("assistant", " "))},
        {"messages": (Message("doctor", "x"), SAID)},
        {"source": ""},
        {"language": "fr"},
        {"made_by": "somebody"},
    ],
)
def test_an_example_that_cannot_be_trained_on_is_refused(wrong):
    with pytest.raises(ExampleInvalid):
        Example(**{"messages": (ASKED, SAID), "source": "d1", **wrong})


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "Open Texts"}, "no recipe's name"),
        ({"method": {"kind": "magic"}}, "method"),
        ({"private": True}, "unit"),
        ({"private": True, "privacy": {"unit": "house"}}, "unit"),
        ({"privacy": {"unit": "record"}}, "not private"),
        ({"private": True, "privacy": {"unit": "record", "noise_multiplier": 0.1}}, "sets the noise"),
    ],
)
def test_a_recipe_that_contradicts_itself_is_refused_where_it_is_written(wrong, said):
    sound = {
        "name": "open",
        "label": {},
        "description": {},
        "private": False,
        "method": tuning.OPEN.method,
        "descent": tuning.DESCENT,
        "export": tuning.examples,
    }
    with pytest.raises(ValueError, match=said):
        Recipe(**{**sound, **wrong})
