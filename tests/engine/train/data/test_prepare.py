"""Examples are filtered, made distinct, split by source and completed; the card says what was done."""

import json
import random
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import ConfigInvalid, NoExamples
from engine.train.data.duplicates import exact_removed, near_removed
from engine.train.data.example import Example, Message
from engine.train.data.filters import filter_of, filters_of
from engine.train.data.negatives import NO_PASSAGES, REFUSALS
from engine.train.data.options import DataOptions
from engine.train.data.prepare import Prepared, prepare
from tests.engine.train.data.some import example, file_of

PLAIN = DataOptions(held_out_share=0.0)


def prepared(
    folder: Path, examples: list[Example], options: DataOptions = PLAIN, *, private: bool = False
) -> Prepared:
    path = file_of(folder / "examples.jsonl", *examples)
    return prepare(path, options, held_out=None, private=private, seed=1)


def answering(answer: str, language: str = "en") -> Example:
    asked = example(1, language=language)
    return replace(asked, messages=(*asked.messages[:-1], Message("assistant", answer)))


@pytest.mark.parametrize(
    ("unfit", "by"),
    [
        (answering(""), "length"),
        (answering("word " * 6000), "length"),
        (answering("这是中文的回答。"), "language"),
        (answering("An English answer.", "zh"), "language"),
        (replace(answering("Hier."), language="de"), "language"),
        (answering("margin \ufffd\ufffd rose"), "characters"),
        (answering("======================= total"), "characters"),
        (answering("?!$ %^& *() a"), "characters"),
        (answering("the costs fell again and " * 20), "repetition"),
        (answering("费用下降了。" * 20, "zh"), "repetition"),
    ],
)
def test_an_unfit_example_is_removed_by_its_filter(unfit: Example, by: str) -> None:
    assert filter_of(unfit, filters_of(PLAIN)) == by


@pytest.mark.parametrize(
    "fit",
    [
        answering("12.5 %"),
        answering("The gross margin rose from 20.1 % to 22.9 %: costs fell, and prices held."),
        answering("毛利率由20.1%升至22.9%，原因是 EBITDA 改善、成本下降。", "zh"),
        answering(
            "\n".join(f"{n}. Step {n} takes {n} minutes and is done by person {n}." for n in range(60))
        ),
    ],
)
def test_a_fit_example_is_kept(fit: Example) -> None:
    assert filter_of(fit, filters_of(PLAIN)) == ""


def test_near_duplicates_are_removed_and_others_kept() -> None:
    text = (
        "Net sales grew by nine percent in the third quarter since two plants in the north were opened early."
    )
    other = "The board proposes a dividend of one euro a share, unchanged against the year before that."
    examples = [answering(text), answering(text.replace("early", "late")), answering(other)]
    assert near_removed(examples, 0.8) == [examples[0], examples[2]]
    assert near_removed(examples, 0.99) == examples


def test_near_duplicates_in_chinese_are_removed() -> None:
    text = "本季度毛利率上升主要由于原材料成本下降以及产品结构改善所带来的单位售价提高"
    examples = [
        answering(text, "zh"),
        answering(text[:-1] + "升", "zh"),
        answering("公司拟每股派息一元。", "zh"),
    ]
    assert near_removed(examples, 0.8) == [examples[0], examples[2]]


def test_equal_examples_are_removed_within_a_person_alone_where_it_is_private() -> None:
    mine, again, other = (example(1, group=group) for group in ("a", "a", "b"))
    assert exact_removed([mine, again, other], within_group=False) == [mine]
    assert exact_removed([mine, again, other], within_group=True) == [mine, other]


def test_nothing_of_a_document_or_a_person_is_on_both_sides(tmp_path: Path) -> None:
    rng = random.Random(3)
    examples = [
        example(n, source=f"d{n // 10}-{rng.randrange(3)}", group=f"p{n // 20}-{n % 3}" if n % 2 else "")
        for n in range(400)
    ]
    found = prepared(tmp_path, examples, DataOptions(held_out_share=0.3, near_duplicates=0.0))
    assert found.train and found.held_out
    for name in ("source", "group"):
        both = {getattr(one, name) for one in found.train} & {getattr(one, name) for one in found.held_out}
        assert both <= {""}


def test_the_side_of_a_source_does_not_change_when_others_come(tmp_path: Path) -> None:
    options = DataOptions(held_out_share=0.3, near_duplicates=0.0)
    few = prepared(tmp_path, [example(n) for n in range(100)], options)
    more = prepared(tmp_path, [example(n) for n in range(200)], options)
    assert {one.source for one in few.held_out} <= {one.source for one in more.held_out}
    assert 15 <= len(few.held_out) <= 45


def test_taking_one_private_record_away_changes_no_other(tmp_path: Path) -> None:
    options = DataOptions(held_out_share=0.2, refusal_share=0.3)
    examples = [example(n % 40, source=f"d{n}", evidence=True) for n in range(60)]  # with equal ones
    whole = prepared(tmp_path, examples, options, private=True)
    for at in (0, 7, 41):
        less = prepared(tmp_path, examples[:at] + examples[at + 1 :], options, private=True)
        gone = [one.line() for one in (*whole.train, *whole.held_out)]
        for one in (*less.train, *less.held_out):
            if one.line() in gone:
                gone.remove(one.line())
            else:  # its equal twin stands in for it: the same words under another source's name
                assert one.messages in [other.messages for other in whole.train + whole.held_out]
        assert len(gone) <= 1


