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


def form_values(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A stored declaration as values of the form."""
    citation = definition["citations"][0]
    values: dict[str, Any] = {
        "code": definition["id"],
        "action": definition["action"],
        "regulation": citation["regulation"],
        "clause": citation.get("clause", ""),
        "contexts": definition.get("except", []),
    }
    for language in LANGUAGES:
        for name in TEXTS:
            values[f"{name}_{language}"] = definition.get(name, {}).get(language, "")
        condition = (definition["match"].get(language) or [{}])[0]
        examples = definition["examples"].get(language, {})
        for name in LINES:
            values[f"{name}_{language}"] = "\n".join(condition.get(name) or examples.get(name) or [])
    return values


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
