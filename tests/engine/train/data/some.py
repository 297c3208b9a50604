"""Examples for the tests of the data pipeline."""

import json
from pathlib import Path
from typing import Any

from engine.train.data.example import Example, Message

SENTENCE = "the margin of this company rose since its costs fell and prices held over nine months of trade"
WORDS = SENTENCE.split()


def example(
    number: int,
    *,
    source: str = "",
    group: str = "",
    language: str = "en",
    evidence: bool = False,
    **more: Any,
) -> Example:
    """An example unlike those of other numbers."""
    said = " ".join(WORDS[(number * 7 + at * (1 + number % 5)) % len(WORDS)] for at in range(12))
    passage = f"Passage {number}: {said} in year {number}."
    asked = f"What of {number} {said}?" + (f"\n{passage}" if evidence else "")
    answer = (
        f"所以答案是{number}号，见第{number}页的说明。"
        if language == "zh"
        else f"It is {number}, since {said}."
    )
    return Example(
        messages=(Message("system", "Answer."), Message("user", asked), Message("assistant", answer)),
        source=source or f"document-{number}",
        language=language,
        group=group,
        evidence=(passage,) if evidence else (),
        **more,
    )


def file_of(path: Path, *examples: Example | dict[str, Any] | str) -> Path:
    """Writes examples, or lines that are none, to a file."""
    lines = [
        one.line() if isinstance(one, Example) else one if isinstance(one, str) else json.dumps(one)
        for one in examples
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
