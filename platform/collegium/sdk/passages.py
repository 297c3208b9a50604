"""What a vertical knows of passages beside their words: filters over its own tables, and marks in texts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class PassageFilter:
    """A filter of searches that a vertical answers from its own tables, by the name under `filters`.

    `choices`: value -> language -> text; without them any text may be given, and `hint` says which. All texts
    are by language (en, zh).
    """

    name: str
    label: Mapping[str, str]
    hint: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passages:
    """Passages as a query over a vertical's own tables that selects their `chunk_id` and `version_id`.

    It need not ask who may see them: search joins it with what the asker may see.
    """

    sql: str
    params: tuple[Any, ...] = ()


def passages_of(versions: Collection[UUID]) -> Passages:
    """All passages of some versions."""
    ids = ",".join(sorted(str(one) for one in versions))
    return Passages(
        "SELECT chunk.id AS chunk_id, chunk.version_id FROM knowledge_chunk AS chunk"
        " WHERE chunk.version_id = ANY(%s::uuid[])",
        (f"{{{ids}}}",),
    )


def passages_in_all(parts: Sequence[Passages]) -> Passages:
    """The passages that each of the parts holds; at least one part is given."""
    sql = " INTERSECT ".join(f"SELECT chunk_id, version_id FROM ({one.sql}) AS part" for one in parts)
    return Passages(sql, tuple(value for one in parts for value in one.params))


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as it is stored; `chunk` is its id."""

    chunk: int
    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands at [start, end) of a shown text: its name, a short label of how it is meant (empty where
    that is plain), what style it has (a word of the vertical's), and the page that tells of it.
    """

    start: int
    end: int
    name: str
    label: str = ""
    style: str = ""
    href: str = ""


def version_passages(version: UUID) -> Iterator[Passage]:
    """The passages of a version in reading order, whoever asks: for the hook `indexed` and the like."""
    from collegium.knowledge.models import Chunk

    rows = Chunk.objects.filter(version_id=version).order_by("ordinal").values_list("pk", "text")
    for chunk, text in rows.iterator():
        yield Passage(chunk, text)


def versions_searchable(vertical: str, workspace: UUID | None = None) -> list[tuple[UUID, UUID]]:
    """Workspace and version of each document that search reads, of a vertical in one workspace or in all,
    whoever asks: for what is computed anew of all of them.
    """
    from collegium.knowledge.models import Document

    rows = Document.objects.filter(knowledge_base__vertical=vertical).exclude(current=None)
    if workspace is not None:
        rows = rows.filter(workspace_id=workspace)
    return list(rows.order_by("pk").values_list("workspace_id", "current_id"))
