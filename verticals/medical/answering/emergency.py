"""A question that tells of an emergency: the call for help comes first, where the workspace wants it."""

from collegium.sdk.answering import AnswerSteps, Question
from verticals.medical.answering.understand import context_read
from verticals.medical.triage.recognise import Hit, Patient, Triage, TriageProblem, triage

WORDS = {
    "en": {
        "call": "This may be an emergency. Call the emergency number now (112, 911, 999, in China 120) or "
        "have the person brought to an emergency department. Do not wait for what follows.",
        "rules": "Red flags recognised in the question:",
        "signs": "Signs found in the question, by rule:",
        "model": "No rule fired; the question reads like an emergency, so it is treated as one.",
        "quote": "“{}”", "between": ", ", "colon": ": ", "source": " ({})",
    },
    "zh": {
        "call": "这可能是急症。请立即拨打急救电话 120，或尽快将患者送往急诊科，不要等待下文。",
        "rules": "在问题中识别到的危险信号：",
        "signs": "在问题中发现的征象（按规则）：",
        "model": "没有规则触发，但问题的描述与急症相似，因此按急症处理。",
        "quote": "“{}”", "between": "、", "colon": "：", "source": "（{}）",
    },
}  # fmt: skip
KIND = "emergency"


def emergency_write(steps: AnswerSteps) -> None:
    """Put the call for help, and what it rests on, before the answer; nothing where triage is off."""
    from verticals.medical.features.switch import TRIAGE, feature_enabled

    question = steps.question
    if feature_enabled(question.asker.workspace_id, TRIAGE) and (found := _looked(question)):
        steps.write(_notice(found, question), kind=KIND)


def _looked(question: Question) -> Triage | None:
    """The emergency that the question tells of; None for none, or a language that triage does not read."""
    try:
        found = triage(question.text, patient=_patient(question))
    except TriageProblem:
        return None
    return found if found.emergency else None


def _patient(question: Question) -> Patient:
    if not question.context:
        return Patient()
    known = context_read(question.context)
    sure = known.age_most is None or known.age_most == known.age
    return Patient(
        age_years=known.age if sure else None, sex=known.sex if known.sex in ("female", "male") else ""
    )


def _notice(found: Triage, question: Question) -> str:
    language = "zh" if question.language == "zh" else "en"
    words = WORDS[language]
    lines = [words["call"]]
    if found.escalation:
        lines.append(words["model"])
    hits = found.escalation.signs if found.escalation else found.hits
    if hits:
        lines.append(words["signs" if found.escalation else "rules"])
    return "\n".join([*lines, *(_line(one, question.text, language) for one in hits)])


def _line(hit: Hit, text: str, language: str) -> str:
    """A rule that fired: its name, the words of the question that it rests on, and its citation."""
    words = WORDS[language]
    said = words["between"].join(words["quote"].format(text[start:end]) for start, end in hit.spans)
    about = words["colon"] + said if said else ""
    return hit.rule.name[language] + about + words["source"].format(hit.rule.citation)