def test_refusals_are_made_from_the_passages_of_other_sources(tmp_path: Path) -> None:
    examples = [example(n, evidence=True) for n in range(40)]
    found = prepared(tmp_path, examples, replace(PLAIN, refusal_share=0.2))
    made = [one for one in found.train if one.refusal]
    assert len(made) == 10 and found.card.added == {"refusal": 10, "augmented": 0}
    own = {one.source: one.evidence[0] for one in examples}
    for one in made:
        assert one.answer == REFUSALS["en"] and one.made_by == "template"
        assert own[one.source] not in one.asked and one.evidence[0] in one.asked
        assert one.evidence[0] in own.values()


def test_too_many_refusals_are_left_out(tmp_path: Path) -> None:
    examples = [example(n, refusal=n < 30) for n in range(60)]
    found = prepared(tmp_path, examples, replace(PLAIN, refusal_share=0.25))
    assert found.card.train.refusals == 10 and found.card.train.examples == 40


def test_a_private_record_becomes_a_refusal_without_any_other_records_words(tmp_path: Path) -> None:
    examples = [example(n, evidence=True) for n in range(200)]
    found = prepared(tmp_path, examples, replace(PLAIN, refusal_share=0.25), private=True)
    made = [one for one in found.train if one.refusal]
    assert len(found.train) == 200 and 30 <= len(made) <= 70
    assert all(NO_PASSAGES["en"] in one.asked and "Passage" not in one.asked for one in made)


def test_templates_put_questions_in_other_frames(tmp_path: Path) -> None:
    examples = [example(n, language="zh" if n % 2 else "en") for n in range(20)]
    found = prepared(tmp_path, examples, replace(PLAIN, template_share=1.5))
    made = [one for one in found.train if one.made_by == "template"]
    assert len(made) == 30 and found.card.train.made_by == {"recorded": 20, "template": 30}
    by_source = {one.source: one for one in examples}
    for one in made:
        assert by_source[one.source].asked in one.asked and one.answer == by_source[one.source].answer


def test_a_set_aside_file_is_measured_on_and_nothing_is_split(tmp_path: Path) -> None:
    path = file_of(tmp_path / "train.jsonl", *(example(n) for n in range(20)))
    aside = file_of(tmp_path / "aside.jsonl", *(example(n) for n in range(20, 25)))
    found = prepare(path, DataOptions(held_out_share=0.5), held_out=aside, private=False, seed=1)
    assert (len(found.train), len(found.held_out)) == (20, 5)


def test_the_card_tells_what_each_filter_removed(tmp_path: Path) -> None:
    examples = [
        *(example(n, group=f"p{n % 3}") for n in range(9)),
        example(1),
        answering(""),
        answering("中文"),
    ]
    found = prepared(tmp_path, examples, replace(PLAIN, max_examples=5))
    card = found.card.as_json()
    assert card["read"] == 12
    assert card["removed"] == {
        "length": 1, "language": 1, "characters": 0, "repetition": 0, "duplicate": 1, "near duplicate": 0
    }  # fmt: skip
    assert card["train"]["examples"] == 5 and card["train"]["groups"] <= 3 and not card["statement"]
    found.card.write(tmp_path / "card.json")
    assert json.loads((tmp_path / "card.json").read_text()) == json.loads(json.dumps(card))


def test_the_fingerprint_is_of_the_examples_in_whatever_order(tmp_path: Path) -> None:
    examples = [example(n) for n in range(9)]
    one = prepared(tmp_path, examples).card.train.sha256
    assert prepared(tmp_path, examples[::-1]).card.train.sha256 == one
    assert prepared(tmp_path, examples[:-1]).card.train.sha256 != one


def test_the_card_of_private_examples_says_what_is_not_covered(tmp_path: Path) -> None:
    card = prepared(tmp_path, [example(1), example(1, source="b")], private=True).card
    assert "near duplicate" not in card.removed and "does not cover" in card.statement


@pytest.mark.parametrize("held_out_share", [0.0, 0.99])
def test_without_examples_it_says_what_removed_them(tmp_path: Path, held_out_share: float) -> None:
    options = DataOptions(held_out_share=held_out_share, languages=("zh",))
    with pytest.raises(NoExamples, match="none of 3 examples .* 3 by language"):
        prepared(tmp_path, [example(n) for n in range(3)], options)
    with pytest.raises(NoExamples, match="holds no example"):
        prepared(tmp_path, [], options)


@pytest.mark.parametrize(
    "changes",
    [{"template_share": 1.0}, {"paraphrase_share": 1.0, "paraphrase_url": "x"}, {"max_examples": 5}],
)
def test_what_ties_private_records_together_is_refused(tmp_path: Path, changes: dict[str, object]) -> None:
    with pytest.raises(ConfigInvalid, match="privacy"):
        prepared(tmp_path, [example(1)], DataOptions(**changes), private=True)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"languages": ()}, "at least one language"),
        ({"held_out_share": 1.0}, "below 1"),
        ({"template_share": -1.0}, "negative"),
        ({"max_chars": 0}, "max_chars"),
        ({"paraphrase_share": 0.5}, "paraphrase_url"),
    ],
)
def test_unusable_options_are_refused(changes: dict[str, object], reason: str) -> None:
    with pytest.raises(ConfigInvalid, match=reason):
        DataOptions(**changes)  # type: ignore[arg-type]
