"""Runs evaluation suites and keeps their figures."""

import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from collegium.errors import Invalid, NotFound
from collegium.evaluation.corpus import files_fingerprint
from collegium.evaluation.models import SuiteRun
from collegium.knowledge.models import EmbeddingModel
from collegium.sdk.registry import loaded_verticals
from collegium.sdk.vertical import Suite
from collegium.serving.priority import asked_as_batch

FINGERPRINT_FILES = 10_000


def suites() -> dict[str, Suite]:
    """All suites of the loaded verticals, under their whole names: finance.retrieval."""
    return {
        f"{slug}.{suite.name}": suite
        for slug, vertical in sorted(loaded_verticals().items())
        for suite in vertical.suites
    }


def suite_get(name: str) -> tuple[str, Suite]:
    """A suite by its whole name, or by its bare one where only one vertical has it. NotFound, Invalid."""
    there = suites()
    if name in there:
        return name, there[name]
    matching = [whole for whole in there if whole.split(".", 1)[1] == name]
    if len(matching) == 1:
        return matching[0], there[matching[0]]
    if matching:
        raise Invalid(
            f"Several verticals have a suite '{name}': choose {', '.join(matching)}.", code="ambiguous"
        )
    raise NotFound(
        f"There is no suite '{name}'; there are: {', '.join(there) or 'none'}.", code="unknown_suite"
    )


def suite_run(*, name: str, data: Path | None) -> SuiteRun:
    """Run a suite over a data folder, or over the vertical's own sample, and store its figures."""
    whole, suite = suite_get(name)
    if data is not None and not data.is_dir():
        raise Invalid(f"{data} is no folder.", code="no_data")
    start = time.monotonic()
    with asked_as_batch():
        result = suite.run(data)
    return SuiteRun.objects.create(
        suite=whole,
        metrics={key: float(value) for key, value in result.metrics.items()},
        details=list(result.details),
        data_fingerprint=_fingerprint(data),
        served=_served(),
        code_version=_code_version(),
        duration_s=time.monotonic() - start,
    )


def _fingerprint(data: Path | None) -> str:
    if data is None:
        return ""
    files = [path for path in sorted(data.rglob("*")) if path.is_file()]
    return files_fingerprint(files[:FINGERPRINT_FILES])


def _served() -> dict[str, Any]:
    """The models in use: the embedding model, and the one that answered where a suite ran for it alone."""
    from collegium.serving.resolution import version_pinned  # serving, too, knows runs of suites

    model, pinned = EmbeddingModel.objects.filter(active=True).first(), version_pinned()
    served = {"embeddings": model.name, "embeddings_digest": model.digest} if model else {}
    return served | ({"model": str(pinned), "model_digest": pinned.digest} if pinned else {})


def _code_version() -> str:
    try:
        return version("collegium")
    except PackageNotFoundError:
        return ""
