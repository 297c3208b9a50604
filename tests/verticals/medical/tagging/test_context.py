"""A finding gets the context of the words that reach it: what they are, how far they reach, what they are not."""

import re

import pytest

from verticals.medical.tagging.cases import cases_read
from verticals.medical.tagging.context import CONTEXTS, contexts_find
from verticals.medical.tagging.rules import RuleProblem, rules_read
from verticals.medical.tagging.suite import case_judged, f1, figures


def contexts_of(marked: str) -> list[str]:
    """The contexts of the findings in brackets."""
    text, places = "", []
    for part in re.split(r"(\[.*?\])", marked):
        if part.startswith("["):
            places.append((len(text), len(text) + len(part) - 2))
            part = part[1:-1]
        text += part
    return contexts_find(text, places)


@pytest.mark.parametrize(
    ("marked", "contexts"),
    [
        ("No [fever]; [cough] for a week.", "negated affirmed"),
        ("He denies [fever] but reports [cough].", "negated affirmed"),
        ("The course was not without [bleeding].", "affirmed"),
        ("There is no increase in [dyspnea].", "affirmed"),
        ("[Appendicitis] cannot be excluded.", "uncertain"),
        ("[Appendicitis] was ruled out.", "negated"),
        ("Return if [fever] occurs.", "hypothetical"),
        ("Her mother had [asthma].", "family"),
        ("His wife noticed [confusion].", "affirmed"),
        ("History of [asthma], now presents with [cough].", "historical affirmed"),
        ("Three-day history of [cough].", "affirmed"),
        ("No history of [asthma].", "negated"),
        ("患者无[发热]、[咳嗽]，有[胸痛]。", "negated negated affirmed"),
        ("不排除[肺炎]。", "uncertain"),
        ("已排除[肺炎]。", "negated"),
        ("无明显诱因出现[胸痛]。", "affirmed"),
        ("如出现[胸痛]，请就诊。", "hypothetical"),
        ("父亲患[高血压]，患者有[头痛]。", "family affirmed"),
        ("既往有[哮喘]，现[咳嗽]。", "historical affirmed"),
        ("[Fever] (-), [cough] (+), [rash] (-).", "negated affirmed negated"),
        ("[发热]（-），[咳嗽]（+），[皮疹]（-）。", "negated affirmed negated"),
        ("Can't say I haven't had [flushes], but [palpitations], never.", "affirmed negated"),
        ("不能说没有[潮热]，但[心悸]从来没有过。", "affirmed negated"),
        ("No [fever], and [pneumonia] is likely.", "negated uncertain"),
        ("No [fever] or [pneumonia] is suspected.", "negated negated"),
        ("No [fever], [asthma] in childhood.", "negated historical"),
        ("The cause of the [pain] is unclear; the [rash] is unclear.", "affirmed uncertain"),
        ("No known history of [asthma].", "negated"),
        ("PMH:\n- [asthma]\n- [gout]\nNo [fever].", "historical historical negated"),
        ("ROS:\n- no [fever]\n- [cough]", "negated affirmed"),
        ("家族史：\n1. [高血压]\n2. [糖尿病]", "family family"),
        ("No evidence of\n[pneumonia].", "negated"),
        ("不是[感冒]，是[过敏]。", "negated affirmed"),
        ("要是[发热]就来医院，现在只是有点[咳嗽]。", "hypothetical affirmed"),
        ("Her aunt had [asthma], and she fears [cancer].", "family hypothetical"),
        ("[Migraine], probably.", "uncertain"),
        ("[Rash] gone, [itch] persists.", "historical affirmed"),
        ("[咳嗽]已缓解，[胸痛]未减轻。", "historical affirmed"),
        ("Any [chest pain]? No. [Cough]? Occasionally.", "negated affirmed"),
        ("Told that [nerve damage], [bleeding] and [infection] may occur.", "hypothetical " * 3),
        ("昨晚[胸痛]一次，约5分钟自行缓解。", "historical"),
        ("无[发热]，[吃奶欠佳]。", "negated affirmed"),
        ("[脾大]，考虑[淋巴瘤]待排。", "affirmed uncertain"),
        ("No [wheeze], mild [oedema] of both legs.", "negated affirmed"),
        ("否认[高血压]，[糖尿病]，[冠心病]病史。", "negated negated negated"),
        ("I'm scared this [lump] is [cancer].", "affirmed hypothetical"),
        ("If the [pain] is [severe], call.", "hypothetical hypothetical"),
        ("Risks incl. [infection], [bleeding].", "hypothetical hypothetical"),
        ("Father d. 54 of [stroke].", "family"),
        ("[Ascites] has recurred; [encephalopathy] hasn't.", "affirmed negated"),
        ("My daughter has a [fever], no [rash].", "affirmed negated"),
        ("[Appendicitis] was suspected but the scan was normal.", "negated"),
        ("She wonders if the [hair loss] might come from [anaemia].", "affirmed uncertain"),
    ],
)
def test_a_finding_has_the_context_that_its_words_set(marked, contexts):
    assert contexts_of(marked) == contexts.split()


def test_every_context_holds_on_the_sentences_that_rules_were_written_with():
    judged = [one for case in cases_read("tuned") for one in case_judged(case)]
    told = figures(judged)
    assert told["sentences"] >= 200
    assert told["f1"] >= 0.95 and all(f1(judged, context) >= 0.92 for context in CONTEXTS), told


def test_the_sentences_that_were_set_aside_keep_what_was_measured():
    """Measured once: .9327 of 1,025 findings (interval .9157 to .9465); en .9102 of 590, zh .9632 of 435."""
    judged = [one for case in cases_read("unseen") for one in case_judged(case)]
    told = {
        language: figures([one for one in judged if one.case.language in language])["f1"]
        for language in (("en", "zh"), ("en",), ("zh",))
    }
    assert told[("en", "zh")] >= 0.925 and told[("en",)] >= 0.90 and told[("zh",)] >= 0.95


def test_no_sentence_stands_in_both_halves():
    plain = [
        {re.sub(r"\W", "", case.text.lower()) for case in cases_read(half)} for half in ("tuned", "unseen")
    ]
    assert not plain[0] & plain[1]


@pytest.mark.parametrize(
    ("field", "told"),
    [("context: wrong", "no known context"), ("context: end\n    colour: red", "unknown field: colour")],
)
def test_a_rule_that_cannot_be_meant_is_refused_by_its_name(field, told):
    text = f"rules:\n  - id: odd\n    {field}\n    patterns: |\n      no\n"
    with pytest.raises(RuleProblem, match=f"The rule odd.*{told}"):
        rules_read(text, "en")


def test_a_pattern_that_is_none_is_refused_by_its_rule():
    with pytest.raises(RuleProblem, match="odd is no regular expression"):
        rules_read("rules:\n  - id: odd\n    context: negated\n    patterns: |\n      (no\n", "en")
