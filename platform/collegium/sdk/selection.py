"""Whether anything was found that is about the question, and which sentences of it say most."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from collegium.sdk.followup import YEAR
from collegium.sdk.language import content_terms, language_of
from collegium.sdk.numbers import numbers_find
from collegium.sdk.retrieval import Hit, SearchRequest
from collegium.sdk.sentences import is_tabular, sentence_spans

HEADING_MAX_CHARS = 60
HEADING_WEIGHT = 0.5
QUOTES_MAX = 5
QUOTES_PER_PASSAGE = 3
KEPT_SHARE = 0.55  # a sentence scoring less than this share of the best is not quoted
PROSE_LENIENCY = 0.7  # English prose says in other words what a table's row says in the same
SHARED_WEIGHT = 0.3
_MONTHS_AND_DAYS = """
january february march april may june july august september october november december
monday tuesday wednesday thursday friday saturday sunday
"""
_CALENDAR = frozenset(_MONTHS_AND_DAYS.split())

_HOW_MUCH = re.compile(
    r"\bhow (?:much|many|large|high|big|long|often)\b|\bwhat (?:was|is|were|are)\b.*\b(?:margin|revenue|sales"
    r"|income|profit|cost|rate|ratio|share|dose|value|amount|number|eps|cash|debt|assets)\b"
    r"|多少|几|是多|金额|比例|占比",
    re.IGNORECASE,
)
_WHY = re.compile(
    r"\bwhy\b|\breasons?\b|\bcauses?\b|\bdrove\b|\bdriven\b|\bexplain|为什么|为何|原因|怎么会|因何",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\bbecause\b|\bdue to\b|\bdriven (?:mainly |primarily )?by\b|\breflect(?:s|ed|ing)\b"
    r"|\bresult(?:s|ed|ing)? (?:of|from)\b|\battributable\b|\bas a result\b|\bowing to\b|\bcaused by\b"
    r"|\bmainly\b|\bprimarily\b|由于|因为|主要系|主要因|所致|得益于|导致|主要原因|系因|归因",
    re.IGNORECASE,
)
_POINTS_BACK = re.compile(
    r"(?:This|These|That|Those|It|They|Such|The (?:increase|decrease|decline|rise|improvement))\b"
    r"|该|其|上述|此"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be quoted: characters [start, end) of a hit."""

    hit: Hit
    rank: int
    start: int
    end: int
    share: float
    score: float

    @property
    def text(self) -> str:
        return self.hit.text[self.start : self.end]


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence of a hit, and the heading inside the passage that it stands under."""

    hit: Hit
    rank: int
    start: int
    end: int
    heading: str

    @property
    def text(self) -> str:
        return self.hit.text[self.start : self.end]


def is_relevant(hit: Hit, language: str, *, narrowed: bool = False) -> bool:
    """Whether a passage is about the question at all.

    `narrowed`: the question names the document, by its company or year; all passages of the document carry
    these words, so that a passage's share of the rest says less.

    Thresholds: tests/collegium/answers/test_refusal.py. The default encoder finds any two Chinese texts
    alike, so that for Chinese the words decide.
    """
    lexical = hit.lexical or 0.0
    if hit.similarity is None:  # found by words alone: the embedding engine was away
        return lexical >= 0.6
    if language == "zh":
        return lexical >= (0.47 if narrowed else 0.6) or (lexical >= 0.45 and hit.similarity >= 0.6)
    return (
        hit.similarity >= 0.5
        or (lexical >= 0.8 and hit.similarity >= 0.15)
        or (lexical >= (0.27 if narrowed else 0.35) and hit.similarity >= 0.35)
    )


def names_unknown(text: str, hits: Sequence[Hit]) -> list[str]:
    """The names in an English question that nothing found mentions: then it is about something else."""
    words = re.findall(r"[A-Za-z][\w&’'-]*", text)
    capitalised = [word for word in words[1:] if word[0].isupper() and not word.isupper()]
    if len(capitalised) * 2 > len(words):
        return []  # a title in capitals names nothing in particular
    said = " ".join(
        part for hit in hits for part in (hit.text, hit.title, *hit.section, *map(str, hit.metadata.values()))
    )
    there, joined = set(content_terms(said)), re.sub(r"[^a-z]", "", said.lower())
    return [
        word
        for word in capitalised
        if (terms := content_terms(word))
        and word.lower() not in _CALENDAR
        and not there.intersection(terms)
        and re.sub(r"(?:['’]s)?[^a-z]*$", "", word.lower()) not in joined
    ]


def evidence_choose(
    request: SearchRequest, hits: Sequence[Hit], *, limit: int = QUOTES_MAX
) -> list[Candidate]:
    """The sentences of relevant hits that say most of what is asked, in the order of the hits.

    A sentence scores by the weight of the question's terms that it holds (a term weighs more the fewer
    sentences hold it), by its passage's score, and by a number or a cause where the question asks for one.
    """
    language = language_of(request.text)
    narrowed = bool(request.filters)
    relevant = [(rank, hit) for rank, hit in enumerate(hits) if is_relevant(hit, language, narrowed=narrowed)]
    if not relevant or names_unknown(request.text, hits):
        return []
    pieces = [piece for rank, hit in relevant for piece in _pieces(hit, rank)]
    terms = set(content_terms(request.text)) | set(content_terms(" ".join(request.expansions)))
    weights = _weights(terms, [piece.text for piece in pieces])
    shared = terms.intersection(*(_about(hit) for _, hit in relevant))
    if not _subject_held(terms - shared, [hit for _, hit in relevant]):
        return []
    for term in shared:
        weights[term] *= SHARED_WEIGHT  # what all the documents are about tells no sentence from another
    best_hit = max(hit.score for _, hit in relevant) or 1.0
    candidates = [
        Candidate(
            piece.hit, piece.rank, piece.start, piece.end, *_score(request.text, piece, weights, best_hit)
        )
        for piece in pieces
    ]
    return _pick(candidates, limit, 1.0 if language == "zh" else PROSE_LENIENCY)


def _pieces(hit: Hit, rank: int) -> list[Piece]:
    """The sentences and rows of a passage, each with the heading that it stands under; headings are not
    quoted.
    """
    pieces, heading = [], ""
    for start, end in sentence_spans(hit.text, table=hit.kind == "table"):
        if is_heading(hit, start, end):
            heading = hit.text[start:end]
        elif not (
            " | " in hit.text[start:end] and _only_years(hit.text[start:end])
        ):  # a header goes with its rows
            pieces.append(Piece(hit, rank, start, end, heading))
    return pieces


def is_heading(hit: Hit, start: int, end: int) -> bool:
    """Whether a piece is a heading: named as the document or section, or a short paragraph that ends
    openly.
    """
    text = hit.text[start:end]
    plain = " ".join(text.split()).lower()
    if plain == hit.title.lower() or any(plain == " ".join(part.split()).lower() for part in hit.section):
        return True
    alone = hit.text[:start].rstrip(" ").endswith("\n\n") or not hit.text[:start].strip()
    alone = alone and hit.text[end:].lstrip(" ").startswith("\n\n")
    open_end = text[-1] not in ".!?。！？;；:：" and not numbers_find(text)
    return alone and open_end and len(text) < HEADING_MAX_CHARS and not text.startswith(("-", "•", "*"))


def _subject_held(terms: set[str], hits: Sequence[Hit]) -> bool:
    """Whether a passage holds a third of what is asked beyond the documents' names, or is very near in
    meaning.
    """
    subject = {term for term in terms if not YEAR.fullmatch(term)}
    return not subject or any(
        (hit.similarity or 0.0) >= 0.6
        and hit.language != "zh"
        or 3 * len(subject.intersection(content_terms(" ".join((hit.text, *hit.section))))) >= len(subject)
        for hit in hits
    )


def _about(hit: Hit) -> set[str]:
    """The terms that a document carries as a whole: its title and metadata."""
    return set(content_terms(" ".join((hit.title, *map(str, hit.metadata.values())))))


def _only_years(text: str) -> bool:
    return all(YEAR.fullmatch(str(number.written)) for number in numbers_find(text))


def _weights(terms: set[str], texts: Sequence[str]) -> dict[str, float]:
    holders: Counter[str] = Counter()
    for text in texts:
        holders.update(terms.intersection(content_terms(text)))
    return {term: math.log(1 + len(texts) / (1 + holders[term])) for term in terms}


def _score(question: str, piece: Piece, weights: dict[str, float], best_hit: float) -> tuple[float, float]:
    """The share of the question's weight that a sentence holds, half of it where its heading does; and its
    score.
    """
    text, hit = piece.text, piece.hit
    held = set(content_terms(text))
    if not held or len(text) < 4:
        return 0.0, 0.0
    under = set(content_terms(piece.heading or (hit.section[-1] if hit.section else ""))) - held
    around = set(content_terms(" ".join((hit.title, *hit.section)))) - held - under

    def part(terms: set[str]) -> float:
        return sum(weights[term] for term in terms if term in weights) / (sum(weights.values()) or 1.0)

    share = part(held) + HEADING_WEIGHT * part(under)
    score = 0.6 * share + 0.15 * part(around) + 0.25 * hit.score / best_hit
    if _HOW_MUCH.search(question) and not _only_years(text):
        score += 0.12
    if _WHY.search(question) and _CAUSE.search(text):
        score += 0.2
    return share, score if share > 0 else score * 0.4


def _pick(candidates: list[Candidate], limit: int, prose_leniency: float) -> list[Candidate]:
    ranked = sorted(candidates, key=lambda candidate: (-candidate.score, candidate.rank, candidate.start))
    if not ranked or ranked[0].score <= 0:
        return []
    least = ranked[0].score * KEPT_SHARE
    least_share = ranked[0].share * KEPT_SHARE
    chosen: list[Candidate] = []
    per_passage: Counter[int] = Counter()
    said: set[str] = set()
    for candidate in ranked:
        key = "".join(candidate.text.split()).lower()
        if candidate.score < least or len(chosen) == limit:
            break
        if candidate.share < least_share * (1.0 if " | " in candidate.text else prose_leniency):
            continue
        if per_passage[candidate.hit.chunk] == QUOTES_PER_PASSAGE or key in said:
            continue
        said.add(key)
        per_passage[candidate.hit.chunk] += 1
        chosen.append(_with_antecedent(candidate))
    chosen.sort(key=lambda candidate: (candidate.rank, candidate.start))
    return _without_overlaps(chosen)


def _with_antecedent(candidate: Candidate) -> Candidate:
    """A sentence that points back is quoted with the one before it."""
    if not _POINTS_BACK.match(candidate.text):
        return candidate
    before = [
        span
        for span in sentence_spans(candidate.hit.text)
        if span[1] <= candidate.start and candidate.hit.kind != "table"
    ]
    if not before or is_tabular(candidate.hit.text[slice(*before[-1])]):
        return candidate
    return replace(candidate, start=before[-1][0])


def _without_overlaps(chosen: list[Candidate]) -> list[Candidate]:
    kept: list[Candidate] = []
    for candidate in chosen:
        last = kept[-1] if kept else None
        if last and last.hit.chunk == candidate.hit.chunk and candidate.start < last.end:
            kept[-1] = replace(last, end=max(last.end, candidate.end))
        else:
            kept.append(candidate)
    return kept


def header_span(hit: Hit, start: int) -> tuple[int, int] | None:
    """The span of the header of the table that the row at `start` belongs to, or None where it is no such
    row.
    """
    line_end = hit.text.find("\n", start)
    row = hit.text[start : line_end if line_end >= 0 else len(hit.text)]
    if not is_tabular(row) or not (hit.kind == "table" or " | " in row):
        return None
    for first, last in sentence_spans(hit.text, table=True)[:3]:
        text = hit.text[first:last]
        if first < start and " | " in text and _only_years(text):
            return first, last
    return None
