"""Facts of many filings: how long they take to load, and how long a question's query takes then.

    python tests/bench/facts_store.py [FILINGS]

Loads FILINGS filings (10,000) of 1,300 facts each into a database of its own: companies with ten years of annual
and quarterly reports, one fact in four of the whole entity, each figure stated again by the next report. Then it
asks as people do: one concept of one company, all figures of a company's day, one concept over all companies.
Prints a table and writes var/bench/facts_store.json. Ends with 1 where a company's figure takes longer than 20 ms at the
95th percentile: an answer computes several of them within 150 ms.
"""

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "platform")]
FILINGS = 10_000
FACTS = 1_300
WHOLE_ENTITY = 325
FILINGS_OF_COMPANY = 40
P95_MAX_MS = 20.0
ROUNDS = 200
BATCH = 200
FIRST_YEAR = 2014

# The first concepts of a filing, flows and balances in turn, so that metrics can be computed.
NAMED = (
    "us-gaap:Revenues", "us-gaap:Assets", "us-gaap:CostOfRevenue", "us-gaap:StockholdersEquity",
    "us-gaap:NetIncomeLoss",
)  # fmt: skip
FACTS_SQL = """
INSERT INTO finance_fact (filing_id, concept, start, "end", value, unit, decimals, is_nil, is_duplicate, dims, locator, footnotes)
SELECT filing.id,
    coalesce((ARRAY{named})[(number %% {whole}) / 2 + 1],
             'us-gaap:Concept' || lpad(((number %% {whole}) / 2)::text, 3, '0')),
    CASE WHEN number %% 4 < 2 THEN (filing.period_end - 90 - 365 * (number %% 2)) END,
    filing.period_end - 365 * (number %% 2),
    1000000 + (number * 7919 + filing.fiscal_year) %% 900000,
    'USD', -3, false, false,
    CASE WHEN number < {whole} THEN '{{}}'::jsonb
         ELSE jsonb_build_object('us-gaap:StatementBusinessSegmentsAxis', 'own:Segment' || number / {whole} || 'Member',
                                 'srt:ProductOrServiceAxis', 'own:Product' || number %% 9 || 'Member') END,
    jsonb_build_object('kind', 'anchor', 'element', 'f-' || number, 'file', 'report-20240930.htm', 'anchor', 'item-8',
                       'start', number * 40, 'end', number * 40 + 9),
    '[]'::jsonb
FROM finance_filing AS filing, generate_series(0, {facts} - 1) AS number
WHERE filing.id = ANY(%s)
"""


def world_make(filings: int) -> Any:
    """A workspace with that many filings; returns one who may see them."""
    from django.db import connection

    from collegium.accounts.asker import SCOPES, Asker
    from collegium.accounts.services import workspace_create
    from collegium.knowledge.models import Document, DocumentVersion, KnowledgeBase, VersionState
    from verticals.finance.models import Filing

    workspace = workspace_create(slug="facts", name="Facts", verticals=["finance"])
    base = KnowledgeBase.objects.create(workspace=workspace, name="Filings", vertical="finance")
    documents = [
        Document(workspace=workspace, knowledge_base=base, title=f"Report {n}") for n in range(filings)
    ]
    Document.objects.bulk_create(documents, batch_size=1000)
    versions = [
        DocumentVersion(
            document=document,
            knowledge_base=base,
            number=1,
            content_hash=f"{n:064d}",
            state=VersionState.READY,
        )
        for n, document in enumerate(documents)
    ]
    DocumentVersion.objects.bulk_create(versions, batch_size=1000)
    for document, version in zip(documents, versions, strict=True):
        document.current = version
    Document.objects.bulk_update(documents, ["current"], batch_size=1000)
    rows = [_filing(Filing, number, version) for number, version in enumerate(versions)]
    Filing.objects.bulk_create(rows, batch_size=1000)
    statement = FACTS_SQL.format(whole=WHOLE_ENTITY, facts=FACTS, named=list(NAMED))
    with connection.cursor() as cursor:
        for at in range(0, len(rows), BATCH):
            cursor.execute(statement, [[row.pk for row in rows[at : at + BATCH]]])
        cursor.execute("VACUUM ANALYZE finance_fact")
        cursor.execute("ANALYZE")
    return Asker(workspace.pk, role="admin", scopes=frozenset(SCOPES))


