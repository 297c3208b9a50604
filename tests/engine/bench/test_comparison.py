"""The arithmetic of the comparison of systems."""

import pytest

from engine.bench.comparison import (
    Agreement,
    Measured,
    agreement_of,
    figures_row,
    passes_rows,
    ratios_row,
)
from engine.bench.system import Choice, Figures

MIB = 1024**2


def figures(scale: float) -> Figures:
    return Figures(
        first_token_s=1.0 * scale,
        decode_tokens_s=(10.0 * scale, 20.0 * scale, 40.0 * scale),
        clients_tokens_s=30.0 * scale,
        memory_bytes=int(1000 * MIB * scale),
        start_s=5.0 * scale,
    )


def said(*tokens: int, lead: float = 1.0) -> list[Choice]:
    return [Choice(token, lead) for token in tokens]


def test_a_ratio_is_taken_within_each_pass_so_that_a_slower_machine_changes_none():
    reference = Measured(name="bare", note="", passes=(figures(1), figures(10)))
    other = Measured(name="other", note="", passes=(figures(2), figures(20)))
    row = ratios_row(other, reference)
    assert row["system"] == "other / bare"
    assert [value for name, value in row.items() if name != "system"] == [2.0] * 7


def test_a_figure_is_the_median_of_the_passes_and_each_pass_is_kept():
    system = Measured(name="one", note="n", passes=(figures(1), figures(2), figures(9)))
    row = figures_row(system)
    assert row["first token s"] == 2.0 and row["memory MiB"] == 2000.0 and row["decode 32 tok/s"] == 80.0
    assert row["decode 1 tok/s"] == 20.0 and row["16 clients tok/s"] == 60.0 and row["start s"] == 10.0
    assert [(r["system"], r["pass"], r["decode 8 tok/s"]) for r in passes_rows([system])] == [
        ("one", 1, 20.0),
        ("one", 2, 40.0),
        ("one", 3, 180.0),
    ]


def test_a_system_that_was_not_measured_has_no_figures_and_says_why():
    row = figures_row(Measured(name="gone", note="not measured: no compiler", failed=True))
    assert row["first token s"] == row["same tokens"] == "-" and row["note"] == "not measured: no compiler"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (said(5, 6, 7), Agreement(1, 0, 0)),
        (said(5, 6), Agreement(0, 0, 1)),
        (said(5, 6, 7, 8), Agreement(0, 0, 1)),
        (said(5, 9, 7), Agreement(0, 0, 1)),
    ],
)
def test_continuations_are_the_same_only_as_a_whole(other, expected):
    assert agreement_of([said(5, 6, 7)], [other]) == expected


def test_a_difference_is_forgiven_where_the_reference_was_undecided_and_not_elsewhere():
    undecided = [Choice(5, 2.0), Choice(6, 0.0005), Choice(7, 2.0)]
    assert agreement_of([undecided], [said(5, 9, 1)]) == Agreement(0, 1, 0)
    assert agreement_of([undecided], [said(9, 6, 7)]) == Agreement(0, 0, 1)
    # The other's own doubt forgives nothing.
    assert agreement_of([said(5, 6)], [said(5, 9, lead=0.0)]) == Agreement(0, 0, 1)


def test_an_agreement_reads_as_words():
    assert str(Agreement(7, 0, 1)) == "7 of 8" and str(Agreement(6, 2, 0)) == "6 of 8, 2 part at a tie"
