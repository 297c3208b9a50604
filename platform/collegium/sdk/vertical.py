"""The contract of a vertical: what it declares, and what the platform calls."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from collegium.sdk.answering import AnswerSteps, Prompt, Query, Question
from collegium.sdk.asker import Asker
from collegium.sdk.parsing import ParsedDocument
from collegium.sdk.passages import Mark, PassageFilter, Passages

if TYPE_CHECKING:
    from collegium.sdk.tuning import Recipe

Text = Mapping[str, str]  # language (en, zh) -> text


@dataclass(frozen=True, slots=True)
class MetadataField:
    """A field that documents carry: recognised when they are read, stated at upload, usable as a search
    filter.

    `describes`: its value says in words what a document is, so each of its passages is searched under it.
    """

    name: str
    label: Text
    kind: str = "text"  # text | date | number | choice
    choices: tuple[str, ...] = ()
    filterable: bool = True
    describes: bool = True


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a vertical at /v/<slug>/<path>. `view` takes (request, asker) and what the path captures,
    and returns a Django response.

    `name`: what its address is reversed by, `vertical-<slug>-<name>`; without one it is made of the path.
    """

    path: str
    label: Text
    view: str  # dotted path, imported at start
    scope: str = "read"
    navigation: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """A route of a vertical at /api/v1/<slug>/<path>; `view` is the dotted path of a DRF view class."""

    path: str
    view: str


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check says of a piece of generated text.

    `dropped` and `blocked` remove it, `rewritten` puts `text` in its place, `disclosed` adds `text` to the
    answer, `noted` is on record only. `rule` and `citation` name the rule and the law that it stands on.
    `whole`: it holds for all generated text of the answer alike, and is recorded once.
    """

    check: str
    action: str  # dropped | noted | blocked | rewritten | disclosed
    message: str
    excerpt: str = ""
    rule: str = ""
    citation: str = ""
    text: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Suite:
    """An evaluation suite. `run` takes the data folder (None: the vertical's own sample) and returns
    figures.
    """

    name: str  # without the vertical's slug: `retrieval` is run as `retrieval` or `finance.retrieval`
    description: str
    run: Callable[[Path | None], "SuiteResult"]
    data_sets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SuiteResult:
    metrics: dict[str, float]
    details: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class SampleDocument:
    path: Path
    title: str
    metadata: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sample:
    """Documents that a new installation loads, with first questions that they answer, by language."""

    knowledge_base: str
    documents: tuple[SampleDocument, ...]
    questions: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class IndexedVersion:
    """What `indexed` is told about: a version that search can now see.

    `metadata` is what was recognised, under what people stated; `data` is what the vertical's parser left in
    ParsedDocument.data, unchecked.
    """

    document: UUID
    version: UUID
    knowledge_base: UUID
    workspace: UUID
    metadata: dict[str, Any]
    language: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


class Vertical:
    """A field of expertise. Subclass it, name it in the application's configuration, override what
    differs.

    `source_page`: the name of the page that shows what a computation was read from, by the id that its
    inputs give as `source`. `context_template`: a template part with fields for the form that asks, which
    `context_form` reads.
    """

    slug: str
    name: Text
    description: Text = {}
    version: str = "1.0"
    sdk: str = ">=1,<2"  # PEP 440 range of collegium.sdk.SDK_VERSION
    parsers: tuple[str, ...] = ()  # dotted paths, asked before the platform's own
    metadata_fields: tuple[MetadataField, ...] = ()
    passage_filters: tuple[PassageFilter, ...] = ()
    pages: tuple[Page, ...] = ()
    source_page: str = ""
    context_template: str = ""
    api_routes: tuple[ApiRoute, ...] = ()
    suites: tuple[Suite, ...] = ()
    recipes: "tuple[Recipe, ...]" = ()
    sample: Sample | None = None

    def recognise(self, parsed: ParsedDocument, file_name: str) -> dict[str, Any]:
        """Return the metadata that the document's own text states; nothing that is merely likely."""
        return {}

    def understand(self, question: Question) -> Query:
        """Turn a question into a search; the default searches its words, with those of the turn before."""
        from collegium.sdk.evidence import default_query

        return default_query(self, question)

    def context_form(self, posted: Mapping[str, str], files: Mapping[str, Any]) -> dict[str, Any]:
        """What the fields of `context_template` state beside a question; empty where it is nothing.

        It is checked by context_check, as what the API is given. Raises Invalid.
        """
        return {}

    def context_check(self, given: Mapping[str, Any]) -> None:
        """Refuse what is stated beside a question, such as a patient, where it cannot be read. The default
        reads nothing. Raises Invalid.
        """
        from collegium.sdk.errors import Invalid

        raise Invalid(
            _("The vertical '%(vertical)s' reads no context beside a question; leave it out.")
            % {"vertical": self.slug},
            code="no_context",
        )

    def passages(self, asker: Asker, given: Mapping[str, tuple[str, ...]]) -> Passages:
        """The passages that fit what is given for the vertical's own filters: name -> values, any of which
        fits. Raises Invalid for a value that means nothing.
        """
        raise NotImplementedError(f"'{self.slug}' declares filters of passages and does not answer them")

    def marks(self, asker: Asker, text: str, language: str) -> Sequence[Mark]:
        """What pages mark in a question or a quoted passage that they show, in order and apart; `language` is
        that of the names. The default marks nothing.
        """
        return ()

    def prompt(self, question: Question) -> Prompt:
        """How the model is to rephrase the quoted evidence."""
        from collegium.sdk.evidence import default_prompt

        return default_prompt(question)

    def warn(self, steps: AnswerSteps) -> None:
        """Write what must stand before any answer, even where there is nothing to answer from."""

    def answer(self, steps: AnswerSteps) -> None:
        """Answer the question by the given steps; the default quotes evidence and then rephrases it."""
        from collegium.sdk.evidence import evidence_first

        evidence_first(self, steps)

    def check(self, text: str, question: Question) -> list[Finding]:
        """Look at a sentence of generated text; the actions of the findings say what becomes of it."""
        return []

    def installed(self) -> None:
        """Called in the background at each start, when the database is up to date: bring in what the vertical
        keeps for the whole installation, such as an open vocabulary. It returns at once where that is there.
        """

    def indexed(self, version: IndexedVersion) -> None:
        """Called in the transaction that makes a version searchable, in place of the one before it."""

    def removed(self, document: UUID) -> None:
        """Called in the transaction that deletes a document."""

    def kept(self) -> Mapping[str, int]:
        """How much the vertical keeps that belongs to no document, by its noun: what `purged` will remove."""
        return {}

    def purged(self) -> None:
        """Called in the transaction that removes all data of the vertical, when its documents are gone."""
