"""Overlap with a reference, by hand-worked examples; numbers in figures and in words."""

from decimal import Decimal

import pytest

from collegium.sdk.overlap import numbers_stated, numbers_supported, overlap_tokens, rouge_l, token_f1


def test_words_and_chinese_characters_are_tokens():
    assert overlap_tokens("Revenue was 1,234.5 in 2024. 毛利率") == [
        "revenue", "was", "1,234.5", "in", "2024", "毛", "利", "率",
    ]  # fmt: skip


def test_token_f1_counts_each_word_as_often_as_both_have_it():
    # 3 of 4 and 3 of 3: the second "the" finds none
    assert token_f1("the cat the sat", "the cat sat") == pytest.approx(6 / 7)
    assert token_f1("", "") == 1.0
    assert token_f1("", "something") == 0.0


def test_rouge_l_takes_order_into_account():
    # Lin 2004: police killed the gunman / police kill the gunman / the gunman kill police
    assert rouge_l("police kill the gunman", "police killed the gunman") == pytest.approx(3 / 4)
    assert rouge_l("the gunman kill police", "police killed the gunman") == pytest.approx(2 / 4)


def test_numbers_are_supported_by_figures_and_by_words():
    evidence = "Patient: I am seventy-six years old, and took two pills; my pressure was 142 over 90."
    assert numbers_supported("A 76-year-old; 2 pills; 142/90.", evidence) == (4, 4)
    assert numbers_supported("A 77-year-old; 142/95.", evidence) == (1, 3)
    assert numbers_supported("No numbers.", evidence) == (0, 0)


def test_a_number_with_its_scale_is_its_value():
    assert Decimal(1_200_000) in numbers_stated("1.2 million")
    assert numbers_supported("USD 1.2 million", "1,200,000 dollars") == (1, 1)
