from verticals.medical.deidentify.span import Span, spans_settle


def test_the_higher_score_wins_and_the_rest_of_the_loser_stays():
    text = "14 Elm Street, 555-231-0042"
    address = Span(0, 27, "address", "address.cue", 0.7)
    phone = Span(15, 27, "phone", "phone.american", 0.9)
    assert [(one.kind, text[one.start : one.end]) for one in spans_settle(text, [address, phone])] == [
        ("address", "14 Elm Street"),
        ("phone", "555-231-0042"),
    ]


def test_of_equal_scores_the_longer_span_wins_and_nothing_is_found_twice():
    long, short = Span(0, 10, "name", "a", 0.5), Span(2, 6, "date", "b", 0.5)
    assert spans_settle("0123456789", [short, long, long]) == [long]
