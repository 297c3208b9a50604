"""The companies that a question names: by name, by what people call them, or by ticker."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rapidfuzz import fuzz, process

from verticals.finance.questions.lexicon import Lexicon, Span
from verticals.finance.questions.normalise import fold, is_chinese, key

NEAR_LEAST = 88.0  # of 100: how alike a name must be to be offered
NEAR_SURE = 93.0  # how alike to be taken, where no other comes as close
NEAR_NAME_CHARS = 4  # shorter names resemble too many words
NEAR_OFFERED = 3
_LEGAL = re.compile(
    r"[\s,]+(?:plc|incorporated|inc|corporation|corp|company|co|ltd|limited|llc|l\.l\.c|lp|n\.v|nv|se|ag|s\.a|sa|ab|asa"
    r"|oyj|spa|s\.p\.a|holdings?|group|bancorp|trust|& co|and company)\.?$"
)
_LEGAL_ZH = re.compile(r"(?:集团|控股)?(?:股份)?(?:有限责任|有限)?公司$|股份有限$")
_STATE = re.compile(r"\s*/[a-z ]{2,}/?$|\s*\((?:the|new|de|holding company)\)$")
_BRACKETED = re.compile(r"\([^()]*\)")
# First words that name no company by themselves.
_COMMON_WORDS = """
advanced allied american applied atlantic bank best blue capital central china city coast consolidated
digital eastern energy federal financial first general global golden great green group health home
independent industrial international investors life liberty logistic lincoln main medical micro modern
mutual national natural new north northern old one pacific people peoples pioneer premier prime
progressive public pure quality regional republic royal safe second select service shoe simply smart
solar southern standard star state summit sun superior target team texas trans union united universal
urban us value west western white world big dollar five iron sea sky open square block core gap ball
ralph news fox match key host visa apache
"""
_COMMON = frozenset(_COMMON_WORDS.split())
# Abbreviations of the trade, which are no company's however its words begin.
_NO_NAMES = frozenset(
    "ceo cfo coo eps roe roa roi roic rou sec fda usa eu uk us ppe fcf esg ipo irs gm new the".split()  # noqa: SIM905
)
# "Square's", "formerly known as Square", "did Square pay"
_AS_NAME = re.compile(
    r"\b(?:known as|formerly|for|does|did|has|had|by) ([A-Z][a-z]+)\b(?! [A-Z])|\b([A-Z][a-z]+)(?='s\b)"
)
_LETTER = re.compile(r"(?:\$|\((?:[A-Za-z]+ ?: ?)?|\b(?:NYSE|NASDAQ|Nasdaq) ?: ?)([A-Z])\b\)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A company of the directory: `key` is what facts are stored under, `names` are what it is called."""

    key: str
    name: str
    names: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EntitiesFound:
    """The companies named, in the order of the text; `unclear` are words that several companies go by."""

    keys: tuple[str, ...] = ()
    spans: tuple[Span[tuple[str, ...]], ...] = ()
    unclear: tuple[tuple[str, tuple[str, ...]], ...] = field(default=())


class EntityDirectory:
    """The companies in reach, looked up in texts. Build it once for a set of companies: it is not changed."""

    def __init__(self, entities: Iterable[Entity]) -> None:
        self.entities = {one.key: one for one in entities}
        owners: dict[str, list[str]] = defaultdict(list)
        weak: dict[str, list[str]] = defaultdict(list)
        tickers: dict[str, list[str]] = defaultdict(list)
        for one in self.entities.values():
            for alias in dict.fromkeys(_aliases(one)):
                owners[alias].append(one.key)
            for alias in dict.fromkeys(_first_words(one)):
                weak[alias].append(one.key)
            for ticker in dict.fromkeys(one.tickers):
                tickers[ticker.strip().upper()].append(one.key)
        for alias, keys in weak.items():
            owners.setdefault(alias, keys)
        for short in _short_forms(self.entities.values()):
            tickers.setdefault(*short)
        self._capitals = {
            alias.capitalize(): (keys[0],)
            for alias, keys in _common_names(self.entities.values()).items()
            if len(keys) == 1 and alias not in owners
        }
        self._letters = {ticker: tuple(keys) for ticker, keys in tickers.items() if len(ticker) == 1}
        self._names = Lexicon({alias: tuple(dict.fromkeys(keys)) for alias, keys in owners.items()})
        self._tickers = Lexicon({code: tuple(keys) for code, keys in _ticker_forms(tickers)})
        self._owners = {alias: tuple(keys) for alias, keys in owners.items() if len(alias) >= NEAR_NAME_CHARS}
        self._near_names = list(self._owners)

    def __len__(self) -> int:
        return len(self.entities)

    def find(self, text: str, spaced_text: str, *, taken: Sequence[tuple[int, int]] = ()) -> EntitiesFound:
        """The companies that a text names; `spaced_text` is the same text as names are compared."""
        spans = self._names.find(spaced_text, taken=taken)
        folded = fold(text)
        spans += self._tickers.find(folded, taken=[*((one.start, one.end) for one in spans), *taken])
        if self._capitals:
            spans += self._common_found(folded, [*((one.start, one.end) for one in spans), *taken])
        if self._letters:
            spans += [
                Span(match.start(1), match.end(1), self._letters[match[1]])
                for match in _LETTER.finditer(folded)
                if match[1] in self._letters
            ]
        spans.sort(key=lambda span: span.start)
        known = {span.value[0] for span in spans if len(span.value) == 1}
        unclear = [
            (text[span.start : span.end], span.value)
            for span in spans
            if len(span.value) > 1 and not known & set(span.value)
        ]
        keys = [span.value[0] for span in spans if len(span.value) == 1]
        return EntitiesFound(tuple(dict.fromkeys(keys)), tuple(spans), tuple(unclear))

    def _common_found(self, text: str, taken: list[tuple[int, int]]) -> list[Span[tuple[str, ...]]]:
        """Companies called by an everyday word, where it is written and stands as a name does."""
        return [
            Span(*match.span(match.lastindex or 1), self._capitals[name])
            for match in _AS_NAME.finditer(text)
            if (name := match[match.lastindex or 1]) in self._capitals
            and all(match.end() <= start or match.start(match.lastindex or 1) >= end for start, end in taken)
        ]

    def near(self, name: str) -> tuple[list[str], bool]:
        """Companies whose names come close to a name, the closest first, and whether the first is meant."""
        wanted = key(name)
        if len(wanted) < NEAR_NAME_CHARS - is_chinese(wanted):
            return [], False
        scored: dict[str, float] = {}
        close = process.extract(
            wanted, self._near_names, scorer=fuzz.ratio, score_cutoff=NEAR_LEAST, limit=NEAR_OFFERED * 4
        )
        for alias, score, _place in close:
            for entity in self._owners[alias]:
                scored[entity] = max(score, scored.get(entity, 0.0))
        best = sorted(scored, key=lambda one: -scored[one])[:NEAR_OFFERED]
        sure = bool(best) and scored[best[0]] >= NEAR_SURE and (len(best) == 1 or scored[best[1]] < NEAR_SURE)
        return best, sure


