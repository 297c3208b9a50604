"""System checks: a vertical that could not be loaded is a warning, so that the site starts without it."""

from typing import Any

from django.core.checks import CheckMessage, Warning, register

from collegium.sdk.registry import broken_verticals, loaded_verticals


@register("verticals")
def verticals_check(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """One warning for each vertical that is not loaded, and for each page of one that cannot be imported."""
    from collegium.sdk.pages import view_problems

    messages: list[CheckMessage] = [
        Warning(
            f"The vertical '{slug}' could not be loaded: {why.strip().splitlines()[-1]}",
            hint="`manage.py verticals check` shows the whole traceback.",
            id="collegium.W001",
        )
        for slug, why in broken_verticals().items()
    ]
    for slug, vertical in loaded_verticals().items():
        messages += [
            Warning(f"A view of the vertical '{slug}' cannot be imported: {problem}", id="collegium.W002")
            for problem in view_problems(vertical)
        ]
    return messages
