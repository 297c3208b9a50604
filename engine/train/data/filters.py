"""Which examples are fit to learn from: their length, their language, and whether they are text at all.

Each filter looks at one example alone, so that whether a record is kept never depends on another.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence

from engine.train.data.example import Example
from engine.train.data.options import DataOptions

Filter = Callable[[Example], bool]

HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
LETTER = re.compile(r"[^\W\d_]")
_RUN = re.compile(r"([^\d\s])\1{19,}")
_SHARES = {"zh": (0.3, 1.0), "en": (0.0, 0.1)}  # of Han characters among letters: mixed texts are common
WORDS_OF_A_REPEAT = 4


def filters_of(options: DataOptions) -> dict[str, Filter]:
    """The filters by name, in the order in which they are asked; each says whether an example is kept."""
    return {
        "length": lambda example: _length_fits(example, options),
        "language": lambda example: example.language in options.languages and _language_fits(example),
        "characters": lambda example: _is_text(example.answer) and _is_text(example.asked),
        "repetition": lambda example: not _repeats(example.answer),
    }


def filter_of(example: Example, filters: dict[str, Filter]) -> str:
    """The name of the first filter that does not keep the example; empty where all do."""
    return next((name for name, keeps in filters.items() if not keeps(example)), "")


def _length_fits(example: Example, options: DataOptions) -> bool:
    length = sum(len(one.content) for one in example.messages)
    return len(example.answer.strip()) >= options.min_answer_chars and length <= options.max_chars


def _language_fits(example: Example) -> bool:
    """Whether the answer is in the language that the example says; one without letters is in any."""
    letters = LETTER.findall(example.answer)
    if not letters or example.language not in _SHARES:
        return True
    share = sum(HAN.match(one) is not None for one in letters) / len(letters)
    least, most = _SHARES[example.language]
    return least <= share <= most


def _is_text(text: str) -> bool:
    """Whether it reads as text: no broken characters, no rows of one sign, letters or digits in the main."""
    shown = [one for one in text if not one.isspace()]
    if not shown or "\ufffd" in text or _RUN.search(text):
        return False
    return sum(one.isalnum() for one in shown) >= 0.4 * len(shown)


def _repeats(text: str) -> bool:
    """Whether much of a text of some length is the same few words or lines again and again."""
    words = HAN.sub(lambda found: f" {found[0]} ", text).split()
    if len(words) < 40:
        return False
    pieces = [tuple(words[at : at + WORDS_OF_A_REPEAT]) for at in range(len(words) - WORDS_OF_A_REPEAT + 1)]
    return _again(pieces) > 0.4 or _again([one for one in text.splitlines() if one.strip()]) > 0.5


def _again(pieces: Sequence[object]) -> float:
    """The share of pieces that were there before."""
    return 1 - len(Counter(pieces)) / len(pieces) if pieces else 0.0
