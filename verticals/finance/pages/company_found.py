"""The company that a page is about, as far as the asker may see anything of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from collegium.sdk.asker import Asker
from collegium.sdk.errors import NotFound
from verticals.finance.answering.companies import Company, companies_read
from verticals.finance.answering.reach import companies_visible
from verticals.finance.facts.filings import Entity, StoredFiling, filings_list
from verticals.finance.metrics.catalogue import catalogue
from verticals.finance.metrics.stored_facts import StoredFacts
from verticals.finance.pages.addresses import address
from verticals.finance.questions.query import TypedQuery

TABS = ("company", "statements", "filings", "restatements")


def company_get(asker: Asker, key: str) -> Entity:
    """The company of a key. Raises NotFound where the asker may see no filing of it."""
    found = companies_visible(asker).by_key.get(key)
    if found is None:
        raise NotFound(
            _("No filing of such a company is shared with you. The list of companies shows those that are.")
        )
    return found


def company_of_filing(asker: Asker, filing: int) -> Entity:
    """The company that made a filing. Raises NotFound where the asker may not see it."""
    for entity in companies_visible(asker).by_key.values():
        if filing in entity.filings:
            return entity
    raise NotFound(_("There is no such figure, or its document is not shared with you."))


def company_filings(asker: Asker, entity: Entity) -> list[StoredFiling]:
    """The company's filings, the latest first."""
    return filings_list(asker, filings=entity.filings)


def companies_computed(
    asker: Asker, entities: Mapping[str, Entity], metrics: Iterable[str], language: str
) -> list[Company]:
    """Companies with what these metrics may need, read together; in the order given."""
    source = StoredFacts(asker, entities)
    query = TypedQuery(text="", language=language, entities=tuple(entities), metrics=tuple(metrics))
    return companies_read(tuple(entities), query, source, catalogue())


def company_known(entity: Entity, tab: str) -> dict[str, Any]:
    """What the head of a company's pages shows; `tab`: which of them is open."""
    names = (_("Figures"), _("Statements"), _("Filings"), _("Restatements"))
    return {
        "entity": entity,
        "other_names": [name for name in entity.names if name != entity.name],
        "tabs": [
            {"label": label, "href": address(name, entity.key), "open": name == tab}
            for name, label in zip(TABS, names, strict=True)
        ],
        "compare_href": address("compare", company=entity.key),
        "section": "finance",
    }


def keys_asked(given: Sequence[str], known: Mapping[str, Entity], most: int) -> list[str]:
    """The keys among those given that are known, each once."""
    return [key for key in dict.fromkeys(given) if key in known][:most]
