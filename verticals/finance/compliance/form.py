"""The form by which an administrator writes a rule: a condition for each language, and one citation."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from verticals.finance.compliance.contexts import context_titles
from verticals.finance.compliance.rule import LANGUAGES, Action

ACTIONS = {
    Action.BLOCK: _("Leave the sentence out"),
    Action.REWRITE: _("Replace the sentence by the text"),
    Action.DISCLOSE: _("Add the text to the answer"),
    Action.LOG: _("Note it only"),
}
NAMES = {"en": _("English"), "zh": _("Chinese")}
TEXTS = {"title": _("Title"), "forbids": _("What it forbids"), "text": _("Text that is shown")}
LINES = {
    "find": _("Patterns, one a line: any of them is found"),
    "needs": _("Must also be in the sentence, one a line"),
    "unless": _("Must not be in the sentence, one a line"),
    "bad": _("Sentences that it must find, one a line"),
    "good": _("Sentences that it must leave alone, one a line"),
}
LINES_MAX_CHARS = 20_000


class RuleForm(forms.Form):
    """`definition` is what compliance.reading reads; fields of a language are named find_en and so on."""

    code = forms.CharField(label=_("Name (small letters and hyphens)"), max_length=60)
    regulation = forms.CharField(label=_("Regulation"), max_length=200)
    clause = forms.CharField(label=_("Clause"), max_length=100, required=False)
    action = forms.ChoiceField(label=_("What is done"), choices=list(ACTIONS.items()))
    contexts = forms.MultipleChoiceField(label=_("Leave alone where it is"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        spoken = "zh" if (get_language() or "en").startswith("zh") else "en"
        titles = [(name, title[spoken]) for name, title in context_titles().items()]
        self.fields["contexts"].choices = titles  # type: ignore[attr-defined]
        for language in LANGUAGES:
            for name, label in TEXTS.items():
                self.fields[f"{name}_{language}"] = forms.CharField(
                    label=label, max_length=1000, required=False
                )
            for name, label in LINES.items():
                self.fields[f"{name}_{language}"] = forms.CharField(
                    label=label, required=False, max_length=LINES_MAX_CHARS, widget=forms.Textarea
                )

    def definition(self) -> dict[str, Any]:
        """What was filled in, as a declaration; a language without patterns is left out."""
        given = self.cleaned_data
        used = [one for one in LANGUAGES if given[f"find_{one}"].strip()]
        return {
            "id": given["code"],
            "action": given["action"],
            "citations": [{"regulation": given["regulation"], "clause": given["clause"]}],
            "except": list(given["contexts"]),
            "match": {
                one: [{key: _lines(given[f"{key}_{one}"]) for key in ("find", "needs", "unless")}]
                for one in used
            },
            "examples": {
                one: {key: _lines(given[f"{key}_{one}"]) for key in ("good", "bad")} for one in used
            },
            **{key: {one: text for one in LANGUAGES if (text := given[f"{key}_{one}"])} for key in TEXTS},
        }

    def by_language(self) -> list[dict[str, Any]]:
        """The bound fields of each language, for the template."""
        return [
            {
                "name": NAMES[language],
                "texts": [self[f"{name}_{language}"] for name in TEXTS],
                "lines": [self[f"{name}_{language}"] for name in LINES],
            }
            for language in LANGUAGES
        ]


def form_values(definition: Any) -> dict[str, Any]:
    """A stored declaration as values of the form; what is not as it should be is left empty."""
    given = _mapping(definition)
    citation = _mapping(_first(given.get("citations")))
    values: dict[str, Any] = {
        "code": given.get("id", ""),
        "action": given.get("action", ""),
        "regulation": citation.get("regulation", ""),
        "clause": citation.get("clause", ""),
        "contexts": given["except"] if isinstance(given.get("except"), list) else [],
    }
    match, examples = _mapping(given.get("match")), _mapping(given.get("examples"))
    for language in LANGUAGES:
        for name in TEXTS:
            values[f"{name}_{language}"] = _mapping(given.get(name)).get(language, "")
        condition, shown = _mapping(_first(match.get(language))), _mapping(examples.get(language))
        for name in LINES:
            lines = condition.get(name) or shown.get(name) or []
            values[f"{name}_{language}"] = "\n".join(map(str, lines)) if isinstance(lines, list) else lines
    return values


def _mapping(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, Mapping) else {}


def _first(given: Any) -> Any:
    return given[0] if isinstance(given, list) and given else None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
