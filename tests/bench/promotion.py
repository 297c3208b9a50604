"""Promotion and rollback under streams that never pause: how long they take, and how many requests fail.

    python tests/bench/promotion.py

Runs tests/collegium/ops/test_promotion.py, which starts the real engine twice, prints its figures and writes
var/bench/promotion.json. Ends with 1 where a request failed or the rollback took 60 seconds.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    target = ROOT / "var" / "bench" / "promotion.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "tests/collegium/ops/test_promotion.py"]
    run = subprocess.run(command, cwd=ROOT, env={**os.environ, "COLLEGIUM_TEST_FIGURES": str(target)})
    if run.returncode != 0 or not target.exists():
        return 1
    for name, value in json.loads(target.read_text()).items():
        print(f"{name:24} {value:>8}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
