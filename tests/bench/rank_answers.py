"""Two whole installations, one with an engine of one process and one with ranks: do they say the same?

    python tests/bench/rank_answers.py [--model DIR] [--ranks 2] [--prompts 200]

Each is started by `manage.py up` in a home of its own and asked through the site's API: the prompts as an OpenAI
client asks the engine's model, and the sample's questions as a vertical answers them. Greedy, float32: a first
difference is allowed only where the two best tokens are as good as equal. Writes var/bench/rank_answers_MODEL.json and
ends with 1 where an answer differs.
"""

import argparse
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from engine.bench.ranks import CLIENTS, TOKENS, compare, prompts  # noqa: E402
from engine.bench.report import Row, report  # noqa: E402
from tests.bench.installation import installation  # noqa: E402

QUESTIONS = {
    "finance": (
        "Why did the gross margin of Tarnbeck Instruments change in 2024?",
        "How much free cash flow did Tarnbeck Instruments generate in 2024?",
        "What is the risk with optical glass?",
    ),
    "medical": (
        "When should oxygen be given in suspected pneumonia?",
        "Why should topiramate not be used in pregnancy?",
    ),
}
Said = list[dict[str, float]]


@dataclass(frozen=True, slots=True)
class Answers:
    """What one installation said: tokens with their two best log-probabilities, and a vertical's texts."""

    tokens: list[Said]
    texts: list[str]


def asked(ranks: int, model: Path | None, texts: Sequence[str]) -> Answers:
    """Starts an installation and asks it everything."""
    with installation(ranks=ranks, model=model) as (site, engine), ThreadPoolExecutor(CLIENTS) as pool:
        serving = len(engine.state().get("ranks", [])) or 1
        assert serving == ranks, f"{serving} ranks serve instead of {ranks}"
        known = [one["id"] for one in site.get("/v1/models").json()["data"]]
        name = next(one for one in known if one.partition(":")[0] not in {*QUESTIONS, "all-minilm-l6-v2"})
        tokens = list(pool.map(lambda text: completion(site, name, text), texts))
        answers = [answer(site, vertical, q) for vertical, qs in QUESTIONS.items() for q in qs]
        return Answers(tokens, answers)


def completion(site: httpx.Client, model: str, text: str) -> Said:
    """Each new token of a completion with its log-probability, and that of the second best."""
    body = {"model": model, "messages": [{"role": "user", "content": text}], "max_tokens": TOKENS}
    body |= {"temperature": 0, "logprobs": True, "top_logprobs": 2, "ignore_eos": True}
    reply = site.post("/v1/chat/completions", json=body | {"return_tokens_as_token_ids": True})
    entries = reply.raise_for_status().json()["choices"][0]["logprobs"]["content"]
    return [
        {e["token"]: e["logprob"]} | {top["token"]: top["logprob"] for top in e["top_logprobs"]}
        for e in entries
    ]


def answer(site: httpx.Client, vertical: str, question: str) -> str:
    """The whole text that a vertical answers."""
    reply = site.post(f"/api/v1/{vertical}/answers", json={"question": question})
    return str(reply.raise_for_status().json()["text"])


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path, help="a model's directory; the default model otherwise")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--prompts", type=int, default=200)
    options = parser.parse_args()
    texts = prompts(options.prompts)
    one, many = (asked(ranks, options.model, texts) for ranks in (1, options.ranks))
    found = [compare(a, b) for a, b in zip(many.tokens, one.tokens, strict=True)]
    kinds = [kind for kind, _ in found]
    same_texts = sum(a == b for a, b in zip(one.texts, many.texts, strict=True))
    row: Row = {
        "prompts": len(texts),
        "tokens": sum(map(len, one.tokens)),
        **{kind: kinds.count(kind) for kind in ("same", "tie", "different")},
        "greatest error": f"{max(error for _, error in found):.1e}",
        "vertical answers": len(one.texts),
        "of them the same": same_texts,
    }
    name = options.model.name if options.model else "default"
    report(f"rank_answers_{name}", [row], ROOT / "var" / "bench", ranks=options.ranks)
    return int(bool(row["different"]) or same_texts != len(one.texts))


if __name__ == "__main__":
    sys.exit(main())
