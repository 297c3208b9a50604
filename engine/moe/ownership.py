"""Which owner has which of the routed experts. The shares are the same in every layer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.errors import ExpertsInvalid

COMMON = "common"
OWNER = re.compile(r"[a-z][a-z0-9_-]{0,39}")


@dataclass(frozen=True, slots=True)
class Ownership:
    """The owner of each routed expert, by the expert's index."""

    owners: tuple[str, ...]

    def __post_init__(self) -> None:
        for owner in self.owners:
            if not OWNER.fullmatch(owner):
                raise ExpertsInvalid(f"{owner!r} is no owner's name: small letters, digits, - and _")

    @classmethod
    def dealt(cls, shares: Mapping[str, int], routed: int, *, per_token: int = 2) -> "Ownership":
        """Gives each owner as many of the `routed` experts as its share says, and the rest to all.

        The owners are dealt like cards, so that any cut of the experts into equal runs, one per rank, holds
        about the same part of every share.

        Raises ExpertsInvalid when there are too few experts, or a share cannot serve a token alone.
        """
        if COMMON in shares:
            raise ExpertsInvalid(f"{COMMON!r} is what no vertical owns: it cannot be given a share")
        for owner, count in shares.items():
            if count < per_token:
                raise ExpertsInvalid(f"{owner} needs at least {per_token} experts, not {count}")
        if sum(shares.values()) > routed:
            wanted = ", ".join(f"{owner} {count}" for owner, count in shares.items())
            raise ExpertsInvalid(
                f"the shares ask for {sum(shares.values())} experts ({wanted}); there are {routed}"
            )
        counts = {COMMON: routed - sum(shares.values()), **shares}
        turns = [((k + 0.5) / n, owner) for owner, n in counts.items() for k in range(n)]
        return cls(tuple(owner for _, owner in sorted(turns, key=lambda turn: turn[0])))

    @classmethod
    def listed(cls, lists: Mapping[str, Sequence[int]], routed: int) -> "Ownership":
        """Gives each owner the experts that are listed for it, and the others to all.

        Raises ExpertsInvalid when a list names an expert that is not there, or that another owner has.
        """
        owners = [COMMON] * routed
        taken: dict[int, str] = {}
        for owner, experts in lists.items():
            for expert in experts:
                if not 0 <= expert < routed:
                    raise ExpertsInvalid(f"{owner} lists expert {expert}; there are 0 to {routed - 1}")
                if expert in taken:
                    raise ExpertsInvalid(f"expert {expert} is listed for {taken[expert]} and for {owner}")
                taken[expert] = owners[expert] = owner
        return cls(tuple(owners))

    def experts_of(self, owner: str) -> tuple[int, ...]:
        """The experts of one owner; raises ExpertsInvalid when it owns none."""
        found = self.groups().get(owner)
        if not found:
            known = ", ".join(self.groups())
            raise ExpertsInvalid(f"{owner!r} owns no experts of this model; its owners are {known}")
        return found

    def groups(self) -> dict[str, tuple[int, ...]]:
        """The experts of each owner, in the order in which the owners first appear."""
        groups: dict[str, list[int]] = {}
        for index, owner in enumerate(self.owners):
            groups.setdefault(owner, []).append(index)
        return {owner: tuple(experts) for owner, experts in groups.items()}


def shares_parse(text: str) -> dict[str, int]:
    """Reads shares as a command line names them, "medical=4,finance=4"; raises ExpertsInvalid."""
    shares: dict[str, int] = {}
    for part in filter(None, text.split(",")):
        owner, _, count = part.partition("=")
        if not count.isdecimal():
            raise ExpertsInvalid(f"{part!r} is no share: write OWNER=NUMBER, separated by commas")
        if owner in shares:
            raise ExpertsInvalid(f"{owner!r} has two shares")
        shares[owner] = int(count)
    return shares
