"""Speed and memory of reading XBRL: this parser, a bare lxml pass that yields the same facts, and Arelle.

All run over the same files, one after another and in turn, each in processes of their own for the memory.
Arelle is installed, pinned, into var/bench/arelle, for this comparison alone; it works offline, without the
standard taxonomies, as this parser does.

    python tests/bench/xbrl.py --data DIR
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
ARELLE = ROOT / "var" / "bench" / "arelle"
ARELLE_VERSION = "arelle-release==2.47.3"
RATIO_MAX = 1.2
ROUNDS = 15
ARELLE_SCRIPT = """
import json, resource, sys, time
began = time.perf_counter()
from arelle import Cntlr
imported = time.perf_counter()
controller = Cntlr.Cntlr(logFileName="logToBuffer")
controller.webCache.workOffline = True
started = time.perf_counter()
model = controller.modelManager.load(sys.argv[1])
facts = len(model.facts)
print(json.dumps({"seconds": time.perf_counter() - started, "import_s": imported - began, "facts": facts,
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def files_of(data: Path) -> list[Path]:
    folder = data / "sec_xbrl"
    inline = [*sorted((folder / "inline_html").glob("*.htm")), *sorted(folder.glob("filings/*/*q.htm"))]
    extracted = sorted(folder.glob("filings/*/*_htm.xml"))
    older = [*folder.glob("filings/*/nflx-20091231.xml"), *folder.glob("filings/*/nflx-20100930.xml")]
    return inline + extracted + older


def own_read(path: Path):
    """All facts, numeric and not, before duplicates are put together."""
    from collegium.sdk.parsing import ParseLimits
    from verticals.finance.xbrl.inline import inline_read
    from verticals.finance.xbrl.instance import instance_read
    from verticals.finance.xbrl.source import tree_read

    tree = tree_read(path, path.name, ParseLimits())
    return instance_read(tree) if path.suffix == ".xml" else inline_read([tree])


def whole_read(path: Path):
    """What an upload costs in the reading process: facts, text, places, duplicates, values to hand over."""
    from collegium.sdk.parsing import ParseLimits, SourceFile
    from verticals.finance.filing_parser import FilingParser

    kind = "application/xml" if path.suffix == ".xml" else "text/html"
    return FilingParser().parse([SourceFile(path, path.name, kind)], ParseLimits())


def same_facts(path: Path) -> int:
    """How many numeric facts both passes yield; SystemExit where they are not the same."""
    from tests.bench import xbrl_bare

    def key(concept, entity, start, end, dims, unit, decimals, value):
        return (concept, entity, start, end, dims, unit, decimals, value)

    own = sorted(
        (
            key(
                fact.concept, fact.context.entity, fact.context.period.start, fact.context.period.end,
                fact.context.dims, fact.unit, fact.decimals, fact.value,
            )
            for fact in own_read(path).facts
            if fact.unit is not None
        ),
        key=str,
    )  # fmt: skip
    bare = sorted(
        (
            key(*row[:6], int(row[6]) if row[6] not in (None, "INF") else None, row[7])
            for row in xbrl_bare.facts(path)
            if row[5] is not None
        ),
        key=str,
    )
    if [row[:6] for row in own] != [row[:6] for row in bare] or any(
        one[6:] != other[6:] for one, other in zip(own, bare, strict=True)
    ):
        raise SystemExit(f"{path.name}: the bare pass yields other facts")
    return len(own)


def seconds_in_turn(path: Path) -> dict[str, float]:
    """Median seconds of both passes, run in turn so that whatever disturbs one disturbs the other."""
    from tests.bench import xbrl_bare

    taken: dict[str, list[float]] = {"own": [], "bare": []}
    for _ in range(ROUNDS):
        for name, read in (("own", own_read), ("bare", xbrl_bare.facts)):
            began = time.perf_counter()
            read(path)
            taken[name].append(time.perf_counter() - began)
    return {name: statistics.median(all_of) for name, all_of in taken.items()}


def child(mode: str, path: Path) -> None:
    """One reading in a process of its own, with the peak of its memory."""
    import resource

    from tests.bench import xbrl_bare

    read = {"own": own_read, "bare": xbrl_bare.facts, "whole": whole_read}[mode]
    read(path)  # imports and first use
    began = time.perf_counter()
    read(path)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": time.perf_counter() - began, "peak_mb": peak_mb}))


def child_run(mode: str, path: Path) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", mode, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)


def arelle_python() -> Path | None:
    """The interpreter of Arelle's own environment, made at first use; None where it cannot be installed."""
    python = ARELLE / "bin" / "python"
    probe = [str(python), "-c", "from arelle import Cntlr"]
    if python.exists() and subprocess.run(probe, capture_output=True).returncode == 0:
        return python
    subprocess.run([sys.executable, "-m", "venv", str(ARELLE)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", ARELLE_VERSION]
    if subprocess.run(install, capture_output=True).returncode != 0:
        return None
    return python


def arelle_run(python: Path, path: Path) -> dict[str, float]:
    command = [str(python), "-c", ARELLE_SCRIPT, str(path.resolve())]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ARELLE)
    measured = json.loads(run.stdout.splitlines()[-1]) if run.returncode == 0 else {}
    return measured if measured.get("facts") else {}  # without facts it did not read the file


def bench_run(data: Path) -> dict:
    arelle = arelle_python()
    if arelle is None:
        print(f"{ARELLE_VERSION} cannot be installed here; it is left out", file=sys.stderr)
    rows = []
    for path in files_of(data):
        row = {"file": path.name, "facts": same_facts(path), **seconds_in_turn(path)}
        for mode in ("own", "bare", "whole"):
            measured = child_run(mode, path)
            row[f"{mode}_peak_mb"] = measured["peak_mb"]
            if mode == "whole":
                row["whole"] = measured["seconds"]
        if arelle is not None and (measured := arelle_run(arelle, path)):
            row |= {f"arelle_{name}": value for name, value in measured.items()}
        rows.append(row)
        print(_line(row), flush=True)
    own, bare = (sum(row[name] for row in rows) for name in ("own", "bare"))
    return {"files": rows, "ratio": own / bare, "facts_per_s": sum(row["facts"] for row in rows) / own}


def _line(row: dict) -> str:
    arelle = (
        f"{row['arelle_seconds']:8.2f} s {row['arelle_peak_mb']:6.0f} MB"
        if "arelle_seconds" in row
        else "       –"
    )
    return (
        f"  {row['file'][:32]:32}{row['facts']:6}  {row['own'] * 1000:7.1f} ms {row['own_peak_mb']:5.0f} MB"
        f"  {row['bare'] * 1000:7.1f} ms {row['bare_peak_mb']:5.0f} MB  {row['own'] / row['bare']:5.2f}"
        f"  {row['whole'] * 1000:7.0f} ms {row['whole_peak_mb']:5.0f} MB  {arelle}"
    )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    parser.add_argument("--child", nargs=2, metavar=("MODE", "FILE"))
    asked = parser.parse_args()
    if asked.child:
        child(asked.child[0], Path(asked.child[1]))
        return 0
    if not files_of(asked.data or Path()):
        print("bench: the data set sec_xbrl is not there; left out", file=sys.stderr)
        return 0
    print(
        f"  {'file':32}{'facts':>6}  {'own':>10}{'peak':>9}  {'bare':>10}{'peak':>9}  ratio  {'whole':>10}{'peak':>9}  Arelle"
    )
    result = bench_run(asked.data)
    print(
        f"  own / bare: {result['ratio']:.3f}, at most {RATIO_MAX}; {result['facts_per_s']:,.0f} numeric facts a second"
    )
    out = ROOT / "var" / "bench" / "xbrl.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1))
    return 0 if result["ratio"] <= RATIO_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
