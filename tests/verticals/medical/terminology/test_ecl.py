"""Expression constraints: what is read, where an error is, and which concepts come, for the asker alone."""

import random
from decimal import Decimal

import pytest
from django.utils import translation

from tests.verticals.medical.terminology.releases import (
    CONCEPTS,
    DOSE,
    FEVER,
    FINDING,
    HEAD,
    HEAD_PAIN,
    PAIN,
    REFSET,
    ROOT,
    SITE,
    SITE_OF,
    concept,
    description,
    file_write,
    relationship,
)  # fmt: skip
from verticals.medical.terminology import ecl_sql
from verticals.medical.terminology import rf2_names as rf2
from verticals.medical.terminology.ecl import (
    Code,
    Combined,
    EclInvalid,
    Everything,
    Hierarchy,
    MemberOf,
    Refinement,
    ecl_read,
)  # fmt: skip
from verticals.medical.terminology.ecl_sql import expand, expansion_count


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("404684003 |Finding (AND more)|", Code("404684003", 1)),
        ("<<404684003", Hierarchy("<<", Code("404684003", 3))),
        (" > 404684003", Hierarchy(">", Code("404684003", 4))),
        ("^ 700043003", MemberOf(Code("700043003", 3))),
        ("*", Everything()),
        ("A01.1 or B02", Combined("OR", (Code("A01.1", 1), Code("B02", 10)))),
        ("1234567, 2345678 and 3456789", Combined("AND", (Code("1234567", 1), Code("2345678", 10), Code("3456789", 22)))),
        ("1 OR 2 or 3 OR 4", Combined("OR", (Code("1", 1), Code("2", 6), Code("3", 11), Code("4", 16)))),
        ("1 AND (2 OR 3) AND 4", Combined("AND", (Code("1", 1), Combined("OR", (Code("2", 8), Code("3", 13))), Code("4", 20)))),
        ("(1 MINUS 2) MINUS 3", Combined("MINUS", (Combined("MINUS", (Code("1", 2), Code("2", 10))), Code("3", 19)))),
        ("1234567 MINUS (2345678)", Combined("MINUS", (Code("1234567", 1), Code("2345678", 16)))),
        ("* : 363698007 = #-2.5", Refinement(Everything(), Code("363698007", 5), Decimal("-2.5"))),
        ('*:363698007="a \\"b\\""', Refinement(Everything(), Code("363698007", 3), 'a "b"')),
        ("/* all */ *", Everything()),
    ],
)  # fmt: skip
def test_expressions_are_read(text, read):
    assert ecl_read(text) == read


@pytest.mark.parametrize(
    ("text", "position", "said"),
    [
        ("", 1, "the end"), ("<", 2, "the end"), ("<<!1234567", 3, "'!'"), ("(1234567", 9, "the end"), ("1234567)", 8, r"'\)'"),
        ("1234567 |open", 9, r"'\|'"), ("< < 1234567", 3, "'<'"), ("1234567 AND", 12, "the end"), ("fever", 1, "'f'"),
        ("1 AND 2 OR 3", 9, "not mixed without parentheses"), ("1: 2", 5, "the end"), ("1: 2 = #x", 8, "'#'"),
        ("1 or 2 and 3", 8, "not mixed without parentheses"), ("1, 2 MINUS 3", 6, "not mixed"), ("1 OR 2, 3", 7, "not mixed"),
        ("1 AND (2 AND 3 OR 4)", 16, "not mixed"), ("1 MINUS 2 MINUS 3", 11, "MINUS stands between two"),
        ("(" * 50 + "1" + ")" * 50, 41, "nested deeper"), ("1" * 5000, 4001, "longer"), ("1 2", 3, "'2'"),
    ],
)  # fmt: skip
def test_an_error_says_at_which_character(text, position, said):
    with pytest.raises(EclInvalid, match=said) as met:
        ecl_read(text)
    assert met.value.extra == {"position": position} and f"character {position}" in met.value.detail


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (PAIN, [PAIN]), (f"<< {PAIN}", [PAIN, HEAD_PAIN]), (f"< {PAIN}", [HEAD_PAIN]), ("*", list(CONCEPTS)),
        (f">> {PAIN}", [ROOT, FINDING, PAIN]), (f"> {PAIN}", [ROOT, FINDING]), (f"^ {REFSET}", [HEAD_PAIN, FEVER]),
        (f"< {FINDING} AND ^ {REFSET}", [HEAD_PAIN, FEVER]), (f"<< {FINDING} MINUS << {PAIN}", [FINDING, FEVER]),
        (f"{HEAD} OR < {PAIN}", [HEAD, HEAD_PAIN]), (f"> ^ {REFSET}", [ROOT, FINDING, PAIN]),
        (f"{HEAD} OR {PAIN} OR {FEVER} OR {SITE}", [HEAD, PAIN, FEVER, SITE]), (f"^ {PAIN}", []),
        (f"<< {FINDING} AND (<< {PAIN} OR {HEAD}) AND ^ {REFSET}", [HEAD_PAIN]),
        (f"(<< {FINDING} MINUS {PAIN}) MINUS {FEVER}", [FINDING, HEAD_PAIN]),
        (f"<< {FINDING} MINUS ({PAIN} MINUS {FEVER})", [FINDING, HEAD_PAIN, FEVER]),
        (f"< ({PAIN} OR {FINDING})", [PAIN, HEAD_PAIN, FEVER]), (f"<< ({FEVER} OR {PAIN})", [PAIN, HEAD_PAIN, FEVER]),
        (f"* : {SITE_OF} = << {SITE}", [HEAD_PAIN]), (f"* : {SITE_OF} = {HEAD}", [HEAD_PAIN]), (f"< {FINDING} : {SITE_OF} = *", [HEAD_PAIN]),
        (f"* : << {ROOT} = *", [HEAD_PAIN, FEVER]), (f"* : {SITE_OF} = {SITE}", []), (f"* : {DOSE} = #2.0", [FEVER]),
        ("<< *", list(CONCEPTS)), (">> *", list(CONCEPTS)), ("< *", [one for one in CONCEPTS if one != ROOT]),
        ("> *", [ROOT, FINDING, PAIN, SITE]), (f"< ({PAIN} OR {SITE})", [HEAD_PAIN, HEAD]), (f"* MINUS << {ROOT}", []),
        (f"* : {DOSE} = #3", []), (f'* : {DOSE} = "2"', []), (f"* : {rf2.IS_A} = {PAIN}", [HEAD_PAIN]),
    ],
)  # fmt: skip
def test_an_expression_gives_its_concepts(loaded, colleague_asker, text, codes):
    assert {one.code for one in expand(colleague_asker, "snomed", text)} == set(codes)
    assert expansion_count(colleague_asker, "snomed", text) == len(codes)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("before", "unknown", "after", "said"),
    [
        (f"<< {PAIN} OR ", "11000146104", "", "no concept 11000146104"),
        ("^ ", "11000146104", "", "no reference set 11000146104"),
        (f"< {FINDING} : {SITE_OF} = (< {SITE} OR ^ ", "11000146104", " OR 12000146105)", "no reference set 11"),
        ("<< ", "12000146105", " AND ^ 11000146104", "no concept 12"),
    ],
)  # fmt: skip
def test_what_there_is_not_is_named_with_its_position(loaded, colleague_asker, before, unknown, after, said):
    text = f"{before}{unknown}{after}"
    with pytest.raises(EclInvalid, match=said) as met:
        expand(colleague_asker, "snomed", text)
    assert met.value.extra["position"] == text.index(unknown) + 1


