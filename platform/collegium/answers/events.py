"""What happens while an answer is made, as the API and the pages stream it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Event:
    """`name` is started, retrieval, delta, citation, computation, guard, done or error."""

    name: str
    data: dict[str, Any]


# Not for clients: it lets whoever runs the iterator leave while the model writes a sentence.
PULSE = Event("pulse", {})
