"""A terminology of full size: how long it takes to load, and how long it takes to ask.

    python tests/bench/terminology.py [CONCEPTS]

Writes a made-up RF2 Snapshot of CONCEPTS concepts (360,000), loads it into a database of its own, then asks for
subsumption, the descendants of a concept with about 4,000 of them, an exclusion, and words typed with a slip. Prints
a table and writes var/bench/terminology.json. Ends with 1 where a limit is missed: 360 s to load, 15 s of it for
the closure; at the 95th percentile 1 ms in the database for subsumption, 30 ms to expand, 50 ms for a search.
What is asked is measured again while the machine's host took more than a hundredth of the processors' time.
"""

import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
from engine.bench.stolen import undisturbed  # noqa: E402

LIMITS = {"load_s": 360.0, "closure_s": 15.0, "subsumption_ms": 1.0, "expand_ms": 30.0, "slip_ms": 50.0}
EXPANDED = 4_000
ROUNDS = 200


def load_measure(folder: Path) -> tuple[Any, dict[str, float]]:
    """A workspace that loads the release; returns one who may ask, and the seconds that it took."""
    from collegium.accounts.asker import SCOPES, Asker
    from collegium.accounts.services import workspace_create
    from verticals.medical.terminology import concepts, loading

    taken: dict[str, float] = {}
    lineages = concepts.lineages

    def timed(edges: Any) -> Any:
        edges = list(edges)
        began = time.perf_counter()
        found = lineages(edges)
        concepts.descendants(found)
        taken["closure_s"] = time.perf_counter() - began
        taken["pairs"] = sum(len(one) for one in found.values())
        return found

    def heard(stage: str, done: int) -> None:
        taken[f"{stage}_until_s"] = time.perf_counter() - began
        print(f"  {taken[f'{stage}_until_s']:7.1f} s  {stage}: {done:,}", flush=True)

    concepts.lineages = timed
    workspace = workspace_create(slug="bench", name="Bench", verticals=["medical"])
    began = time.perf_counter()
    version = loading.release_load(workspace=workspace.pk, paths=[folder], heard=heard)
    taken["load_s"] = time.perf_counter() - began
    concepts.lineages = lineages
    taken |= {stage.replace(" ", "_"): count for stage, count in version.stages.items()}
    return Asker(workspace_id=workspace.pk, scopes=frozenset(SCOPES)), taken


