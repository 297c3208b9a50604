"""Concepts stand for many words; two that meet are a piece; contexts are told from them."""

import pytest

from verticals.finance.compliance.cases import HALVES, LEARNED, cases_read
from verticals.finance.compliance.concepts import concept_pieces, concepts_of
from verticals.finance.compliance.likeness import pieces_of


@pytest.mark.parametrize(
    ("text", "concepts"),
    [
        ("you cannot lose", {"you", "certain", "loss"}),
        ("act before it is too late", {"hurry", "first"}),
        ("a source inside the firm whispers of a takeover", {"rumour", "deal"}),
        ("the watchdog has blessed the fund", {"official", "approve", "security"}),
        ("the pump was repaired", {"ledger"}),
        ("", set()),
        ("…", set()),
    ],
)
def test_concepts_are_found_by_any_of_their_words(text, concepts):
    assert concepts <= set(concepts_of(text))
    assert concepts_of(text) == sorted(set(concepts_of(text)))
    assert concepts or not concepts_of(text)


def test_what_is_looked_for_at_the_beginning_counts_there_alone():
    assert "first" in concepts_of("buy it") and "first" not in concepts_of("they buy it")


def test_words_within_words_are_no_concepts():
    assert concepts_of("brainwashing") == [] and "security" not in concepts_of("shareware")


def test_two_concepts_that_meet_are_a_piece_whichever_words_say_them():
    for text in ("you earn money for certain", "savers are assured of a profit"):
        assert {"@certain", "@gain", "@you", "@certain@gain", "@gain@you"} <= set(concept_pieces(text))


def test_a_context_is_a_piece_too_and_meets_concepts():
    pieces = concept_pieces("the company does not guarantee a profit")
    assert {"@~negated", "@certain@~negated"} <= set(pieces)
    assert "@~negated" not in concept_pieces("a profit is guaranteed")


def test_sentences_of_the_same_concepts_share_pieces_that_others_do_not():
    one, other, plain = (
        set(pieces_of(text, "en"))
        for text in (
            "Savers are assured of a profit.",
            "You earn money for certain.",
            "Depreciation of the plant was $4 million.",
        )
    )
    assert len(one & other) > len(one & plain)


def test_what_the_model_learns_from_is_nothing_that_is_only_counted():
    learned = cases_read(parts=(LEARNED,))
    counted = {one.sentence for one in cases_read(parts=HALVES)}
    assert len(learned) > 700 and not counted & {one.sentence for one in learned}
    assert len({one.sentence for one in learned}) == len(learned)
    assert {one.breaks for one in learned} == {True, False} and {one.half for one in learned} == {LEARNED}
