"""The verticals that a person may use, and their pages in the navigation."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse

from collegium.accounts.asker import Asker
from collegium.accounts.selectors import vertical_slugs
from collegium.sdk.pages import page_url_name, vertical_pages
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
    links: dict[str, list[Link]] = {}
    names = {}
    for vertical, page in vertical_pages(asker):
        try:
            href = reverse(page_url_name(vertical.slug, page))
        except NoReverseMatch:
            continue  # its view could not be imported, or its path asks for an id: it is no place to start at
        names[vertical.slug] = in_language(vertical.name, language)
        links.setdefault(vertical.slug, []).append(Link(in_language(page.label, language), href))
    return [VerticalLinks(slug, names[slug], tuple(pages)) for slug, pages in links.items()]
