"""Two recipes of the dummy: one whose documents anybody may know of, one whose documents tell of people."""

from collections.abc import Iterator

from collegium.sdk.tuning import Example, Export, Message, Recipe, source_texts

DESCENT = {"steps": 6, "batch": 4, "learning_rate": 1e-3}


def examples(export: Export) -> Iterator[Example]:
    for source in source_texts(export):
        for text in source.passages:
            messages = (Message("user", f"What does {source.title} say?"), Message("assistant", text))
            yield Example(messages, source=str(source.document), group=f"g{source.document.hex[:8]}")


OPEN = Recipe(
    name="open",
    label={"en": "Open texts", "zh": "公开文本"},
    description={"en": "Learns what documents say.", "zh": "学习文档内容。"},
    private=False,
    method={"kind": "lora", "r": 4, "alpha": 8, "dropout": 0.0, "targets": ["q_proj", "v_proj"]},
    descent=DESCENT,
    export=examples,
)
PRIVATE = Recipe(
    name="private",
    label={"en": "Private notes", "zh": "私密记录"},
    description={"en": "Learns from notes about people.", "zh": "从涉及个人的记录中学习。"},
    private=True,
    method=OPEN.method,
    descent=DESCENT,
    privacy={"unit": "record", "max_grad_norm": 1.0},
    export=examples,
)
