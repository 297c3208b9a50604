"""What an English sentence speaks of, whichever words it takes, and in which contexts.

concepts.yaml lists the words of concepts, contexts.yaml those of contexts.
"""

import re
from functools import cache
from itertools import combinations
from pathlib import Path

import yaml

from verticals.finance.compliance.contexts import contexts

DECLARED = Path(__file__).with_name("concepts.yaml")
FIRST = "first"  # is looked for at the beginning of the sentence alone


@cache
def _declared() -> dict[str, re.Pattern[str]]:
    written = yaml.safe_load(DECLARED.read_text(encoding="utf-8"))
    listed = {name: re.sub(r"\s*\|\s*", "|", words.strip()) for name, words in written.items()}
    return {name: re.compile(rf"\b(?:{words})(?!\w)") for name, words in listed.items()}


def concepts_of(text: str) -> list[str]:
    """The names of the concepts that a normalised lower-case text speaks of, in alphabetical order."""
    return sorted(
        name
        for name, pattern in _declared().items()
        if (pattern.match(text) if name == FIRST else pattern.search(text))
    )


def _contexts_of(text: str) -> list[str]:
    """Contexts whose words stand anywhere in the text, marked so that they are not taken for concepts."""
    return sorted(
        f"~{name}"
        for name, context in contexts("en").items()
        if not context.quoted
        and any(pattern.compiled.search(text) for pattern in (*context.sentence, *context.before))
    )


def concept_pieces(text: str) -> list[str]:
    """Each concept and context, and each two that meet."""
    found = concepts_of(text) + _contexts_of(text)
    return [f"@{one}" for one in found] + [f"@{one}@{other}" for one, other in combinations(found, 2)]
