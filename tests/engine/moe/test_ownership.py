"""Shares of experts: each expert has one owner, and what cannot be is refused saying why."""

import pytest

from engine.errors import ExpertsInvalid
from engine.moe.ownership import Ownership, shares_parse


def test_every_owner_gets_its_share_and_the_rest_is_common():
    groups = Ownership.dealt({"botany": 4, "law": 4}, 16).groups()
    assert {owner: len(experts) for owner, experts in groups.items()} == {"common": 8, "botany": 4, "law": 4}
    assert sorted(index for experts in groups.values() for index in experts) == list(range(16))


@pytest.mark.parametrize("ranks", [2, 4])
def test_every_rank_holds_the_same_part_of_each_share(ranks):
    owners = Ownership.dealt({"botany": 4, "law": 4}, 16).owners
    length = 16 // ranks
    parts = [sorted(owners[start : start + length]) for start in range(0, 16, length)]
    assert all(part == parts[0] for part in parts)


def test_all_experts_may_be_owned():
    assert set(Ownership.dealt({"botany": 2, "law": 2}, 4).owners) == {"botany", "law"}


def test_listed_experts_go_to_their_owners():
    assert Ownership.listed({"law": [3, 1]}, 4).owners == ("common", "law", "common", "law")
    assert Ownership.listed({"law": [3, 1]}, 4).experts_of("law") == (1, 3)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Ownership.dealt({"botany": 9, "law": 8}, 16), "ask for 17 experts.*there are 16"),
        (lambda: Ownership.dealt({"botany": 1}, 16), "botany needs at least 2"),
        (lambda: Ownership.dealt({"common": 4}, 16), "cannot be given"),
        (lambda: Ownership.dealt({"Botany!": 4}, 16), "no owner's name"),
        (lambda: Ownership.listed({"botany": [0, 1], "law": [1, 2]}, 4), "expert 1 is listed for botany and"),
        (lambda: Ownership.listed({"law": [1, 1]}, 4), "expert 1 is listed for law and for law"),
        (lambda: Ownership.listed({"botany": [4]}, 4), "expert 4; there are 0 to 3"),
        (lambda: Ownership.dealt({"botany": 2}, 4).experts_of("law"), "owns no experts.*botany"),
        (lambda: shares_parse("botany"), "is no share"),
        (lambda: shares_parse("botany=-1"), "is no share"),
        (lambda: shares_parse("botany=1,botany=2"), "two shares"),
    ],
)
def test_shares_that_cannot_be_are_refused(make, said):
    with pytest.raises(ExpertsInvalid, match=said):
        make()


def test_shares_are_read_as_a_command_line_names_them():
    assert shares_parse("botany=4,law=2") == {"botany": 4, "law": 2}
    assert shares_parse("") == {}
