"""Ingestion of a long PDF: pages per second, where the time goes, and what is added to parse + embed alone.

    python tests/bench/ingest.py [FILE.pdf]

Without a file it takes the PDF of the financebench set that is closest to 106 pages, unpacked from the data beside
the repository. Prints a table and writes var/bench/ingest.json. Ends with 1 where the whole takes more than 1.25
times what parse and embed take alone in the same run.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data" / "unpack"
PAGES_WANTED = 106
RATIO_MAX = 1.25
sys.path[:0] = [str(ROOT), str(ROOT / "platform"), str(Path(__file__).parent)]


def pdf_choose() -> Path:
    """The financebench PDF whose length is closest to the wanted one."""
    import pypdfium2

    if not DATA.exists():
        raise SystemExit(f"There is no {DATA}; name a PDF: python tests/bench/ingest.py FILE.pdf")
    folder = ROOT / "var" / "bench" / "data"
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run([str(DATA), str(folder), "financebench"], check=True, stdout=subprocess.DEVNULL)
    lengths = {path: len(pypdfium2.PdfDocument(path)) for path in sorted(folder.rglob("*.pdf"))}
    return min(lengths, key=lambda path: abs(lengths[path] - PAGES_WANTED))


def bench_run(pdf: Path) -> dict:
    from django.core.management import call_command
    from search_measure import embeddings_running

    from collegium.environment import Home
    from collegium.ops.embedded import EmbeddedPostgres, EmbeddedValkey

    home = Path(os.environ["COLLEGIUM_HOME"])
    servers = [EmbeddedPostgres(Home(home)), EmbeddedValkey(Home(home))]
    for server in servers:
        server.start()
    try:
        with embeddings_running(home):
            call_command("migrate", verbosity=0, skip_checks=True)
            return _measure(pdf)
    finally:
        from django.db import connections

        connections.close_all()
        for server in servers:
            server.stop()


def _measure(pdf: Path) -> dict:
    from django.core.files import File

    from collegium.accounts.asker import SCOPES, Asker
    from collegium.accounts.services import workspace_create
    from collegium.knowledge.services import document_add, knowledge_base_create
    from collegium.knowledge.tasks import ingest

    workspace = workspace_create(slug="bench", name="Bench", verticals=["finance"])
    asker = Asker(workspace_id=workspace.pk, scopes=frozenset(SCOPES))
    base = knowledge_base_create(asker=asker, name="Bench", vertical="finance")
    _warm_up(asker, base)
    with pdf.open("rb") as content:
        version, job = document_add(asker=asker, knowledge_base=base, files=[File(content, name=pdf.name)])
    began, cpu = time.monotonic(), time.process_time()
    ingest(str(job.pk))
    total_s, cpu_s = time.monotonic() - began, time.process_time() - cpu
    job.refresh_from_db()
    version.refresh_from_db()
    if job.state != "succeeded":
        raise SystemExit(f"the ingestion {job.state}: {job.problem}")
    parse_s, embed_s = _alone(version)
    return {
        "pdf": pdf.name,
        "pages": version.page_count,
        "passages": version.chunk_count,
        "total_s": total_s,
        "pages_per_s": version.page_count / total_s,
        "worker_cpu_s": cpu_s,
        "stages_s": job.stages,
        "share": {name: seconds / total_s for name, seconds in job.stages.items()},
        "parse_alone_s": parse_s,
        "embed_alone_s": embed_s,
        "ratio": total_s / (parse_s + embed_s),
    }


def _warm_up(asker: object, base: object) -> None:
    """A first document pays for connections, the vector index and the encoder's first run."""
    from django.core.files.base import ContentFile

    from collegium.knowledge.services import document_add
    from collegium.knowledge.tasks import ingest

    text = ContentFile(b"Words to warm up with. " * 200, name="warm.txt")
    _, job = document_add(asker=asker, knowledge_base=base, files=[text])
    ingest(str(job.pk))


def _alone(version: object) -> tuple[float, float]:
    """Seconds for parsing and for embedding the same document with nothing else around them."""
    from collegium.knowledge.blobs import blob_path
    from collegium.knowledge.context import passages_texts
    from collegium.knowledge.embedding import embed_passages
    from collegium.knowledge.ingest_embed import AHEAD, BATCH

    out = Path(tempfile.mkdtemp(dir=os.environ["COLLEGIUM_HOME"]))
    files = [[str(blob_path(file.sha256)), file.name, file.media_type] for file in version.files.all()]
    spec = {
        "files": files,
        "parsers": [],
        "progress": str(out / "progress"),
        "max_pages": 3000,
        "max_chars": 10**8,
        "parent": os.getpid(),
        "memory_mb": 4000,
        "timeout_s": 600,
        "output_mb": 1000,
    }
    (out / "spec.json").write_text(json.dumps(spec))
    command = [sys.executable, "-m", "collegium.knowledge.parse_child", out / "spec.json", out / "out.json"]
    began = time.monotonic()
    subprocess.run(
        command, check=True, env=os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'platform'}"}, cwd=ROOT
    )
    parse_s = time.monotonic() - began
    texts = passages_texts(version.document.title, version.metadata, list(version.chunks.all()))
    began = time.monotonic()
    with ThreadPoolExecutor(AHEAD) as pool:  # as many batches under way as ingestion has
        list(
            pool.map(embed_passages, (texts[start : start + BATCH] for start in range(0, len(texts), BATCH)))
        )
    return parse_s, time.monotonic() - began


def main() -> int:
    home = tempfile.mkdtemp(prefix="collegium-bench-")
    Path(home).chmod(0o755)
    os.environ |= {
        "COLLEGIUM_HOME": home,
        "DJANGO_SETTINGS_MODULE": "collegium.settings",
        "COLLEGIUM_LOG_LEVEL": "WARNING",
    }
    for name in ("DATABASE_URL", "REDIS_URL", "EMBEDDINGS_URL"):
        os.environ.pop(name, None)
    pdf = Path(sys.argv[1]) if len(sys.argv) > 1 else pdf_choose()
    import django

    django.setup()
    result = bench_run(pdf)
    rows = [
        (f"stage {name}", f"{seconds:.2f} s", f"{result['share'][name]:.1%}")
        for name, seconds in result["stages_s"].items()
    ]
    rows += [
        ("whole", f"{result['total_s']:.2f} s", f"{result['pages_per_s']:.2f} pages/s"),
        ("parse alone", f"{result['parse_alone_s']:.2f} s", ""),
        ("embed alone", f"{result['embed_alone_s']:.2f} s", ""),
        ("whole / (parse + embed)", f"{result['ratio']:.3f}", f"at most {RATIO_MAX}"),
    ]
    print(f"{result['pdf']}: {result['pages']} pages, {result['passages']} passages")
    for name, value, note in rows:
        print(f"  {name:26}{value:>10}  {note}")
    out = ROOT / "var" / "bench" / "ingest.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(result, indent=1))
    return 0 if result["ratio"] <= RATIO_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
