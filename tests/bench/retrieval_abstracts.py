"""nDCG and recall at ten over abstracts, of both halves of search, their fusion, and it with synonyms, in one table.

    python tests/bench/retrieval_abstracts.py --data DIR

DIR holds the data sets bioasq and pubmedqa; what is not there is left out.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETS = ("bioasq", "pubmedqa")
WAYS = ("dense", "lexical", "fused", "expanded")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, required=True)
    data = options.parse_args().data
    lines = [f"{'nDCG@10 / recall@10':20}{'questions':>10}" + "".join(f"{way:>16}" for way in WAYS)]
    for name in SETS:
        if not (data / name).is_dir():
            print(f"{name}: left out, it is not in {data}", file=sys.stderr)
            continue
        lines.append(line(name, suite_run(data / name)))
    print("\n".join(lines))
    return 0


def suite_run(data: Path) -> dict[str, float]:
    command = [sys.executable, ROOT / "manage.py", "evaluate", "medical.retrieval", "--json", "--data", data]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])["metrics"]


def line(name: str, metrics: dict[str, float]) -> str:
    cells = (
        f"{metrics[f'{name}.{way}_ndcg_at_10']:.4f} / {metrics[f'{name}.{way}_recall_at_10']:.4f}"
        for way in WAYS
    )
    return f"{name:20}{metrics[f'{name}.questions']:10.0f}" + "".join(f"{cell:>16}" for cell in cells)


if __name__ == "__main__":
    sys.exit(main())
