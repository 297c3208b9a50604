"""The verticals that a person may use, and their pages in the navigation."""

from collections.abc import Mapping
from dataclasses import dataclass

from collegium.accounts.asker import Asker
from collegium.accounts.selectors import vertical_slugs
from collegium.sdk.registry import loaded_verticals
from collegium.sdk.vertical import Vertical


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class VerticalLinks:
    slug: str
    label: str
    pages: tuple[Link, ...]


def in_language(text: Mapping[str, str], language: str) -> str:
    """A vertical's text in the page's language, else in English, else in whatever there is."""
    key = "zh" if language.startswith("zh") else "en"
    return text.get(key) or text.get("en") or next(iter(text.values()), "")


def usable_verticals(asker: Asker) -> list[Vertical]:
    """The loaded verticals that are enabled in the asker's workspace."""
    loaded = loaded_verticals()
    return [loaded[slug] for slug in vertical_slugs(asker) if slug in loaded]


def vertical_links(asker: Asker, language: str) -> list[VerticalLinks]:
    """The navigation entries of the usable verticals that have pages."""
    links = []
    for vertical in usable_verticals(asker):
        pages = tuple(
            Link(in_language(page.label, language), f"/v/{vertical.slug}/{page.path}")
            for page in vertical.pages
            if page.navigation and asker.may(page.scope)
        )
        if pages:
            links.append(VerticalLinks(vertical.slug, in_language(vertical.name, language), pages))
    return links
