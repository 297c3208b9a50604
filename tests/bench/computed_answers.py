"""Computed answers over HTTP without a language model: how long they take at a steady rate of questions.

    python tests/bench/computed_answers.py [FILINGS] [--load-only] [--home DIR]

An installation (a web process per core, worker, PostgreSQL, no engine) with FILINGS filings (10,000) of 1,300 facts each, made by
facts_store.py and kept in var/bench/computed_answers for the next run. Questions come in an open loop, 10 a
second for a minute, each timed from the moment at which it was due; companies, periods and metrics vary. The
minute is measured again while the machine's host took more than a hundredth of the processors' time for others.
Every answer must hold computations. Writes var/bench/computed_answers.json and ends with 1 where the 95th percentile
is above 150 ms or an answer failed.
"""

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
from engine.bench.stolen import undisturbed  # noqa: E402
from tests.bench.facts_store import FILINGS, FILINGS_OF_COMPANY, FIRST_YEAR, world_make  # noqa: E402

RATE = 10.0
SECONDS = 60
WARM_UP = 30
P95_MAX_MS = 150.0
READY_WITHIN_S = 180.0
TEMPLATES = (
    "What was the gross margin of {company} in Q{quarter} {year}?",
    "What was {company}'s revenue in Q{quarter} {year}?",
    "How did the net income of {company} in Q{quarter} {year} compare with a year earlier?",
    "{company} revenue from {year} to {later}",
    "{company}{year}年第{chinese}季度毛利率是多少？",
    "{company}{year}年第{chinese}季度营业收入同比增长多少？",
    "What were the total assets of {company} at the end of Q{quarter} {year}?",
    "Compare the revenue of {company} and {other} in Q{quarter} {year}",
)


def environment(home: Path) -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("COLLEGIUM_", "ENGINE_"))
    }
    for name in ("DATABASE_URL", "REDIS_URL", "EMBEDDINGS_URL"):
        kept.pop(name, None)
    return kept | {
        "COLLEGIUM_HOME": str(home),
        "COLLEGIUM_WEB_WORKERS": str(os.cpu_count()),
        "DJANGO_SETTINGS_MODULE": "collegium.settings",
    }


def load(home: Path, filings: int) -> None:
    """Fill a home with filings, unless an earlier run has done so."""
    done = home / f"loaded-{filings}"
    if done.exists():
        return
    os.environ.update(environment(home))
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from collegium.environment import Home
    from collegium.ops.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(Home(home), durable=False)
    server.start()
    try:
        call_command("migrate", verbosity=0, skip_checks=True)
        world_make(filings)
    finally:
        connections.close_all()
        server.stop()
    done.touch()


@contextmanager
def installation(home: Path) -> Iterator[httpx.Client]:
    """The installation over a filled home, with a key for its workspace."""
    log = home / "up.log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--no-engine", "--no-sample", "--port", "0"],
            cwd=ROOT, env=environment(home), stdout=stream, stderr=stream,
        )  # fmt: skip
    try:
        url = _awaited_url(process, log)
        key = subprocess.run(
            [sys.executable, "manage.py", "apikey", "create", "--workspace", "facts", "--scopes", "all"],
            cwd=ROOT, env=environment(home), check=True, capture_output=True, text=True,
        ).stdout.splitlines()[-1]  # fmt: skip
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=url, timeout=60, headers=headers, limits=limits) as site:
            yield site
    finally:
        process.terminate()
        process.wait(120)


def _awaited_url(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        if match := re.search(r"Collegium answers at (http\S+?)/?\s", log.read_text()):
            return match[1]
        time.sleep(0.2)
    raise SystemExit(f"the installation did not start:\n{log.read_text()[-3000:]}")


def questions(count: int, filings: int, seed: int) -> list[str]:
    choose = random.Random(seed)
    companies = max(2, filings // FILINGS_OF_COMPANY)
    asked = []
    for _ in range(count):
        one, other = choose.sample(range(companies), 2)
        year, quarter = FIRST_YEAR + choose.randrange(1, 8), choose.randrange(1, 5)
        asked.append(
            choose.choice(TEMPLATES).format(
                company=f"Company {one} Inc.",
                other=f"Company {other} Inc.",
                year=year,
                later=year + 2,
                quarter=quarter,
                chinese="一二三四"[quarter - 1],
            )  # fmt: skip
        )
    return asked


def ask(site: httpx.Client, question: str) -> dict[str, Any]:
    reply = site.post("/api/v1/finance/answers", json={"question": question})
    data: dict[str, Any] = reply.raise_for_status().json()
    return data


def open_loop(site: httpx.Client, asked: list[str]) -> tuple[list[float], list[str]]:
    """Milliseconds from when each question was due to its answer, and what went wrong."""
    begin = time.perf_counter() + 0.5

    def one(number: int) -> tuple[float, str]:
        due = begin + number / RATE
        time.sleep(max(0.0, due - time.perf_counter()))
        try:
            data = ask(site, asked[number])
            wrong = "" if data["computations"] and not data["refused"] else f"{asked[number]}: {data['text']}"
        except httpx.HTTPError as error:
            wrong = f"{asked[number]}: {error}"
        return (time.perf_counter() - due) * 1000, wrong

    with ThreadPoolExecutor(64) as pool:
        found = list(pool.map(one, range(len(asked))))
    return [taken for taken, _wrong in found], [wrong for _taken, wrong in found if wrong]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("filings", type=int, nargs="?", default=FILINGS)
    parser.add_argument("--home", type=Path, default=ROOT / "var" / "bench" / "computed_answers")
    parser.add_argument("--load-only", action="store_true", help="fill the home and stop")
    options = parser.parse_args()
    options.home.mkdir(parents=True, exist_ok=True)
    options.home.chmod(0o755)  # the database has a user of its own
    load(options.home, options.filings)
    if options.load_only:
        return 0
    with installation(options.home) as site:
        for question in questions(WARM_UP, options.filings, seed=1):
            ask(site, question)
        asked = questions(int(RATE * SECONDS), options.filings, seed=2)
        (taken, wrong), stolen = undisturbed(lambda: open_loop(site, asked))
    taken.sort()
    result = {
        "filings": options.filings, "rate": RATE, "questions": len(taken), "failed": len(wrong),
        "p50_ms": statistics.median(taken), "p95_ms": taken[int(len(taken) * 0.95)], "max_ms": taken[-1],
        "stolen": stolen,
    }  # fmt: skip
    print(json.dumps(result | {"examples": wrong[:3]}, ensure_ascii=False, indent=1))
    out = ROOT / "var" / "bench" / "computed_answers.json"
    out.write_text(json.dumps(result, indent=1))
    return int(bool(wrong) or result["p95_ms"] > P95_MAX_MS)


if __name__ == "__main__":
    sys.exit(main())
