"""A note's text without who it is about: what the recognisers find, and these names wherever they stand."""

import re
from collections.abc import Iterator

from verticals.medical.deidentify.lexicon import is_ambiguous
from verticals.medical.deidentify.project import Project
from verticals.medical.deidentify.recognise import identifiers_find
from verticals.medical.deidentify.span import Span
from verticals.medical.deidentify.surrogates import Surrogates
from verticals.medical.deidentify.text import text_deidentify

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
LETTERS_LEAST = 3  # initials and particles are words of other things, too


def note_deidentify(text: str, *, project: Project, group: str, name: str = "") -> str:
    """The text with surrogates for all that identifies somebody; dates moved as all of the group's.

    A transcript writes names in small letters, which no recogniser takes for names: so each word of a name
    that was found once, or that the note states (`name`), is replaced wherever it stands.

    Raises: TextUnreadable where most of the text is in another script or language than English and Chinese.
    """
    surrogates = Surrogates(project, group)
    words = dict.fromkeys(_name_words(text, name))
    done = text_deidentify(text, project=project, group=group).text
    for word in sorted(words, key=len, reverse=True):
        done = _replaced(done, word, surrogates)
    return done


def _name_words(text: str, name: str) -> Iterator[str]:
    """The words of names, in small letters. A word that is also another one counts where it is stated."""
    yield from (word.casefold() for word in _WORD.findall(name) if len(word) > 1)
    for span in identifiers_find(text):
        if span.kind == "name":
            for word in _WORD.findall(text[span.start : span.end]):
                han = "一" <= word[0] <= "鿿"
                if (han and len(word) > 1) or (len(word) >= LETTERS_LEAST and not is_ambiguous(word)):
                    yield word.casefold()


def _replaced(text: str, word: str, surrogates: Surrogates) -> str:
    def surrogate(found: re.Match[str]) -> str:
        return surrogates.surrogate(found[0], Span(0, len(found[0]), "name", "stated", 1.0))

    bounds = ("", "") if "一" <= word[0] <= "鿿" else (r"(?<![^\W\d_])", r"(?![^\W\d_])")
    return re.sub(f"{bounds[0]}{re.escape(word)}{bounds[1]}", surrogate, text, flags=re.IGNORECASE)