def quantiles(ask: Callable[[], Any], rounds: int = ROUNDS) -> dict[str, float]:
    """The whole of a call, and how long of it was spent in the database."""
    ask()

    def measure() -> list[tuple[float, float]]:
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            with Statements() as statements:
                ask()
            taken.append(((time.perf_counter() - began) * 1000, statements.ms))
        return taken

    taken, stolen = undisturbed(measure)
    whole, within = (sorted(column) for column in zip(*taken, strict=True))
    at = int(rounds * 0.95)
    return {
        "p50_ms": whole[rounds // 2],
        "p95_ms": whole[at],
        "sql_p50_ms": within[rounds // 2],
        "sql_p95_ms": within[at],
        "stolen": stolen,
    }


class Statements:
    """The milliseconds that statements took while it is entered."""

    def __enter__(self) -> "Statements":
        from django.db import connection

        self.ms = 0.0
        self._wrapping = connection.execute_wrapper(self._timed)
        self._wrapping.__enter__()
        return self

    def __exit__(self, *problem: Any) -> None:
        self._wrapping.__exit__(*problem)

    def _timed(self, execute: Callable[..., Any], *statement: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(*statement)
        finally:
            self.ms += (time.perf_counter() - began) * 1000


def slipped(chance: random.Random, word: str) -> str:
    """The word with two neighbouring letters swapped, or one left out."""
    at = chance.randrange(1, len(word) - 2)
    return (
        word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        if chance.random() < 0.5
        else word[:at] + word[at + 1 :]
    )


def queries_measure(asker: Any, concepts: int) -> dict[str, dict[str, float]]:
    from tests.bench.rf2_release import code_of, words_make
    from verticals.medical.terminology.ecl_sql import expand
    from verticals.medical.terminology.search import concepts_search
    from verticals.medical.terminology.selectors import subsumption

    chance = random.Random(5)
    focus, smaller = _of_size(EXPANDED), _of_size(EXPANDED // 8)
    words = [word for word in words_make(random.Random(1))[:20_000] if len(word) > 6]
    found = len(expand(asker, "snomed", f"< {focus}"))

    def pair() -> Any:
        return subsumption(asker, "snomed", *(code_of(chance.randrange(concepts)) for _ in range(2)))

    def search(change: Callable[[str], str]) -> Callable[[], Any]:
        return lambda: concepts_search(asker, "snomed", change(chance.choice(words)))

    return {
        "subsumption": quantiles(pair, 1000),
        f"expand {found} descendants": quantiles(lambda: expand(asker, "snomed", f"< {focus}")),
        "a hierarchy without another": quantiles(
            lambda: expand(asker, "snomed", f"< {focus} MINUS << {smaller}")
        ),
        "search by the beginning": quantiles(search(lambda word: word[:6])),
        "search with a slip": quantiles(search(lambda word: slipped(chance, word))),
    }


def _of_size(descendants: int) -> str:
    """The code of the concept whose number of descendants is nearest."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.code FROM medical_closure n JOIN medical_concept c ON c.id = n.id "
            "ORDER BY abs(cardinality(n.below) - 1 - %s), c.id LIMIT 1",
            [descendants],
        )
        return cursor.fetchone()[0]


def sizes() -> dict[str, float]:
    from django.db import connection

    from verticals.medical.terminology.partitions import TABLES

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t, (SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits "
            "WHERE inhparent = t::regclass) / 1e6 FROM unnest(%s::text[]) AS t",
            [list(TABLES)],
        )
        return {name: float(size) for name, size in cursor.fetchall()}


def release_kept(concepts: int) -> Path:
    """The release below var/bench, written where an earlier run has not."""
    from tests.bench.rf2_release import release_write

    folder = ROOT / "var" / "bench" / f"rf2_{concepts}"
    if not (folder / "whole").exists():
        release_write(folder, concepts=concepts)
        (folder / "whole").touch()
    return folder


def bench_run(concepts: int, home: Path) -> dict[str, Any]:
    from django.core.management import call_command
    from django.db import connections

    from collegium.environment import Home
    from collegium.ops.embedded import EmbeddedPostgres

    folder = release_kept(concepts)
    server = EmbeddedPostgres(Home(home))
    server.start()
    try:
        call_command("migrate", verbosity=0, skip_checks=True)
        asker, taken = load_measure(folder)
        return {
            "concepts": concepts,
            "load": taken,
            "megabytes": sizes(),
            "queries": queries_measure(asker, concepts),
        }
    finally:
        connections.close_all()
        server.stop()


def missed(result: dict[str, Any]) -> list[str]:
    queries = result["queries"]
    expanded = next(row for name, row in queries.items() if name.startswith("expand"))
    measured = {
        "load_s": result["load"]["load_s"],
        "closure_s": result["load"]["closure_s"],
        "subsumption_ms": queries["subsumption"]["sql_p95_ms"],
        "expand_ms": expanded["p95_ms"],
        "slip_ms": queries["search with a slip"]["p95_ms"],
    }
    return [
        f"{name}: {measured[name]:.1f}, limit {limit:g}"
        for name, limit in LIMITS.items()
        if measured[name] > limit
    ]


def main() -> int:
    concepts = int(sys.argv[1]) if len(sys.argv) > 1 else 360_000
    with tempfile.TemporaryDirectory(prefix="collegium-bench-") as home:
        Path(home).chmod(0o755)
        os.environ |= {
            "COLLEGIUM_HOME": home,
            "DJANGO_SETTINGS_MODULE": "collegium.settings",
            "COLLEGIUM_LOG_LEVEL": "WARNING",
        }
        for name in ("DATABASE_URL", "REDIS_URL", "EMBEDDINGS_URL"):
            os.environ.pop(name, None)
        import django

        django.setup()
        result = bench_run(concepts, Path(home))
    for name, value in result["load"].items():
        print(f"  {name:32}{value:12,.1f}")
    for name, row in result["queries"].items():
        sql = f"in SQL p50 {row['sql_p50_ms']:7.2f}  p95 {row['sql_p95_ms']:7.2f}"
        print(
            f"  {name:32}p50 {row['p50_ms']:7.2f} ms  p95 {row['p95_ms']:7.2f} ms  {sql}  {row['stolen']:.1%} stolen"
        )
    print(f"  {sum(result['megabytes'].values()):.0f} MB of tables and indexes")
    out = ROOT / "var" / "bench" / "terminology.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1))
    for line in missed(result):
        print(f"  missed: {line}", file=sys.stderr)
    return 1 if missed(result) else 0


if __name__ == "__main__":
    raise SystemExit(main())