def _aliases(entity: Entity) -> Iterator[str]:
    """What a company goes by: its names in full, and without legal form, brackets and state."""
    for name in (entity.name, *entity.names):
        full = key(name).strip(" .,")
        if not full:
            continue
        yield full
        for variant in (
            _STATE.sub("", full),
            _BRACKETED.sub("", full),
            full.replace("(", "").replace(")", ""),
        ):
            variant = " ".join(variant.split())
            yield variant
            yield from _without_legal_form(variant)


def _without_legal_form(name: str) -> Iterator[str]:
    if is_chinese(name):
        short = _LEGAL_ZH.sub("", name)
        if len(short) >= 3 and short != name:
            yield short
        return
    for article in ("", "the "):
        short = name.removeprefix(article)
        while (shorter := _LEGAL.sub("", short).strip(" .,")) != short and len(shorter) >= 2:
            short = shorter
            if short not in _COMMON:
                yield short
                yield short.replace("&", "and").replace("  ", " ")
                yield short.replace(",", "").replace(".", "").replace("'", "")


def _first_words(entity: Entity) -> Iterator[str]:
    """The distinctive first word, or first two, of an English name: Alphabet, Morgan Stanley."""
    for name in (entity.name, *entity.names):
        words = _STATE.sub("", key(name)).removeprefix("the ").replace(",", " ").replace(".", " ").split()
        if not words or is_chinese(words[0]):
            continue
        if len(words[0]) >= 4 and words[0] not in _COMMON:
            yield words[0]
        if len(words) > 2:
            yield " ".join(words[:2])


def _short_forms(entities: Iterable[Entity]) -> Iterator[tuple[str, list[str]]]:
    """What no other company goes by: a first word such as MGM or CVS, initials (AMD), and such as AMEX."""
    owners: dict[str, set[str]] = defaultdict(set)
    for one in entities:
        for name in (one.name, *one.names):
            words = re.findall(r"[a-z0-9]+", next(iter(_without_legal_form(key(name))), key(name)))
            if not words or is_chinese(name):
                continue
            forms = [words[0]] if 2 <= len(words[0]) <= 3 and len(words) > 1 else []
            forms += ["".join(word[0] for word in words)] if 3 <= len(words) <= 5 else []
            forms += [words[0][:2] + words[1][:2]] if len(words) == 2 else []
            for form in forms:
                owners[form.upper()].add(one.key)
    for form, keys in owners.items():
        if len(keys) == 1 and len(form) >= 2 and form.lower() not in _NO_NAMES:
            yield form, sorted(keys)


def _common_names(entities: Iterable[Entity]) -> dict[str, list[str]]:
    """The companies whose whole name is an everyday word: Square, Inc.; Target Corporation."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in entities:
        for name in {key(name).strip(" .,").removeprefix("the ") for name in (one.name, *one.names)}:
            short = name
            while (shorter := _LEGAL.sub("", short).strip(" .,")) != short and shorter:
                short = shorter
            if short in _COMMON and one.key not in found[short]:
                found[short].append(one.key)
    return found


def _ticker_forms(tickers: dict[str, list[str]]) -> Iterator[tuple[str, list[str]]]:
    for ticker, keys in tickers.items():
        if len(ticker) < 2:
            continue
        yield ticker, keys
        if ticker.isdigit() and len(ticker) == 6:
            for market in ("SZ", "SH", "BJ"):
                yield f"{ticker}.{market}", keys
                yield f"{market}{ticker}", keys
