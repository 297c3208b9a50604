"""What is put before each passage of a document, so that it can be told from the same page of another."""

import pytest

from collegium.knowledge.context import DOCUMENT_CHARS, document_header, passage_text


@pytest.mark.parametrize(
    ("title", "metadata", "header"),
    [
        ("QUILLMARK_2022_10K", {"form": "10-K", "company": "Quill Mark, Inc."}, "2022 Quill Mark, Inc. 10-K"),
        ("Quill Mark – Annual Report", {"company": "Quill Mark"}, "Annual Report Quill Mark"),
        ("Prevention of migraine", {}, "Prevention of migraine"),
        ("notes", {"fiscal_year": 2024, "tags": ["a", "b"]}, "notes 2024"),
        ("霁川仪器 2023 年年度报告", {"fiscal_year": 2023}, "霁川仪器 年年度报告 2023"),
        ("", {}, ""),
    ],
)
def test_a_header_says_what_the_metadata_and_the_title_say_once(title, metadata, header):
    assert document_header(title, metadata) == header


def test_a_header_leaves_the_encoder_room_for_the_passage():
    assert len(document_header("word " * 100, {"source": "society " * 100})) <= DOCUMENT_CHARS


def test_the_order_in_which_metadata_are_kept_changes_nothing():
    one = document_header("x", {"a": "1", "b": "2"})
    assert document_header("x", {"b": "2", "a": "1"}) == one


def test_a_passage_is_read_under_its_headers_without_the_edges_of_cells():
    assert passage_text("Quill 2022", ["Part I", "Sales"], "North | 12\nSouth | 9") == (
        "Quill 2022\nPart I > Sales\nNorth 12\nSouth 9"
    )
    assert passage_text("", [], "North") == "North"
