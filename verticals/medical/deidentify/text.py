"""De-identification of a text: what identifies a person is found and replaced by surrogates."""

from collections import Counter
from dataclasses import dataclass

from verticals.medical.deidentify.project import Project
from verticals.medical.deidentify.recognise import identifiers_find
from verticals.medical.deidentify.surrogates import Surrogates


@dataclass(frozen=True, slots=True)
class Replacement:
    """What was found at [start, end) of the original, by which rule, and what stands there now.

    The original characters are not kept: the list may be shown and logged.
    """

    start: int
    end: int
    kind: str
    rule: str
    replacement: str


@dataclass(frozen=True, slots=True)
class DeidentifiedText:
    """The text with surrogates, and every replacement in the order of the text."""

    text: str
    replacements: tuple[Replacement, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many identifiers of each kind were replaced."""
        return dict(Counter(one.kind for one in self.replacements))


def text_deidentify(
    text: str, *, project: Project, group: str = "", day_first: bool = False
) -> DeidentifiedText:
    """Replace every identifier of an English or Chinese text: the way of all text that leaves a workspace.

    Args:
        project: within it the same name or number has the same surrogate everywhere (see project_open).
        group: what belongs to one patient; all its dates are moved by the same number of days.
        day_first: how 3/4/2024 is read where no other date of the text tells.

    Raises: TextUnreadable where most of the text is in another script or language than English and Chinese.
    """
    surrogates = Surrogates(project, group, day_first)
    parts: list[str] = []
    replacements: list[Replacement] = []
    at = 0
    for span in identifiers_find(text):
        replacement = surrogates.surrogate(text, span)
        parts += [text[at : span.start], replacement]
        replacements.append(Replacement(span.start, span.end, span.kind, span.rule, replacement))
        at = span.end
    return DeidentifiedText("".join([*parts, text[at:]]), tuple(replacements))
