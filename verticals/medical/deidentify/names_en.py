"""Recogniser of names in English text: titles and roles before them, lists of names, and what is no word."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from verticals.medical.deidentify.lexicon import (
    LETTERS,
    is_ambiguous,
    is_family,
    is_given,
    is_medical,
    is_place,
    is_word,
    looks_like_word,
)
from verticals.medical.deidentify.name_neighbours import names_again, names_joined, names_three
from verticals.medical.deidentify.name_signs import (
    NUMBERED_AFTER,
    OFFICE,
    PARTICLES_BEFORE,
    SURE_TITLE,
    THING_BEFORE,
    TITLE,
)
from verticals.medical.deidentify.name_verdict import is_drug, verdict_of
from verticals.medical.deidentify.name_words import EPONYM, PARTICLES, TOKEN, Token, capitals_set
from verticals.medical.deidentify.span import PatternRule, Span

_SMALL_TITLED = re.compile(
    r"\b(?i:mr|mrs|ms|miss|dr|prof)\.? (?P<id>[a-zß-ÿ][a-zß-ɏ'’-]{2,}(?: [a-zß-ÿ][a-zß-ɏ'’-]{2,})?)"
)
_REVERSED = re.compile(
    rf"(?<![\w-])(?P<family>[A-ZÀ-ÖØ-Þ]{{2,}}(?:['’-][A-ZÀ-ÖØ-Þ]+)*(?: [A-ZÀ-ÖØ-Þ]{{2,}}"
    rf"(?:['’-][A-ZÀ-ÖØ-Þ]+)*){{0,2}}), "
    rf"(?P<given>[A-ZÀ-ÖØ-Þ][{LETTERS}]+)(?: [A-Z]\.?(?![\w]))?"
)
_MENTIONED = PatternRule(
    "name",
    "name.mentioned",
    re.compile(rf"(?<![\w.])@(?P<id>[A-ZÀ-Þ][{LETTERS}]{{2,}})(?![\w.@-])"),
    0.6,
    lambda word: is_given(word) or not is_word(word),
)
# A word with a capital inside a sentence or at the start of an item of a list.
_WORD_BEFORE = re.compile(rf"(?:[a-zß-ɏ,;:&] |\n- |\n)(?P<id>[A-ZÀ-Þ][a-zß-ɏ][{LETTERS}]*) $")


def english_names_find(text: str) -> Iterable[Span]:
    """Names by context and lists; a part of a sure name is found wherever it stands again."""
    text = capitals_set(text)
    found = list(_reversed(text))
    tokens = [Token(one.start(), one.end(), one[0]) for one in TOKEN.finditer(text)]
    at = 0
    while at < len(tokens):
        run = _run(text, tokens, at)
        if run:
            found += _judged(text, run)
        at += max(1, len(run))
    found += names_three(text)
    found += _small_titled(text)
    found += _MENTIONED.spans(text)
    found += names_joined(text, tokens, found)
    return [_with_particles(text, one) for one in (*found, *names_again(text, tokens, found))]


def _with_particles(text: str, span: Span) -> Span:
    """A name with the small words before it: "van der Berg"."""
    particles = PARTICLES_BEFORE.search(text, max(0, span.start - 20), span.start)
    return replace(span, start=particles.start()) if particles else span


def _run(text: str, tokens: Sequence[Token], at: int) -> list[Token]:
    """The tokens from `at` on that may be one name: "Anna M. de la Cruz"."""
    first = tokens[at]
    particle_first = first.text.lower() in PARTICLES and first.capital and len(first.text) > 1
    titled = first.proper and bool(SURE_TITLE.search(text, max(0, first.start - 7), first.start))
    if not (first.nameable or particle_first or titled) and not (
        (first.initial or first.text == "I" and _gap(text, tokens, at) == ". ")
        and _gap(text, tokens, at) in (". ", " ")
        and text[first.start - 1 : first.start] in ("", " ", "\n", "(")
    ):
        return []
    run = [first]
    for place in range(at, min(at + 5, len(tokens) - 1)):
        gap, following = _gap(text, tokens, place), tokens[place + 1]
        lettered = len(tokens[place].text) == 1
        if gap not in (" ", ". ", ".") or (gap != " " and not lettered):
            break
        joins = following.initial or following.nameable or following.text.lower() in PARTICLES
        if not (joins or _surname(run, following, gap)):
            break
        run.append(following)
    while len(run) > titled and not (run[-1].nameable or len(run) > 1 and _surname(run[:-1], run[-1], " ")):
        run.pop()
    # "A Smith" at the start of a sentence is an article
    return run if titled or any(one.nameable and not one.initial for one in run) else []


def _surname(run: Sequence[Token], word: Token, gap: str) -> bool:
    """Whether any word may be the family name: "Karin Beer", "Jildau S Bouts", "Mia de Man"."""
    first, last = run[0], run[-1]
    if not word.capital or gap == ".":
        return False
    given = first.named and is_given(first.text)
    if gap == " " and last is first:
        return given and (word.proper or is_family(word.text) or is_place(word.text))
    lettered = last.initial and not first.initial and first.nameable
    return word.proper and (lettered or given and last.text.lower() in PARTICLES)


def _gap(text: str, tokens: Sequence[Token], at: int) -> str:
    return text[tokens[at].end : tokens[at + 1].start] if at + 1 < len(tokens) else ""


def _judged(text: str, run: Sequence[Token]) -> Iterable[Span]:
    start = run[0].start
    if particles := PARTICLES_BEFORE.search(text, max(0, start - 20), start):
        start = particles.start()
    before, after = text[max(0, start - 45) : start], text[run[-1].end : run[-1].end + 40]
    if EPONYM.match(after) and not TITLE.search(before):
        return
    verdict = verdict_of(run, before, after)
    if verdict is None and len(run) > 1 and is_word(run[0].text):
        yield from _judged(text, run[1:])  # "Little Caoimhe"
        return
    if verdict is None and particles and not THING_BEFORE.search(before) and not is_drug(run, before, after):
        verdict = "particle", 0.55
    if verdict is not None:
        rule, score = verdict
        numbered = NUMBERED_AFTER.match(after)
        end = run[-1].end + (numbered.end() if numbered else 0)
        yield Span(_first_name(text, run, start), end, "name", f"name.{rule}", score)


def _first_name(text: str, run: Sequence[Token], start: int) -> int:
    """Where the name begins if a word with a capital stands before a family name: "Kick Smit"."""
    alone = len(run) == 1 and run[0].named and is_family(run[0].text) and start == run[0].start
    before = _WORD_BEFORE.search(text, max(0, start - 24), start) if alone else None
    if before and before[0][0] == "\n" and not re.match(r"[ \t]*(?:\n|$)", text[run[-1].end :]):
        return start
    if before is None or is_medical(before["id"]) or OFFICE.search(before["id"] + " "):
        return start
    return before.start("id")


def _small_titled(text: str) -> Iterable[Span]:
    """Names written small after a title: "ms. okoye"."""
    for match in _SMALL_TITLED.finditer(text):
        words = match["id"].split()
        if not is_word(words[0]):
            last = len(words) > 1 and not is_word(words[1])
            end = match.end("id") if last else match.start("id") + len(words[0])
            yield Span(match.start("id"), end, "name", "name.title_small", 0.8)


def _reversed(text: str) -> Iterable[Span]:
    """SURNAME, Given."""
    for match in _REVERSED.finditer(text):
        family, given = match["family"].split()[-1], match["given"]
        known = is_given(given) or is_ambiguous(given)
        if (known or not is_word(given) and not looks_like_word(given)) and (
            not is_word(family) or is_ambiguous(family) or is_family(family)
        ):
            yield Span(match.start(), match.end(), "name", "name.reversed", 0.93)
