"""A message that is put into the reader's language where it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """An English template, which is the key of its translation, and what is put into it."""

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template % self.values


class ToldProblem(ValueError):
    """A problem whose message can be put into the reader's language."""

    def __init__(self, template: str, **values: Any) -> None:
        self.told = Told(template, values)
        super().__init__(str(self.told))
