"""What is found of a text, as (kind, characters)."""

from verticals.medical.deidentify.recognise import identifiers_find


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in identifiers_find(text)]
