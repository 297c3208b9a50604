"""Letters made comparable: small and without accents, with the places where they stood."""

import unicodedata
from functools import lru_cache


def folded(text: str) -> tuple[str, list[int]]:
    """The text in small letters without accents, and where each of its characters, and its end, stood.

    A letter may be written as several, such as ß and İ, so that the places of both texts differ.
    """
    letters: list[str] = []
    places: list[int] = []
    for at, one in enumerate(text):
        plain = _letters(one)
        letters.append(plain)
        places += [at] * len(plain)
    return "".join(letters), [*places, len(text)]


@lru_cache(maxsize=10_000)
def _letters(one: str) -> str:
    parts = unicodedata.normalize("NFKD", one.casefold()).replace("ı", "i")
    return "".join(part for part in parts if not unicodedata.combining(part))
