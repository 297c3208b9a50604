"""Which of a document's fields its passages are searched under."""

from collegium.knowledge.metadata import metadata_described
from collegium.sdk.registry import vertical_get


def test_fields_that_say_nothing_in_words_are_left_out_of_what_is_embedded():
    finance = vertical_get("finance")
    known = {field.name: field.name for field in finance.metadata_fields}
    silent = {field.name for field in finance.metadata_fields if not field.describes}
    assert silent and set(metadata_described("finance", known)) == set(known) - silent
    assert metadata_described("not-loaded", known) == known
