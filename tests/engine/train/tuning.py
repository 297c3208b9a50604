"""Tiny bases of both kinds with a chat template, examples for them, and jobs over both."""

import json
import random
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from engine.build.staging import manifest_add
from engine.manifest import Manifest, files_hash
from engine.moe.ownership import Ownership
from engine.moe.records import records_made
from engine.moe.tensors import tensors_open
from tests.engine.bench.tiny_language import SPECIAL, tokens
from tests.engine.moe.tiny_models import EXPERTS, GLM4, MIXTRAL, mixture_write

TEMPLATE = (
    "{% for m in messages %}<s>{{ m.role }}\n{{ m.content }}</s>\n{% endfor %}"
    "{% if add_generation_prompt %}<s>assistant\n{% endif %}"
)
CONTEXT = 256


def base_write(directory: Path, kind: str = "mixtral", seed: int = 7) -> Path:
    """A base that can be trained and served: "mixtral", or "glm" with experts of botany and law."""
    mixture_write(directory, MIXTRAL if kind == "mixtral" else GLM4, seed=seed)
    tokenizer = Tokenizer(models.BPE({t: i for i, t in enumerate(tokens())}, [], unk_token=SPECIAL[0]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(SPECIAL))
    tokenizer.save(str(directory / "tokenizer.json"))
    names = dict(zip(("unk_token", "bos_token", "eos_token"), SPECIAL, strict=True))
    about = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": CONTEXT,
        "chat_template": TEMPLATE,
    }
    (directory / "tokenizer_config.json").write_text(json.dumps(about | names | {"pad_token": SPECIAL[2]}))
    records = ()
    if kind == "glm":
        owners = Ownership.dealt({"botany": 2, "law": 3}, EXPERTS)
        records = records_made(tensors_open(directory), owners, base="random", licence="Apache-2.0")
    manifest = Manifest(
        name=f"tiny-{kind}", version="1", kind="generation", architecture=kind, languages=("en",), base="random",
        licence="Apache-2.0", max_tokens=CONTEXT, files=files_hash(directory), experts=records,
    )  # fmt: skip
    manifest_add(directory, manifest)
    return directory


def examples_write(path: Path, count: int = 24, *, seed: int = 1, groups: int = 0) -> Path:
    """Questions for letters and answers that follow from them: there is something to learn."""
    rng = random.Random(seed)
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            letters = "".join(rng.choices("abcdef", k=rng.randint(3, 8)))
            turns = [("user", f"say {letters}"), ("assistant", f"{letters} {letters}")]
            stream.write(json.dumps(example(turns, number, f"p{number % groups}" if groups else "")) + "\n")
    return path


def example(turns: list[tuple[str, str]], number: int = 0, group: str = "") -> dict[str, Any]:
    messages = [{"role": role, "content": content} for role, content in turns]
    about = {"source": f"d{number}", "group": group, "language": "en", "made_by": "recorded"}
    return {"messages": messages} | about


def job_values(base: Path, examples: Path, out: Path, **changes: Any) -> dict[str, Any]:
    """A job over a tiny base, as JSON has it; `descent` is added to what is there."""
    descent = {"steps": 4, "batch": 8, "physical_batch": 4, "learning_rate": 0.01, "max_tokens": 64}
    values: dict[str, Any] = {
        "base": str(base), "name": "tuned", "version": "2", "examples": str(examples), "out": str(out),
        "method": {"kind": "lora", "r": 4, "alpha": 8}, "trained_on": "letters", "licence": "CC0-1.0", "threads": 1,
        "data": {"near_duplicates": 0.0},
        "descent": descent | changes.pop("descent", {}),
    }  # fmt: skip
    return values | changes


def job_write(path: Path, values: dict[str, Any]) -> Path:
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def events(text: str) -> list[dict[str, Any]]:
    """The events among lines of output."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def losses(text: str) -> dict[int, float]:
    """The loss of each step that was told of."""
    return {e["step"]: e["loss"] for e in events(text) if e["event"] == "step"}
