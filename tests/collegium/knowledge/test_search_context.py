"""What is embedded and counted of a passage."""

from dataclasses import dataclass

import pytest

from collegium.knowledge.context import (
    WINDOW_TOKENS,
    passages_texts,
    tokens_guess,
    windows,
)


@dataclass
class Piece:
    text: str
    page: int | None = 1
    section: tuple[str, ...] = ()


def test_a_short_passage_is_read_with_its_neighbours_on_the_page():
    pieces = [Piece("before"), Piece("short"), Piece("after"), Piece("next page", page=2)]
    assert list(windows(pieces)) == ["before\nshort\nafter"] * 3 + ["next page"]
    assert passages_texts("T", {}, pieces)[3] == "T\nnext page"


def test_a_long_passage_stands_alone():
    long = "word " * 150
    assert list(windows([Piece("short"), Piece(long)]))[1] == long


def test_without_pages_neighbours_share_their_headings():
    pieces = [Piece("one", None, ("A",)), Piece("two", None, ("A",)), Piece("three", None, ("B",))]
    assert list(windows(pieces)) == ["one\ntwo", "one\ntwo", "three"]


@pytest.mark.parametrize("word", ["figure ", "营业收入"])
def test_windows_keep_to_what_the_encoder_reads(word):
    pieces = [Piece(word * (120 // tokens_guess(word))) for _ in range(9)]
    for window in windows(pieces):
        assert tokens_guess(window) <= WINDOW_TOKENS + 5


def test_no_passages_are_no_texts():
    assert passages_texts("T", {}, []) == []
