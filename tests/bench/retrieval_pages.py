"""Recall of pages, of both halves of search and of their fusion, in one table; `asked` is a question's whole way.

    python tests/bench/retrieval_pages.py [--data DIR]

DIR holds the data sets financebench and finglm_zh; what is not there is left out. The sample is always measured.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RUNS = (
    ("sample", "finance.retrieval", ""),
    ("Chinese sample", "finance.retrieval_zh", ""),
    ("FinanceBench", "finance.retrieval", "financebench"),
    ("Chinese annual report", "finance.retrieval_zh", "finglm_zh"),
)
COLUMNS = (
    "lexical_recall@10",
    "dense_recall@10",
    "recall@10",
    "filtered_recall@10",
    "asked_recall@10",
    "asked_recall@5",
)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path)
    data = options.parse_args().data
    rows = []
    for name, suite, folder in RUNS:
        if folder and (data is None or not (data / folder).is_dir()):
            print(f"{name}: left out, there is no {folder} in {data or 'any --data'}", file=sys.stderr)
            continue
        rows.append({"name": name, "metrics": suite_run(suite, data / folder if folder else None)})
    print(table(rows))
    out = ROOT / "var" / "bench"
    out.mkdir(parents=True, exist_ok=True)
    (out / "retrieval_pages.json").write_text(json.dumps(rows, indent=1) + "\n")
    return 0


def suite_run(suite: str, data: Path | None) -> dict[str, float]:
    command = [sys.executable, ROOT / "manage.py", "evaluate", suite, "--json"]
    if data is not None:
        command += ["--data", data]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])["metrics"]


def table(rows: list[dict]) -> str:
    lines = [
        f"{'recall@10 of pages':24}{'questions':>10}{'pages':>7}{'lexical':>9}{'dense':>7}{'fused':>7}{'filtered':>10}"
        f"{'asked':>7}{'asked@5':>9}{'below better half':>19}{'p50 ms':>8}"
    ]
    for row in rows:
        metrics = row["metrics"]
        figures = [metrics.get(name) for name in COLUMNS]
        shown = ["-" if value is None else f"{value:.3f}" for value in figures]
        lines.append(
            f"{row['name']:24}{metrics['questions']:10.0f}{metrics['pages']:7.0f}"
            f"{shown[0]:>9}{shown[1]:>7}{shown[2]:>7}{shown[3]:>10}{shown[4]:>7}{shown[5]:>9}"
            f"{metrics['below_better_half']:19.0f}{metrics['p50_ms']:8.1f}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
