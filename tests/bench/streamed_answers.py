"""How soon an answer shows: its evidence, the first words of the model, and its end, with the model and without.

    python tests/bench/streamed_answers.py [--rounds 5]

A whole installation with the sample is asked its own questions one after another, streamed over HTTP. Prints a
table and writes var/bench/streamed_answers.json. Ends with 1 where an answer without the model takes 2.1 s or
longer at the 95th percentile, or with the model no answer has words of it.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]

from engine.bench.report import Row, report  # noqa: E402
from engine.bench.stolen import undisturbed  # noqa: E402
from tests.bench.installation import installation  # noqa: E402

LIMIT_S = 2.1
SAMPLE_WITHIN_S = 180.0
TRIES = {False: 8, True: 2}  # with the model a round takes minutes
QUESTIONS = {
    "finance": (
        "Why did the gross margin of Tarnbeck Instruments change in 2024?",
        "What is the risk with optical glass?",
    ),
    "medical": (
        "When should oxygen be given in suspected pneumonia?",
        "Why should topiramate not be used in pregnancy?",
        "妊娠期妇女为什么禁用血管紧张素转换酶抑制剂？",
        "高血压患者的治疗目标是多少？",
    ),
}
Times = dict[str, float]


def events(site: httpx.Client, vertical: str, question: str) -> Iterator[tuple[str, Any]]:
    """The events of one answer with their data, as they come."""
    name = ""
    with site.stream(
        "POST",
        f"/api/v1/{vertical}/answers",
        json={"question": question},
        headers={"Accept": "text/event-stream"},
    ) as stream:
        stream.raise_for_status()
        for line in stream.iter_lines():
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                yield name, json.loads(line[5:])


def answer_timed(site: httpx.Client, vertical: str, question: str) -> Times:
    """Seconds until the evidence, the first and the last words of the model, and the end."""
    begin, seen = time.perf_counter(), Times()
    for name, data in events(site, vertical, question):
        now = time.perf_counter() - begin
        if name == "citation":
            seen.setdefault("evidence", now)
        elif name == "delta" and data.get("kind") == "rephrased":
            seen.setdefault("first_words", now)
            seen["last_words"] = now
        elif name == "done":
            seen["end"] = now
    return seen


def evidence_await(site: httpx.Client, vertical: str, question: str) -> None:
    """Asks until the sample that answers the question is searchable."""
    deadline = time.monotonic() + SAMPLE_WITHIN_S
    while "evidence" not in answer_timed(site, vertical, question):
        if time.monotonic() > deadline:
            raise SystemExit(f"nothing in the sample answers: {question}")
        time.sleep(1)


def measured(site: httpx.Client, vertical: str, rounds: int, tries: int) -> tuple[list[Times], float]:
    """All questions of a vertical, `rounds` times; and the share that the host took meanwhile."""
    for question in QUESTIONS[vertical]:
        evidence_await(site, vertical, question)  # once before: what is read at first is not counted

    def run() -> list[Times]:
        return [answer_timed(site, vertical, q) for _ in range(rounds) for q in QUESTIONS[vertical]]

    return undisturbed(run, tries)


def row_of(vertical: str, model: str, times: Sequence[Times], stolen: float) -> Row:
    """The percentiles of each moment; those of words over the answers that have some."""

    def at(name: str, share: float) -> float | str:
        found = sorted(one[name] for one in times if name in one)
        return found[min(len(found) - 1, int(share * len(found)))] if found else "-"

    moments: dict[str, float | str] = {}
    for name in ("evidence", "first_words", "last_words", "end"):
        moments |= {f"{name}_p50_s": at(name, 0.5), f"{name}_p95_s": at(name, 0.95)}
    with_words = sum("first_words" in one for one in times)
    return {
        "vertical": vertical,
        "model": model,
        "answers": len(times),
        "with words": with_words,
        **moments,
        "stolen": stolen,
    }


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    rows: list[Row] = []
    for engine in (False, True):
        with installation(engine=engine) as (site, _engine):
            for vertical in QUESTIONS:
                times, stolen = measured(site, vertical, options.rounds, TRIES[engine])
                rows.append(row_of(vertical, "with" if engine else "without", times, stolen))
    report("streamed_answers", rows, ROOT / "var" / "bench", limit_s=LIMIT_S)
    slow = [row for row in rows if row["model"] == "without" and float(row["end_p95_s"]) >= LIMIT_S]
    silent = [row for row in rows if row["model"] == "with" and not row["with words"]]
    return int(bool(slow or silent))


if __name__ == "__main__":
    sys.exit(main())
