"""What counts as a word."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from collegium.knowledge.models import TERM_SPACE
from collegium.knowledge.tokens import _stem, chinese_share, term_id, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,234.50 and 1234.5", ["1234.5", "1234.5"]),
        ("$1,577 million", ["1577", "million"]),
        ("12,34", ["12", "34"]),
        ("4.2bn", ["4.2", "bn"]),
        ("The companies' revenues were rising", ["compani", "revenu", "rise"]),
        ("FY2019 and Q3FY22", ["fy2019", "2019", "q3fy22", "2022"]),
        ("COVID-19", ["covid", "19"]),
        ("AT&T's 3M_2018_10K", ["at&t", "3m", "2018", "10k"]),
        ("ＡＢＣ１２３", ["abc123"]),
        ("", []),
        ("… — ***", []),
    ],
)
def test_english_is_stemmed_and_numbers_stay_whole(text, expected):
    assert tokens(text) == expected


def test_chinese_is_segmented_with_the_words_inside_long_words():
    assert tokens("四方科技2019年的营业收入是1,234.5万元吗？") == [
        *("四方", "科技", "2019", "年", "营业", "收入", "1234.5", "万元"),
    ]
    assert {"股份", "有限", "公司", "有限公司"} <= set(tokens("股份有限公司"))


def test_a_rule_of_letters_is_no_word():
    assert tokens("x" * 65 + " cat") == ["cat"]


def test_term_ids_fit_the_index():
    ids = [term_id(f"word{n}") for n in range(20_000)]
    assert min(ids) >= 1 and max(ids) <= TERM_SPACE
    assert len(set(ids)) >= 19_998
    assert term_id("revenue") == term_id("revenue")


def test_the_share_of_chinese_is_of_the_letters():
    assert chinese_share("营业收入 2019") == 1.0
    assert chinese_share("What is 营收?") == pytest.approx(2 / 8)
    assert chinese_share("2019") == 0.0


def test_threads_that_stem_at_once_do_not_disturb_one_another():
    words = [f"{stem}{ending}" for stem in ("nation", "operat", "relat", "hope", "valu", "organ", "general", "continu")
             for ending in ("alizations", "ionally", "iveness", "fulness", "ations", "izers", "ities", "ously")]  # fmt: skip
    expected = [tokens(word) for word in words]
    _stem.cache_clear()
    rounds = 40
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: _words_stemmed(words, number), range(rounds)))
    assert found == [expected] * rounds


def _words_stemmed(words: list[str], number: int) -> list[list[str]]:
    _stem.cache_clear()
    turned = words[number % len(words) :] + words[: number % len(words)]
    stems = {word: tokens(word) for word in turned}
    return [stems[word] for word in words]
