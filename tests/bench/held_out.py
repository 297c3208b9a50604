"""Text for the comparison of a model's forms, and the comparison itself, for both kinds of mixture.

python tests/bench/held_out.py [--data DIR]. Abstracts of PubMedQA where the evaluation data are unpacked, the
repository's own texts else; both are read as they are.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from engine.build.generation import OWNED, SPLIT, generation_build
from tests.engine.servers import model_cache

ROOT = Path(__file__).resolve().parents[2]
OWN_TEXTS = ["README.md", "verticals/*/samples/*guideline.md", "verticals/*/samples/*note.md"]
ABSTRACTS = 60


def texts(data: Path, out: Path) -> list[Path]:
    source = data / "pubmedqa" / "ori_pqal_share.json"
    if not source.exists():
        print(f"held_out: no {source}; the repository's own texts are used")
        return [path for pattern in OWN_TEXTS for path in sorted(ROOT.glob(pattern))]
    entries = list(json.loads(source.read_text()).values())[:ABSTRACTS]
    path = out / "held_out.txt"
    path.write_text("\n\n".join("\n".join(entry["CONTEXTS"]) for entry in entries))
    return [path]


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=ROOT / "var" / "bench" / "data")
    parser.add_argument("--out", type=Path, default=ROOT / "var" / "bench")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    chosen = [str(path) for path in texts(options.data, options.out)]
    failed = 0
    for recipe in (SPLIT, OWNED):
        model = generation_build(model_cache(), recipe)
        command = [
            sys.executable,
            "-m",
            "engine.bench.compress",
            "--model",
            str(model),
            "--out",
            str(options.out),
        ]
        failed |= subprocess.run([*command, "--text", *chosen], cwd=ROOT).returncode
    return failed


if __name__ == "__main__":
    sys.exit(main())
