"""Companies and their facts over HTTP: `GET /api/v1/finance/entities` and `/facts`."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from collegium.sdk.api import PAGE_PARAMETERS, ApiView, keyed_page
from collegium.sdk.asker import Asker
from collegium.sdk.documents import knowledge_bases_check
from collegium.sdk.errors import Invalid, NotFound
from verticals.finance.api.serializers import EntitiesQuery, EntityPage, FactPage, FactsQuery
from verticals.finance.facts.figures import figure_text
from verticals.finance.facts.filings import Entity, entities_find, entities_list
from verticals.finance.facts.query import FactQuery
from verticals.finance.facts.selectors import StoredFact, facts_find


class EntityList(ApiView):
    required_scope = "read"

    @extend_schema(
        operation_id="finance_entities", parameters=[EntitiesQuery, *PAGE_PARAMETERS], responses=EntityPage
    )
    def get(self, request: Request) -> Response:
        """The companies whose filings the key may see, by name."""
        given = self.read_query(EntitiesQuery)
        bases = _bases(self.asker, given)
        found = entities_list(self.asker, knowledge_bases=bases)

        def after(last: Any, limit: int) -> Sequence[Entity]:
            return [one for one in found if last is None or _order(one) > last][:limit]

        return Response(keyed_page(request, after, entity_data, key=_order))


def _order(entity: Entity) -> list[str]:
    return [entity.name.casefold(), entity.key]


def entity_data(entity: Entity) -> dict[str, Any]:
    return {
        "key": entity.key,
        "identifier": entity.identifier,
        "name": entity.name,
        "names": list(entity.names),
        "ticker": entity.ticker,
        "gaap": entity.gaap,
        "currency": entity.currency,
        "fiscal_year_end": entity.fiscal_year_end,
        "filings": len(entity.filings),
        "first": entity.first,
        "last": entity.last,
    }


class FactList(ApiView):
    required_scope = "read"

    @extend_schema(
        operation_id="finance_facts", parameters=[FactsQuery, *PAGE_PARAMETERS], responses=FactPage
    )
    def get(self, request: Request) -> Response:
        """The facts that the key may see. Of a figure that several filings state, the latest one's counts."""
        query = facts_query(self.asker, self.read_query(FactsQuery))

        def after(last: Any, limit: int) -> Sequence[StoredFact]:
            if last is not None and not isinstance(last, int):
                raise TypeError("no id")
            return facts_find(self.asker, query, after=last or 0, limit=limit)

        return Response(keyed_page(request, after, fact_data, key=lambda fact: fact.id))


def _bases(asker: Asker, given: dict[str, Any]) -> tuple[UUID, ...]:
    return knowledge_bases_check(asker, [given["knowledge_base"]] if given["knowledge_base"] else [])


def facts_query(asker: Asker, given: dict[str, Any]) -> FactQuery:
    """What is asked for. Raises NotFound for an unknown base or company, Invalid for an ambiguous company."""
    bases = _bases(asker, given)
    return FactQuery(
        knowledge_bases=bases,
        filings=entity_get(asker, given["entity"], bases).filings if given["entity"] else (),
        concepts=(given["concept"],) if given["concept"] else (),
        start=given["start"],
        end=given["end"],
        dims=() if given["dims"] == "none" else None,
        units=(given["unit"],) if given["unit"] else (),
        as_of=given["as_of"],
        history=given["history"],
        duplicates=given["duplicates"],
    )


def entity_get(asker: Asker, text: str, knowledge_bases: Sequence[UUID]) -> Entity:
    """The company of that identifier, name or ticker. Raises NotFound, or Invalid where several are meant."""
    found = entities_find(asker, text, knowledge_bases=knowledge_bases)
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotFound(
            f"There are no filings of '{text}'; /api/v1/finance/entities lists the companies.",
            code="unknown_entity",
        )
    named = "; ".join(f"{one.name} ({one.key})" for one in found[:10])
    raise Invalid(
        f"Several companies are called '{text}': {named}. Ask by the key in parentheses.",
        code="ambiguous_entity",
    )


def fact_data(stored: StoredFact) -> dict[str, Any]:
    fact = stored.fact
    return {
        "id": stored.id,
        "entity": stored.entity,
        "identifier": stored.identifier,
        "concept": fact.concept,
        "value": None if fact.value is None else figure_text(fact.value),
        "unit": fact.unit,
        "decimals": fact.decimals,
        "start": fact.period.start,
        "end": fact.period.end,
        "dims": dict(fact.dims),
        "document": stored.document,
        "version": stored.version,
        "filing": {"id": stored.filing, "form": stored.form, "known_on": stored.known_on},
        "locator": fact.locator,
        "footnotes": list(fact.footnotes),
        "duplicate": fact.is_duplicate,
    }
