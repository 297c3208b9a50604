"""A question is searched with the other names of its concepts, in both languages, and not with its own words."""

from verticals.medical.tagging.expand import TERMS_MAX, expansions_of
from verticals.medical.tagging.tag import tags_find
from verticals.medical.tagging.vocabulary import Term, Vocabulary, findings_vocabulary


def expansions(text: str) -> tuple[str, ...]:
    vocabulary = findings_vocabulary()
    return expansions_of(text, tags_find(text, vocabulary=vocabulary), vocabulary)


def test_an_abbreviation_is_written_out_and_a_name_gets_its_synonyms():
    assert "myocardial infarction" in expansions("Is aspirin given after MI?")
    assert "heart attack" in expansions("Is aspirin given after myocardial infarction?")
    assert "fever" in expansions("发热怎么办？")


def test_what_the_text_says_is_not_added_and_there_is_a_limit():
    assert "fever" not in expansions("Does fever matter?")
    assert expansions("Which font is used?") == ()
    assert len(expansions("fever, cough, asthma, gout, stroke, rash and migraine")) <= TERMS_MAX


def test_the_names_of_what_is_below_a_concept_are_added():
    vocabulary = Vocabulary([Term("J45", "asthma", "en"), Term("J45.2", "intermittent asthma", "en")])
    assert expansions_of("asthma", tags_find("asthma", vocabulary=vocabulary), vocabulary) == (
        "intermittent asthma",
    )
