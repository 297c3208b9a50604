"""Runs the benchmarks one after another, each in a process of its own: `make bench`, or

    python -m tests.bench [NAME ...]

The evaluation data are unpacked into var/bench/data where they lie beside the repository; what needs them and
does not find them is left out, and said so. Each benchmark prints a table and writes JSON to var/bench.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UNPACK = ROOT.parent / "shared" / "data" / "unpack"
DATA = ROOT / "var" / "bench" / "data"
DATA_SETS = (
    "bioasq",
    "convfinqa",
    "financebench",
    "finglm_zh",
    "medquad",
    "mts_dialog",
    "pubmedqa",
    "sec_xbrl",
    "tatqa",
)
BENCHMARKS = {
    "embeddings": ["-m", "engine.bench.embeddings"],
    "first_token": ["-m", "engine.bench.first_token"],
    "serving": ["-m", "engine.bench.serving"],
    "baselines": ["-m", "engine.bench.baselines"],
    "moe_layer": ["-m", "engine.bench.moe_layer"],
    "placement": ["-m", "engine.bench.placement"],
    "routing_cost": ["-m", "engine.bench.routing_cost"],
    "compress": ["tests/bench/held_out.py", "--data", str(DATA)],
    "experts": ["-m", "engine.bench.experts"],
    "private": ["-m", "engine.bench.private"],
    "attack": ["-m", "engine.bench.attack", "--data", str(DATA)],
    "forms": ["-m", "engine.bench.forms"],
    "ranks": ["-m", "engine.bench.ranks"],
    "rank_answers": ["tests/bench/rank_answers.py"],
    "ingest": ["tests/bench/ingest.py"],
    "search": ["tests/bench/search_100k.py"],
    "pages": ["tests/bench/retrieval_pages.py", "--data", str(DATA)],
    "abstracts": ["tests/bench/retrieval_abstracts.py", "--data", str(DATA)],
    "xbrl": ["tests/bench/xbrl.py", "--data", str(DATA)],
    "facts": ["tests/bench/facts_store.py"],
    "terminology": ["tests/bench/terminology.py"],
    "answers": ["tests/bench/computed_answers.py"],
    "streamed_answers": ["tests/bench/streamed_answers.py"],
    "promotion": ["tests/bench/promotion.py"],
    "tuned": ["tests/bench/tuned.py", "--data", str(DATA)],
}


def data_unpack() -> None:
    if not UNPACK.exists():
        print(f"bench: no data at {UNPACK}; what needs them is left out", file=sys.stderr)
        return
    DATA.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [str(UNPACK), str(DATA), *DATA_SETS],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def main() -> int:
    wanted = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in wanted if name not in BENCHMARKS]
    if unknown:
        print(f"bench: there is no {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    data_unpack()
    missed = []
    for name in wanted:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, *BENCHMARKS[name]], cwd=ROOT).returncode != 0:
            missed.append(name)
    if missed:
        print(f"\nbench: failed or missed its limit: {', '.join(missed)}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
