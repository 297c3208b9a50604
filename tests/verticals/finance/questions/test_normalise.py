"""A question is compared in one spelling, in which every character keeps its place."""

import pytest

from verticals.finance.questions.lexicon import Lexicon
from verticals.finance.questions.normalise import fold, is_chinese, key, plain, spaced


@pytest.mark.parametrize(
    "text", ["ＦＹ２０２３　毛利率", "營業收入淨利潤", "Q3—2023’s “net‑income”", "İstanbul ẞ ﬁ", ""]
)
def test_no_character_changes_its_place(text):
    assert len(fold(text)) == len(plain(text)) == len(spaced(text)) == len(text)


def test_full_width_traditional_and_typographic_forms_become_plain():
    assert plain("ＦＹ２０２３年營業收入淨利潤應收帳款") == "fy2023年营业收入净利润应收账款"
    assert spaced("Debt‑to‑equity’s") == "debt to equity's"
    assert key("  Pre‑Tax   Income ") == "pre tax income"


def test_a_question_is_chinese_where_it_has_a_chinese_character():
    assert is_chinese("AAPL 毛利率")
    assert not is_chinese("gross margin")


def test_the_longest_name_is_found_and_none_inside_a_word():
    names = Lexicon({"net income": 1, "income": 2, "净利润": 3, "扣非净利润": 4, "ge": 5})
    assert [span.value for span in names.find("net income and income")] == [1, 2]
    assert [span.value for span in names.find("扣非净利润与净利润")] == [4, 3]
    assert names.find("gear") == []
    assert names.find("the merge") == []


def test_a_name_does_not_overlap_what_is_taken():
    assert Lexicon({"income": 1}).find("net income", taken=[(4, 6)]) == []
    assert Lexicon({}).find("anything") == []
