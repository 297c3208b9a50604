"""Examples whose evidence says nothing on what is asked, and whose answer says so."""

import random
from collections.abc import Sequence
from dataclasses import replace

from engine.train.data.example import Example, Message
from engine.train.data.split import share_of

REFUSALS = {
    "en": "The passages given do not answer this question.",
    "zh": "所给的段落没有回答这个问题。",
}
TRIES = 50
NO_PASSAGES = {"en": "(no passages were found)", "zh": "（没有找到段落）"}


def refusals_mixed(examples: Sequence[Example], share: float, *, seed: int) -> list[Example]:
    """Brings the share of refusals to `share`: some are left out, or some are made.

    One is made from an example with evidence: the passages are those of another source. Fewer come out where
    there is not enough to make them from.
    """
    rng = random.Random(seed)
    answers = [one for one in examples if not one.refusal]
    refusals = [one for one in examples if one.refusal]
    wanted = round(len(answers) * share / (1 - share))
    if len(refusals) > wanted:
        kept = {id(one) for one in rng.sample(refusals, wanted)}
        return [one for one in examples if not one.refusal or id(one) in kept]
    usable = [one for one in answers if one.evidence and one.language in REFUSALS]
    rng.shuffle(usable)
    made: list[Example] = []
    for example in usable:
        if len(refusals) + len(made) >= wanted:
            break
        if other := _foreign(example, usable, rng):
            made.append(_refused(example, other.evidence))
    return [*examples, *made]


def _foreign(example: Example, usable: Sequence[Example], rng: random.Random) -> Example | None:
    """An example of another source in the same language; None where some tries find none."""
    for _ in range(TRIES):
        other = rng.choice(usable)
        if other.source != example.source and other.language == example.language:
            return other
    return None


def refusals_converted(examples: Sequence[Example], share: float, *, seed: int) -> list[Example]:
    """Turns about `share` of the examples that have evidence into refusals, each by itself.

    For private records: nothing of another record comes into one, and each stays one example. Its passages
    are taken out, and no others are put in.
    """
    return [
        _refused(one, ())
        if one.evidence
        and not one.refusal
        and one.language in REFUSALS
        and share_of(f"refusal\0{one.line()}", seed) < share
        else one
        for one in examples
    ]


def _refused(example: Example, passages: Sequence[str]) -> Example:
    """The example with other passages, or none, and the answer that they do not answer it."""
    put = list(passages[: len(example.evidence)]) or [NO_PASSAGES[example.language]]
    messages = list(example.messages)
    for number, old in enumerate(example.evidence):
        new = put[number] if number < len(put) else ""
        messages = [
            replace(one, content=one.content.replace(old, new)) if one.role == "user" else one
            for one in messages
        ]
    messages[-1] = Message("assistant", REFUSALS[example.language])
    evidence = tuple(passages[: len(example.evidence)])
    return replace(example, messages=tuple(messages), evidence=evidence, refusal=True, made_by="template")