@pytest.mark.django_db
def test_an_expression_that_takes_too_long_is_refused_and_later_ones_are_not(
    loaded, colleague_asker, monkeypatch
):
    monkeypatch.setattr(ecl_sql, "TIMEOUT_S", "0.001")
    monkeypatch.setattr(ecl_sql._Writer, "condition", lambda *_, **__: "pg_sleep(1)::text = ''")
    with pytest.raises(ecl_sql.EclTooBroad, match="Narrow"):
        expand(colleague_asker, "snomed", "*")
    monkeypatch.undo()
    assert expansion_count(colleague_asker, "snomed", "*") == len(CONCEPTS)


@pytest.mark.django_db
def test_an_outsider_expands_nothing_of_the_workspace(loaded, load, foreign, outsider_asker, tmp_path):
    with pytest.raises(EclInvalid, match="no concept"):
        expand(outsider_asker, "snomed", f"<< {ROOT}")
    with pytest.raises(EclInvalid, match="no reference set"):
        expansion_count(outsider_asker, "snomed", f"^ {REFSET}")
    assert expand(outsider_asker, "snomed", "*") == []
    own = tmp_path / "own"
    file_write(own, "Concept", [concept(ROOT), concept(PAIN)])
    file_write(own, "Description", [description(1000, PAIN, "Foreign pain", rf2.FULLY_SPECIFIED_NAME)])
    file_write(own, "Relationship", [relationship(1000, PAIN, ROOT)])
    load(own, into=foreign)
    assert [(one.code, one.name) for one in expand(outsider_asker, "snomed", f"< {ROOT}")] == [
        (PAIN, "Foreign pain")
    ]


@pytest.mark.django_db
def test_random_expressions_agree_with_sets(load, colleague_asker, tmp_path):
    """Against sets computed from the edges, on a hierarchy of 60 concepts with several parents."""
    chance = random.Random(11)
    codes = [f"{1000 + number}004" for number in range(60)]
    edges = {
        (codes[at], codes[chance.randrange(at)]) for at in range(1, 60) for _ in range(chance.randint(1, 3))
    }
    file_write(tmp_path, "Concept", [concept(code) for code in codes])
    file_write(tmp_path, "Description", [])
    file_write(
        tmp_path, "Relationship", [relationship(1000 + at, *edge) for at, edge in enumerate(sorted(edges))]
    )
    load(tmp_path)
    above = {}
    for code in codes:
        direct = {parent for child, parent in edges if child == code}
        above[code] = direct.union(*(above[parent] for parent in direct))

    def make(depth):
        kind = chance.choice(["code", "<", "<<", ">", ">>"] + ["AND", "OR", "MINUS", "nest"] * depth)
        if kind == "code":
            code = chance.choice(codes)
            return code, {code}
        if kind in {"AND", "OR", "MINUS"}:
            (left, a), (right, b) = make(depth - 1), make(depth - 1)
            return f"(({left}) {kind} ({right}))", {"AND": a & b, "OR": a | b, "MINUS": a - b}[kind]
        operator = chance.choice(["<", "<<", ">", ">>"]) if kind == "nest" else kind
        inner, focus = make(depth - 1) if kind == "nest" else _one()
        below = {code for code in codes if above[code] & focus}
        upward = set().union(*(above[code] for code in focus))
        found = below if operator.startswith("<") else upward
        return f"{operator} ({inner})", found | focus if len(operator) == 2 else found

    def _one():
        code = chance.choice(codes)
        return code, {code}

    for _ in range(150):
        text, expected = make(2)
        assert {one.code for one in expand(colleague_asker, "snomed", text)} == expected, text


def test_what_is_wrong_in_an_expression_is_told_in_the_readers_language():
    with translation.override("zh-hans"), pytest.raises(EclInvalid, match="第 1 个字符：此处为'\\)'，应为"):
        ecl_read(")")
