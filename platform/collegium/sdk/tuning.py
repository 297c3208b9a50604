"""Fine-tuning as a vertical sees it: recipes, the examples that they export, and the documents to make them
of.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from collegium.accounts.asker import Asker
from collegium.sdk.vertical import Text

ROLES = frozenset({"system", "user", "assistant"})
MADE_BY = frozenset({"recorded", "template", "model"})
LANGUAGES = frozenset({"en", "zh"})
METHODS = frozenset({"lora", "experts", "full"})
UNITS = frozenset({"record", "group"})
NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


class ExampleInvalid(ValueError):
    """An example cannot be trained on; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation. `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation to learn the assistant's turns of. Whatever names a person was taken out before.

    Args:
        source: id of the document that it was made of, or the name of an import that the recipe lists.
        group: whose it is, such as a patient's pseudonym, where privacy is to hold for all that is theirs.
        language: en or zh.
        made_by: recorded (from a document), template, or model.
        evidence: passages as they stand in the user's messages; refusals are made of examples without theirs.
        refusal: the answer is that the documents say nothing on it.
    """

    messages: tuple[Message, ...]
    source: str
    group: str = ""
    language: str = "en"
    made_by: str = "recorded"
    evidence: tuple[str, ...] = ()
    refusal: bool = False

    def __post_init__(self) -> None:
        if not self.messages or any(one.role not in ROLES for one in self.messages):
            raise ExampleInvalid(f"an example needs messages, each of a role of {sorted(ROLES)}")
        if self.messages[-1].role != "assistant" or not self.messages[-1].content.strip():
            raise ExampleInvalid("the last message of an example is what the assistant says")
        asked = "\n".join(one.content for one in self.messages if one.role == "user")
        if not asked or any(not passage or passage not in asked for passage in self.evidence):
            raise ExampleInvalid("an example asks something, and its evidence stands in what is asked")
        if not self.source or self.language not in LANGUAGES or self.made_by not in MADE_BY:
            raise ExampleInvalid(
                f"an example needs a source, a language of {sorted(LANGUAGES)}, and made_by of "
                f"{sorted(MADE_BY)}"
            )

    def as_json(self) -> dict[str, Any]:
        """One line of the file that the training reads."""
        return {
            "messages": [{"role": one.role, "content": one.content} for one in self.messages],
            "source": self.source,
            "group": self.group,
            "language": self.language,
            "made_by": self.made_by,
            "evidence": list(self.evidence),
            "refusal": self.refusal,
        }


@dataclass(frozen=True, slots=True)
class Export:
    """What a recipe makes examples of: knowledge bases as one person sees them. `language`: en, zh, or
    empty.
    """

    asker: Asker
    knowledge_bases: tuple[UUID, ...]
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a vertical tunes the model on its documents.

    Args:
        name: small letters, digits and hyphens; unique in the vertical.
        private: the documents tell of people: it is trained with differential privacy and no other way.
        method, descent, privacy, data: as `engine.train` reads them in a job. `privacy` of a private recipe
            names at least its `unit`; what it leaves out is the platform's default.
        suites: names of evaluation suites of the vertical that judge what comes out.
        export: gives the examples, in an order that stays while the documents do.
        imports: data sets of the vertical that it reads beside the knowledge bases. Each has a privacy
            budget of its own, and is the source of its examples.
    """

    name: str
    label: Text
    description: Text
    private: bool
    method: Mapping[str, Any]
    descent: Mapping[str, Any]
    export: Callable[[Export], Iterator[Example]]
    privacy: Mapping[str, Any] | None = None
    suites: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)
    imports: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no recipe's name: write small letters, digits and hyphens")
        if self.method.get("kind") not in METHODS:
            raise ValueError(f"the method of recipe {self.name!r} must be a kind of {sorted(METHODS)}")
        if self.private and (self.privacy or {}).get("unit") not in UNITS:
            raise ValueError(
                f"the private recipe {self.name!r} must name its privacy's unit: {sorted(UNITS)}"
            )
        if (self.privacy or {}).get("noise_multiplier") is not None:
            raise ValueError(
                f"recipe {self.name!r} sets the noise; name the epsilon, which noise is solved for"
            )
        if not self.private and self.privacy is not None:
            raise ValueError(f"recipe {self.name!r} has a privacy and is not private")


@dataclass(frozen=True, slots=True)
class SourceText:
    """A document that examples may be made of: the texts of its passages in order, and what is known of
    it.
    """

    document: UUID
    version: UUID
    knowledge_base: UUID
    title: str
    language: str
    metadata: dict[str, Any]
    passages: tuple[str, ...]


def source_texts(export: Export) -> Iterator[SourceText]:
    """The documents of the export's knowledge bases that its asker may see, in an order that stays."""
    from collegium.tuning.sources import source_texts as read

    return read(export)
