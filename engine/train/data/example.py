"""An example of a conversation to learn from, and its file: one JSON object a line."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import ConfigInvalid

ROLES = ("system", "user", "assistant")
MADE_BY = ("recorded", "template", "model")
_REQUIRED = {"messages", "source", "language"}
_KNOWN = _REQUIRED | {"group", "made_by", "evidence", "refusal"}


@dataclass(frozen=True, slots=True)
class Message:
    """What one side says; `role` is system, user or assistant."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Example:
    """A conversation that ends with the answer to learn.

    `source`: the document that it was made from. `group`: the person whom it is about, if it is about one.
    `evidence`: the passages as they stand in the messages of the user. `refusal`: the answer is that the
    evidence says nothing on it. `made_by`: recorded as it is, or by a template or a model from one that was.
    """

    messages: tuple[Message, ...]
    source: str
    language: str
    group: str = ""
    made_by: str = "recorded"
    evidence: tuple[str, ...] = ()
    refusal: bool = False

    @property
    def answer(self) -> str:
        """What the assistant says last."""
        return self.messages[-1].content

    @property
    def asked(self) -> str:
        """All that the user says."""
        return "\n".join(one.content for one in self.messages if one.role == "user")

    def line(self) -> str:
        """The example as a line of its file, always the same for the same example."""
        return json.dumps(
            {
                "messages": [{"role": one.role, "content": one.content} for one in self.messages],
                "source": self.source,
                "language": self.language,
                "group": self.group,
                "made_by": self.made_by,
                "evidence": list(self.evidence),
                "refusal": self.refusal,
            },
            ensure_ascii=False,
            sort_keys=True,
        )


def examples_read(path: Path) -> Iterator[Example]:
    """The examples of a file, in order; raises ConfigInvalid naming the first line that is none, and why."""
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _example(f"{path}:{number}", line)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"{path}: the examples cannot be read ({error})") from error


def _example(place: str, line: str) -> Example:
    try:
        raw = json.loads(line)
    except ValueError as error:
        raise ConfigInvalid(f"{place}: is not JSON ({error})") from error
    if not isinstance(raw, dict):
        raise ConfigInvalid(f"{place}: is not a JSON object")
    if missing := sorted(_REQUIRED - set(raw)):
        raise ConfigInvalid(f"{place}: missing keys: {', '.join(missing)}")
    if unknown := sorted(set(raw) - _KNOWN):
        raise ConfigInvalid(f"{place}: unknown keys: {', '.join(unknown)}")
    example = Example(
        messages=_messages(place, raw["messages"]),
        source=_text(place, raw, "source"),
        language=_text(place, raw, "language"),
        group=_text(place, raw, "group"),
        made_by=_text(place, raw, "made_by") or "recorded",
        evidence=_texts(place, raw.get("evidence", [])),
        refusal=_flag(place, raw.get("refusal", False)),
    )
    _check(place, example)
    return example


def _check(place: str, example: Example) -> None:
    if not example.source:
        raise ConfigInvalid(f"{place}: source is empty; it names the document that the example was made from")
    if example.made_by not in MADE_BY:
        raise ConfigInvalid(f"{place}: made_by must be one of {', '.join(MADE_BY)}, not {example.made_by!r}")
    if example.messages[-1].role != "assistant" or not example.asked:
        raise ConfigInvalid(f"{place}: its messages must hold a user's and end with the assistant's")
    for passage in example.evidence:
        if not passage or passage not in example.asked:
            raise ConfigInvalid(f"{place}: a passage of its evidence does not stand in the user's messages")


def _messages(place: str, raw: object) -> tuple[Message, ...]:
    if not isinstance(raw, list) or not raw:
        raise ConfigInvalid(f"{place}: messages must be a list that is not empty")
    found = []
    for one in raw:
        if not isinstance(one, dict) or set(one) != {"role", "content"}:
            raise ConfigInvalid(f"{place}: a message must have a role and a content, and nothing else")
        if one["role"] not in ROLES or not isinstance(one["content"], str):
            raise ConfigInvalid(
                f"{place}: a message's role must be one of {', '.join(ROLES)}, its content text"
            )
        found.append(Message(one["role"], one["content"]))
    return tuple(found)


def _text(place: str, raw: Mapping[str, Any], name: str) -> str:
    value = raw.get(name, "")
    if not isinstance(value, str):
        raise ConfigInvalid(f"{place}: {name} must be text")
    return value


def _texts(place: str, raw: object) -> tuple[str, ...]:
    if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
        raise ConfigInvalid(f"{place}: evidence must be a list of passages")
    return tuple(raw)


def _flag(place: str, raw: object) -> bool:
    if not isinstance(raw, bool):
        raise ConfigInvalid(f"{place}: refusal must be true or false")
    return raw
