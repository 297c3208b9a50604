"""The metrics that a question names, and words that may mean several of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from verticals.finance.metrics.catalogue import LANGUAGES, Catalogue, catalogue
from verticals.finance.questions.lexicon import Lexicon, Span
from verticals.finance.questions.normalise import is_chinese, key
from verticals.finance.questions.query import Reading

PARTICLE = "的"
_RATIO = " ratio"
_UNCHANGED = frozenset({"ss", "us", "is"})  # endings that are no plural


@dataclass(frozen=True, slots=True)
class Term:
    """What a name stands for: metrics (the first is meant, the others are possible), or an attribute."""

    codes: tuple[str, ...] = ()
    attribute: str = ""


@dataclass(frozen=True, slots=True)
class MetricsFound:
    codes: tuple[str, ...]
    attributes: tuple[str, ...]
    spans: tuple[Span[Term], ...]
    readings: tuple[Reading, ...]


class MetricWords:
    """The names of a catalogue, in both languages at once: a Chinese question may say EBITDA."""

    def __init__(self, metrics: Catalogue) -> None:
        self._metrics = metrics
        names: dict[str, Term] = {}
        for language in LANGUAGES:
            for name, codes in metrics.ambiguous[language].items():
                _add(names, name, Term(codes=codes))
        for metric in metrics:
            term = Term(codes=(metric.code,))
            for language in LANGUAGES:
                for name in metric.names[language]:
                    _add(names, name, term)
        for metric in metrics:  # the wording of a statement's line is understood where no name claims it
            for concept in metric.concept_names:
                if concept.startswith("cas:"):
                    _add(names, concept.removeprefix("cas:"), Term(codes=(metric.code,)))
        for attribute in metrics.attributes.values():
            for language in LANGUAGES:
                for name in attribute.names[language]:
                    _add(names, name, Term(attribute=attribute.code))
        self._lexicon = Lexicon(names)

    def find(self, text: str, spaced_text: str, *, taken: Iterable[tuple[int, int]] = ()) -> MetricsFound:
        """The metrics named, in order; `spaced_text` is the text as names are compared."""
        spans = self._quotients(self._spans(spaced_text, list(taken)), spaced_text)
        spans = _vague_left_out(spans)
        codes = tuple(dict.fromkeys(span.value.codes[0] for span in spans if span.value.codes))
        attributes = tuple(dict.fromkeys(span.value.attribute for span in spans if span.value.attribute))
        readings = tuple(
            Reading("metric", text[span.start : span.end], span.value.codes[0], span.value.codes[1:])
            for span in spans
            if len(span.value.codes) > 1
        )
        return MetricsFound(codes, attributes, tuple(spans), readings)

    def _quotients(self, spans: list[Span[Term]], text: str) -> list[Span[Term]]:
        """Read "net income to operating cash flow ratio" as a quotient of the two metrics."""
        found: list[Span[Term]] = []
        for span in spans:
            end = span.end - len(_RATIO)
            after = found and text[found[-1].end : span.start].strip() == "to"
            inner = (
                self._lexicon.find(text[span.start : end]) if after and text.startswith(_RATIO, end) else []
            )
            if len(inner) == 1 and inner[0].length == end - span.start:
                found.append(Span(span.start, end, inner[0].value))
            else:
                found.append(span)
        return found

    def _spans(self, text: str, taken: list[tuple[int, int]]) -> list[Span[Term]]:
        """The names in a text; 的 may stand in them or be left out, as in 投资收益占营业收入的比率."""
        if PARTICLE not in text:
            return self._lexicon.find(text, taken=taken)
        kept = [at for at, character in enumerate(text) if character != PARTICLE]
        place = {at: new for new, at in enumerate(kept)}
        short = text.replace(PARTICLE, "")
        blocked = [
            (place[inside[0]], place[inside[-1]] + 1)
            for start, end in taken
            if (inside := [at for at in range(start, end) if at in place])
        ]
        return [
            Span(kept[span.start], kept[span.end - 1] + 1, span.value)
            for span in self._lexicon.find(short, taken=blocked)
        ]


def _vague_left_out(spans: list[Span[Term]]) -> list[Span[Term]]:
    """Without words of several meanings beside one of them by name: liquidity, judged by the quick ratio."""
    named = {span.value.codes[0] for span in spans if len(span.value.codes) == 1}
    return [span for span in spans if len(span.value.codes) < 2 or not named.intersection(span.value.codes)]


@cache
def metric_words() -> MetricWords:
    """The names of the catalogue that ships with the vertical."""
    return MetricWords(catalogue())


def _add(names: dict[str, Term], name: str, term: Term) -> None:
    for variant in _variants(key(name).replace(PARTICLE, "")):
        names.setdefault(variant, term)


def _variants(name: str) -> Iterator[str]:
    """A name with and without commas, with "and" for "&", and in the other number."""
    forms = {name, name.replace(",", ""), name.replace("&", "and"), name.replace(",", "").replace("&", "and")}
    forms |= {name.replace(" and ", ", and ")} if "," in name and ", and" not in name else set()
    for form in sorted(forms, key=lambda one: one != name):
        form = " ".join(form.split())
        yield form
        if is_chinese(form) or len(form) < 4:
            continue
        if form.endswith("ies") or form.endswith("y"):
            yield form[:-1] + "ies" if form.endswith("y") else form[:-3] + "y"
        elif form.endswith("s") and form[-2:] not in _UNCHANGED:
            yield form[:-1]
        else:
            yield form + ("es" if form[-2:] in {"ss", "sh", "ch"} else "s")
