"""What every vertical must keep, as tests that its author runs: subclass VerticalContract and name the slug.

from collegium.sdk.testing import VerticalContract

class TestMine(VerticalContract):
    slug = "mine"
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from django.utils.module_loading import import_string

from collegium.accounts.asker import ROLE_SCOPES, Asker
from collegium.accounts.models import Workspace
from collegium.accounts.services import workspace_create
from collegium.sdk.answering import EXHIBITS, Input, Prompt, Query, Question, Quote, TextPlace
from collegium.sdk.parsing import Block, ParsedDocument
from collegium.sdk.registry import vertical_get
from collegium.sdk.retrieval import Hit, SearchRequest
from collegium.sdk.vertical import Vertical

KINDS = {"text", "date", "number", "choice"}
ACTIONS = {"dropped", "noted", "blocked", "rewritten", "disclosed"}
ODD_TEXTS = (
    "",
    " ",
    "\n" * 50,
    "年" * 2000,
    "a" * 100_000,
    "{{ }} %s {0} \\",
    "\u202e\ufeff\u0007",
    "FY20 Q9 31/31/31",
)
PASSAGE = "The share of returned goods fell to 3.4% in 2024 because packaging was improved."


@dataclass
class StepsDouble:
    """Answer steps without a platform: search gives `hits`, and what the vertical does is kept."""

    question: Question
    hits: Sequence[Hit] = ()
    searches: list[SearchRequest] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    blocks: list[tuple[str, str]] = field(default_factory=list)
    rephrased: list[tuple[Prompt, Sequence[Quote]]] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    findings: list[tuple[str, str]] = field(default_factory=list)
    queries: list[Query] = field(default_factory=list)

    def understood(self, query: Query) -> None:
        self.queries.append(query)

    def retrieve(self, request: SearchRequest) -> list[Hit]:
        self.searches.append(request)
        return list(self.hits)

    def quote(self, hit: Hit, start: int, end: int) -> Quote:
        assert hit in self.hits, "it cites a passage that was not retrieved"
        assert 0 <= start < end <= len(hit.text), "it cites characters that the passage does not have"
        quote = Quote(len(self.quotes) + 1, hit.text[start:end], hit)
        self.quotes.append(quote)
        return quote

    def write(self, text: str, *, kind: str = "evidence") -> None:
        self.blocks.append((kind, text))

    def cite(self, places: Sequence[TextPlace]) -> list[Quote | None]:
        return [None for _place in places]

    def interpret(self, lines: Sequence[str]) -> None:
        self.write("\n".join(lines), kind="interpretation")

    def rests_on(self, documents: Iterable[UUID]) -> None:
        assert all(isinstance(one, UUID) for one in documents)

    def exhibit(self, kind: str, data: Mapping[str, Any]) -> None:
        assert kind in EXHIBITS and data

    def compute(
        self,
        *,
        name: str,
        formula: str,
        inputs: Sequence[Input],
        value: str,
        unit: str = "",
        about: Mapping[str, Any] | None = None,
    ) -> int:
        assert name and value
        return 1

    def rephrase(self, prompt: Prompt, quotes: Sequence[Quote]) -> None:
        assert all(quote in self.quotes for quote in quotes), "the model is shown what was not quoted"
        self.rephrased.append((prompt, quotes))

    def find(self, *, check: str, action: str, message: str, **more: str) -> None:
        assert action in ACTIONS
        self.findings.append((check, action))

    def refuse(self, *, code: str, detail: str) -> None:
        self.refusals.append(code)
        self.blocks.append(("refusal", detail))


class VerticalContract:
    """Tests that hold for every vertical; they need a database and, for none of them, a server more."""

    slug = ""
    good_text = "The documents describe this."  # generated text that the vertical's checks leave alone
    bad_text = ""  # generated text that they must remove; empty: the vertical has no checks
    recipe_texts: Sequence[str] = (PASSAGE,)  # passages of a document that its recipes make examples of
    recipe_metadata: Mapping[str, Mapping[str, Any]] = {}  # of that document, by the recipe's name

    @pytest.fixture
    def vertical(self) -> Vertical:
        return vertical_get(self.slug)

    @pytest.fixture
    def place(self, db: None) -> Workspace:
        return workspace_create(slug="contract", name="Contract", verticals=[self.slug])

    @pytest.fixture
    def asker(self, place: Workspace) -> Asker:
        return Asker(workspace_id=place.pk, role="admin", scopes=ROLE_SCOPES["admin"])

    def question(self, asker: Asker, text: str, language: str = "en") -> Question:
        return Question(text=text, language=language, asker=asker)

    def hit(self) -> Hit:
        return Hit(
            chunk=1, document=uuid.uuid4(), version=uuid.uuid4(), knowledge_base=uuid.uuid4(),
            title="Returns", text=PASSAGE, kind="text", section=("Returns",),
            locator={"kind": "page", "page": 1}, page=1,
            boxes=(),
            lines=(), metadata={}, language="en", score=0.9, similarity=0.8, lexical=0.9,
        )  # fmt: skip

    def test_it_names_itself_in_both_languages(self, vertical: Vertical) -> None:
        assert vertical.slug == self.slug
        assert vertical.slug.replace("-", "").replace("_", "").isalnum()
        assert vertical.name.get("en") and vertical.name.get("zh")
        assert vertical.version

    def test_its_metadata_fields_are_sound(self, vertical: Vertical) -> None:
        names = [one.name for one in vertical.metadata_fields]
        assert len(names) == len(set(names))
        for one in vertical.metadata_fields:
            assert one.name.isidentifier() and one.kind in KINDS
            assert one.label.get("en") and one.label.get("zh")
            assert bool(one.choices) == (one.kind == "choice")

    def test_its_filters_of_passages_are_sound(self, vertical: Vertical) -> None:
        names = [one.name for one in vertical.passage_filters]
        assert len(names) == len(set(names))
        assert not set(names) & {one.name for one in vertical.metadata_fields}
        for one in vertical.passage_filters:
            assert one.name.isidentifier() and one.label.get("en") and one.label.get("zh")
            assert all(text.get("en") and text.get("zh") for text in one.choices.values())

    @pytest.mark.parametrize("text", ODD_TEXTS)
    def test_what_it_marks_lies_in_the_text_in_order(
        self, vertical: Vertical, asker: Asker, text: str
    ) -> None:
        at = 0
        for mark in vertical.marks(asker, text, "en"):
            assert at <= mark.start < mark.end <= len(text) and mark.name
            at = mark.end

    @pytest.mark.parametrize("text", ODD_TEXTS)
    def test_it_recognises_without_failing_at_odd_input(self, vertical: Vertical, text: str) -> None:
        for blocks in (
            (),
            (Block("heading", text, page=1, level=1), Block("text", text), Block("table", text)),
        ):
            parsed = ParsedDocument(parser="test/1", blocks=tuple(blocks), title=text)
            for name in ("", "x", "..pdf", text[:200]):
                found = vertical.recognise(parsed, name)
                assert set(found) <= {one.name for one in vertical.metadata_fields}

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_it_asks_the_model_in_both_languages(
        self, vertical: Vertical, asker: Asker, language: str
    ) -> None:
        prompt = vertical.prompt(self.question(asker, "Why?", language))
        assert prompt.version and prompt.system and prompt.instruction
        assert 0 < prompt.max_tokens <= 1024
        chinese = any("\u4e00" <= char <= "\u9fff" for char in prompt.instruction)
        assert chinese == (language == "zh")

    def test_its_parsers_pages_and_routes_can_be_imported(self, vertical: Vertical) -> None:
        for dotted in vertical.parsers:
            parser = import_string(dotted)()
            assert parser.name and parser.media_types
        for page in vertical.pages:
            assert callable(import_string(page.view))
            assert page.label.get("en") and page.label.get("zh")
            assert not page.path.startswith("/") and page.scope
        for route in vertical.api_routes:
            assert import_string(route.view) is not None and not route.path.startswith("/")

    def test_its_recipes_name_themselves_and_suites_that_there_are(self, vertical: Vertical) -> None:
        names = [recipe.name for recipe in vertical.recipes]
        assert len(names) == len(set(names))
        suites = {suite.name for suite in vertical.suites}
        for recipe in vertical.recipes:
            assert recipe.label.get("en") and recipe.label.get("zh")
            assert recipe.description.get("en") and recipe.description.get("zh")
            assert set(recipe.suites) <= suites, f"{recipe.name} names a suite that there is not"

    def test_its_recipes_export_what_the_asker_sees_and_the_same_each_time(
        self, vertical: Vertical, place: Workspace, asker: Asker
    ) -> None:
        from collegium.sdk.tuning import Export

        for recipe in vertical.recipes:
            base = self._base(place, recipe.name)
            document = self._document(base, "Ward notes", self.recipe_texts)
            self._document(base, "Closed notes", self.recipe_texts, access="restricted")
            export = Export(asker, (base.pk,))
            examples = list(recipe.export(export))
            assert examples, f"{recipe.name} makes nothing of the contract's texts"
            assert {one.source for one in examples} <= {str(document.pk), *recipe.imports}
            assert list(recipe.export(export)) == examples
            grouped = recipe.private and (recipe.privacy or {}).get("unit") == "group"
            assert not grouped or all(one.group for one in examples), "an example of nobody's group"

    def test_its_recipes_give_an_outsider_nothing(self, vertical: Vertical, place: Workspace) -> None:
        from collegium.sdk.tuning import Export

        elsewhere = workspace_create(slug="contract-recipes", name="Elsewhere", verticals=[self.slug])
        outsider = Asker(workspace_id=elsewhere.pk, role="admin", scopes=ROLE_SCOPES["admin"])
        for recipe in vertical.recipes:
            base = self._base(place, recipe.name)
            self._document(base, "Ward notes", self.recipe_texts)
            examples = recipe.export(Export(outsider, (base.pk,)))
            assert {one.source for one in examples} <= set(recipe.imports)

    def _base(self, place: Workspace, name: str) -> Any:
        from collegium.knowledge.models import KnowledgeBase

        return KnowledgeBase.objects.create(workspace=place, vertical=self.slug, name=name)

    def _document(self, base: Any, title: str, texts: Sequence[str], access: str = "workspace") -> Any:
        """A document that is ready, without what search needs."""
        from collegium.knowledge.models import Chunk, Document, DocumentVersion, VersionState

        document = Document.objects.create(
            workspace=base.workspace, knowledge_base=base, title=title, access=access
        )
        version = DocumentVersion.objects.create(
            document=document,
            knowledge_base=base,
            number=1,
            content_hash=document.pk.hex * 2,
            state=VersionState.READY,
            metadata=dict(self.recipe_metadata.get(base.name, {})),
            language="en",
        )
        Chunk.objects.bulk_create(
            Chunk(version=version, ordinal=number, text=text, locator={"kind": "page", "page": 1})
            for number, text in enumerate(texts)
        )
        Document.objects.filter(pk=document.pk).update(current=version)
        return document

    def test_its_sample_is_there_and_has_questions_in_both_languages(self, vertical: Vertical) -> None:
        if vertical.sample is None:
            pytest.skip("it brings no sample")
        for document in vertical.sample.documents:
            assert document.path.is_file() and document.path.stat().st_size > 0, document.path
            assert document.path.stat().st_size < 400_000, document.path
        assert vertical.sample.questions.get("en") and vertical.sample.questions.get("zh")

    def test_its_checks_let_good_text_pass_and_remove_bad_text(
        self, vertical: Vertical, asker: Asker
    ) -> None:
        question = self.question(asker, "What do the documents say?")
        good = vertical.check(self.good_text, question)
        assert not [one for one in good if one.action in {"dropped", "blocked"}]
        if self.bad_text:
            bad = vertical.check(self.bad_text, question)
            assert [one for one in bad if one.action in {"dropped", "blocked"}]
            assert all(one.check and one.message and one.action in ACTIONS for one in bad)

    def test_it_refuses_where_nothing_was_found(self, vertical: Vertical, asker: Asker) -> None:
        steps = StepsDouble(self.question(asker, "Why did the share of returned goods fall?"))
        vertical.answer(steps)
        assert steps.refusals and not steps.quotes and not steps.rephrased
        assert steps.searches and steps.queries

    def test_it_cites_only_what_was_retrieved_and_marks_each_quotation(
        self, vertical: Vertical, asker: Asker
    ) -> None:
        steps = StepsDouble(self.question(asker, "Why did the share of returned goods fall?"), [self.hit()])
        vertical.answer(steps)
        assert steps.quotes and not steps.refusals
        written = "\n".join(text for _, text in steps.blocks)
        for quote in steps.quotes:
            assert f"[{quote.number}]" in written and quote.text in PASSAGE

    def test_its_search_stays_in_the_question(self, vertical: Vertical, asker: Asker) -> None:
        base = uuid.uuid4()
        question = Question(text="Why did it fall?", language="en", asker=asker, knowledge_bases=(base,))
        query = vertical.understand(question)
        assert set(query.search.knowledge_bases) <= {base}
        assert query.search.text.strip() and 1 <= query.search.limit <= 100

    def test_an_answer_over_an_empty_knowledge_base_is_a_refusal(
        self, vertical: Vertical, asker: Asker
    ) -> None:
        answer = self._ask(asker)
        assert answer["refused"] and not answer["citations"] and answer["text"]

    def test_an_outsider_gets_nothing_of_an_answer(self, vertical: Vertical, asker: Asker) -> None:
        from collegium.answers.selectors import answer_get
        from collegium.errors import NotFound

        answer = self._ask(asker)
        elsewhere = workspace_create(slug="contract-elsewhere", name="Elsewhere", verticals=[self.slug])
        outsider = Asker(workspace_id=elsewhere.pk, role="admin", scopes=ROLE_SCOPES["admin"])
        with pytest.raises(NotFound):
            answer_get(outsider, answer["id"])

    def _ask(self, asker: Asker) -> dict[str, Any]:
        from collegium.answers.selectors import answer_data
        from collegium.answers.services import ask

        answer = ask(asker=asker, vertical=self.slug, question="Why did the share of returned goods fall?")
        return answer_data(asker, answer)
