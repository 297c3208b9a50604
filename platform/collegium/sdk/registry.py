"""The verticals that are loaded, the same in web and worker, and why others are not."""

from functools import cache

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from collegium.errors import NotFound
from collegium.sdk import SDK_VERSION
from collegium.sdk.apps import VerticalConfig
from collegium.sdk.vertical import Vertical


@cache
def _load() -> tuple[dict[str, Vertical], dict[str, str]]:
    import traceback

    loaded: dict[str, Vertical] = {}
    broken: dict[str, str] = dict(settings.VERTICALS_BROKEN)
    for config in apps.get_app_configs():
        if not isinstance(config, VerticalConfig):
            continue
        try:
            vertical = import_string(config.vertical)()
            fits = SDK_VERSION in SpecifierSet(vertical.sdk)
        except InvalidSpecifier as problem:
            broken[config.label] = f"Its SDK range cannot be read: {problem}"
            continue
        except Exception:  # shown by `manage.py verticals check` and the admin; the site goes on without it
            broken[config.label] = traceback.format_exc()
            continue
        if not fits:
            broken[vertical.slug] = f"It needs SDK {vertical.sdk}; this is {SDK_VERSION}."
        elif vertical.slug in loaded:
            broken[config.label] = f"Another vertical calls itself '{vertical.slug}' already."
        else:
            loaded[vertical.slug] = vertical
    return loaded, broken


def loaded_verticals() -> dict[str, Vertical]:
    """Slug -> vertical, for all that could be loaded."""
    return _load()[0]


def broken_verticals() -> dict[str, str]:
    """Slug -> why, for all that could not."""
    return _load()[1]


def vertical_get(slug: str) -> Vertical:
    """The vertical of that slug; NotFound names those that there are."""
    verticals = loaded_verticals()
    if slug not in verticals:
        raise NotFound(
            _("There is no vertical '%(slug)s'; there are %(known)s.")
            % {"slug": slug, "known": ", ".join(sorted(verticals)) or _("none")},
            code="unknown_vertical",
        )
    return verticals[slug]
