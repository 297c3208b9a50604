"""More examples from those that were recorded: the same question put in other words, by rule or by the model.

What was made is marked so, keeps its source, and so stays on its source's side of the split.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from engine.client import ChatMessage, EngineClient
from engine.train.data.example import Example

FRAMES = {
    "en": (
        "Please answer from the material given. {question}",
        "{question}\nAnswer briefly, and only what is known.",
        "I would like to know: {question}",
        "Question: {question}",
    ),
    "zh": (
        "请根据所给材料回答：{question}",
        "{question}\n请简要回答，只说已知的内容。",
        "我想了解：{question}",
        "问题：{question}",
    ),
}
ASK = {
    "en": "Rewrite this question in other words. Keep its meaning and every number and name. Write only it.",
    "zh": "用别的说法改写这个问题，保持原意、所有数字和名称不变，只写改写后的问题。",
}
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
PARAPHRASE_TOKENS = 160


def by_templates(examples: Sequence[Example], share: float, *, seed: int) -> Iterator[Example]:
    """About `share` times as many examples as there are, with the last question in a frame."""
    rng = random.Random(seed)
    for example in _chosen(examples, share, rng):
        if frames := FRAMES.get(example.language):
            frame = rng.choice(frames)
            question = _last_question(example)
            yield _asked(example, frame.format(question=question), "template")


def by_model(
    examples: Sequence[Example], share: float, *, seed: int, client: EngineClient
) -> Iterator[Example]:
    """The same with the question as the served model rewrites it; a rewriting that loses a number is dropped.

    Raises EngineError when the model cannot be asked.
    """
    rng = random.Random(seed)
    for example in _chosen(examples, share, rng):
        question = _last_question(example)
        if example.language in ASK and _is_short(question):
            said = _rewritten(client, f"{ASK[example.language]}\n\n{question}")
            if said and said != question and _numbers(said) == _numbers(question):
                yield _asked(example, said, "model")


def _chosen(examples: Sequence[Example], share: float, rng: random.Random) -> list[Example]:
    """Recorded examples, each as often as the others, give or take one."""
    recorded = [one for one in examples if one.made_by == "recorded" and not one.evidence]
    wanted = round(len(recorded) * share)
    rounds = [rng.sample(recorded, len(recorded)) for _ in range(-(-wanted // max(1, len(recorded))))]
    return [one for some in rounds for one in some][:wanted]


def _last_question(example: Example) -> str:
    return next(one.content for one in reversed(example.messages) if one.role == "user")


def _is_short(question: str) -> bool:
    return len(question) <= 600


def _asked(example: Example, question: str, made_by: str) -> Example:
    last = max(at for at, one in enumerate(example.messages) if one.role == "user")
    messages = [
        replace(one, content=question) if at == last else one for at, one in enumerate(example.messages)
    ]
    return replace(example, messages=tuple(messages), made_by=made_by)


def _rewritten(client: EngineClient, prompt: str) -> str:
    said, _usage = client.chat([ChatMessage("user", prompt)], max_tokens=PARAPHRASE_TOKENS)
    return said.strip()


def _numbers(text: str) -> list[str]:
    return sorted(NUMBER.findall(text))
