"""De-identification of a text: what identifies a person is found and replaced by surrogates."""

from dataclasses import dataclass

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
class Deidentified:
    """The text with surrogates, and every replacement in the order of the text."""

    text: str
    replacements: tuple[Replacement, ...]


def deidentify(
    text: str, *, secret: bytes, project: str, patient: str, day_first: bool = False
) -> Deidentified:
    """Replace every identifier of an English or Chinese text.

    Args:
        secret: at least 16 random bytes, kept by the caller; whoever has it can make the surrogates again.
        project: within one project the same name or number has the same surrogate everywhere.
        patient: all dates of one patient are moved by the same number of days.
        day_first: how 3/4/2024 is read where no other date of the text tells.

    Raises: SecretTooShort; TextUnreadable where most of the text is neither Latin nor Chinese script.
    """
    surrogates = Surrogates(secret, project, patient, day_first)
    parts: list[str] = []
    replacements: list[Replacement] = []
    at = 0
    for span in identifiers_find(text):
        replacement = surrogates.surrogate(text, span)
        parts += [text[at : span.start], replacement]
        replacements.append(Replacement(span.start, span.end, span.kind, span.rule, replacement))
        at = span.end
    return Deidentified("".join([*parts, text[at:]]), tuple(replacements))