def _filing(model: Any, number: int, version: Any) -> Any:
    company, report = divmod(number, FILINGS_OF_COMPANY)
    year, quarter = FIRST_YEAR + report // 4, report % 4 + 1
    end = date(year, 3 * quarter, 30)
    return model(
        version=version, position=0, entity=f"Company {company} Inc.", entity_key=f"company {company}",
        identifier=f"{company:010d}", ticker=f"C{company}", form="10-K" if quarter == 4 else "10-Q",
        period_end=end, fiscal_year=year, fiscal_period="FY" if quarter == 4 else f"Q{quarter}",
        fiscal_year_end="--12-31", currency="USD", gaap="US-GAAP", language="en", known_on=end,
    )  # fmt: skip


def questions(asker: Any, filings: int) -> dict[str, tuple[int, Callable[[random.Random], Any]]]:
    """What is asked, how often, and how."""
    from verticals.finance.facts.filings import entities_find, entities_list
    from verticals.finance.facts.query import FactQuery
    from verticals.finance.facts.selectors import facts_find

    companies = max(1, filings // FILINGS_OF_COMPANY)

    def company(choose: random.Random) -> tuple[int, ...]:
        (found,) = entities_find(asker, f"{choose.randrange(companies):010d}")
        return found.filings

    def concept(choose: random.Random) -> tuple[str, ...]:
        return (f"us-gaap:Concept{choose.randrange(len(NAMED), WHOLE_ENTITY // 2):03d}",)

    def figure(choose: random.Random) -> Any:
        return facts_find(asker, FactQuery(filings=company(choose), concepts=concept(choose)))

    def with_parts(choose: random.Random) -> Any:
        return facts_find(asker, FactQuery(filings=company(choose), concepts=concept(choose), dims=None))

    def day(choose: random.Random) -> Any:
        end = date(FIRST_YEAR + choose.randrange(1, 9), 12, 30)
        return facts_find(asker, FactQuery(filings=company(choose), end=end))

    def over_all(choose: random.Random) -> Any:
        return facts_find(asker, FactQuery(concepts=concept(choose), end=date(FIRST_YEAR + 5, 12, 30)))

    return {
        "a company by its number": (ROUNDS, company),
        "one concept of a company": (ROUNDS, figure),
        "the same with its parts": (ROUNDS, with_parts),
        "all figures of a company's day": (ROUNDS // 4, day),
        "one concept of all companies": (5, over_all),
        "all companies": (5, lambda choose: entities_list(asker)),
    }


def measure(asker: Any, filings: int) -> dict[str, dict[str, float]]:
    choose = random.Random(1)
    measured = {}
    for name, (rounds, ask) in questions(asker, filings).items():
        found = ask(choose)
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            found = ask(choose)
            taken.append((time.perf_counter() - began) * 1000)
        if not found:
            raise SystemExit(f"{name}: nothing was found")
        taken.sort()
        measured[name] = {
            "p50_ms": statistics.median(taken),
            "p95_ms": taken[min(len(taken) - 1, int(len(taken) * 0.95))],
            "found": len(found),
        }
    return measured


def sizes() -> dict[str, int]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_table_size('finance_fact'), pg_indexes_size('finance_fact'), count(*) FROM finance_fact"
        )
        table, indexes, count = cursor.fetchone()
    return {"table_bytes": table, "index_bytes": indexes, "facts": count}


def bench_run(filings: int) -> dict[str, Any]:
    from django.core.management import call_command
    from django.db import connections

    from collegium.environment import Home
    from collegium.ops.embedded import EmbeddedPostgres

    server = EmbeddedPostgres(Home(Path(os.environ["COLLEGIUM_HOME"])), durable=False)
    server.start()
    try:
        call_command("migrate", verbosity=0, skip_checks=True)
        began = time.monotonic()
        asker = world_make(filings)
        load_s = time.monotonic() - began
        return {"filings": filings, "load_s": load_s, **sizes(), "queries": measure(asker, filings)}
    finally:
        connections.close_all()
        server.stop()


def main() -> int:
    filings = int(sys.argv[1]) if len(sys.argv) > 1 else FILINGS
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
        result = bench_run(filings)
    megabytes = {name: result[f"{name}_bytes"] / 1e6 for name in ("table", "index")}
    print(
        f"{result['filings']} filings, {result['facts']} facts: loaded in {result['load_s']:.0f} s, "
        f"table {megabytes['table']:.0f} MB, indexes {megabytes['index']:.0f} MB"
    )
    for name, row in result["queries"].items():
        print(
            f"  {name:32}p50 {row['p50_ms']:8.1f} ms  p95 {row['p95_ms']:8.1f} ms  {row['found']:.0f} found"
        )
    out = ROOT / "var" / "bench" / "facts_store.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1))
    return 0 if result["queries"]["one concept of a company"]["p95_ms"] <= P95_MAX_MS else 1


if __name__ == "__main__":
    sys.exit(main())
