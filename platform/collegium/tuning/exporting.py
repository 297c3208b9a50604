"""Writes a run's examples: made by the vertical's recipe, as the person who started the run sees the
documents.
"""

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from collegium.accounts.asker import Asker
from collegium.accounts.selectors import asker_for_api_key, asker_for_user
from collegium.errors import NotFound, Problem
from collegium.knowledge.disk import space_check, space_errors_named
from collegium.knowledge.models import KnowledgeBase
from collegium.knowledge.selectors import visible_documents
from collegium.sdk.tuning import Example, Export, Recipe
from collegium.tuning.folder import RunFolder
from collegium.tuning.models import TuningRun
from collegium.tuning.problems import TrainingFailed
from collegium.tuning.selectors import recipe_get

log = logging.getLogger(__name__)
EXAMPLES_MOST = 5_000_000
SPACE_EVERY = 1000
Poll = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """How many examples were written, and the hash of the file."""

    count: int
    sha256: str


def run_asker(run: TuningRun) -> Asker:
    """Whoever started the run, with what they may do now. Raises TrainingFailed where that is not enough."""
    try:
        if run.api_key is not None:
            asker = asker_for_api_key(run.api_key)
        elif run.created_by is not None:
            asker = asker_for_user(run.created_by, run.workspace_id)
        else:
            asker = None
    except NotFound:
        asker = None
    if asker is None or asker.workspace_id != run.workspace_id or not asker.may("manage"):
        raise TrainingFailed("asker_gone")
    return asker


def run_recipe(run: TuningRun, asker: Asker) -> Recipe:
    """The run's recipe. Raises TrainingFailed where it is gone or its vertical is not enabled any more."""
    key = f"{run.vertical}.{run.recipe}"
    try:
        recipe = recipe_get(asker, key).recipe
    except NotFound as error:
        raise TrainingFailed("recipe_gone", recipe=key) from error
    if recipe.private != run.private:
        raise TrainingFailed("recipe_gone", recipe=key)
    return recipe


def examples_write(run: TuningRun, folder: RunFolder, poll: Poll) -> Exported:
    """Write the examples to the run's folder, calling `poll` with their number all the while.

    Raises TrainingFailed, NoSpace, and whatever `poll` raises; then no file is left.
    """
    asker = run_asker(run)
    recipe = run_recipe(run, asker)
    bases = [UUID(one["id"]) for one in run.sources]
    documents = _documents_open(asker, bases)
    draft = folder.examples.with_suffix(".jsonl.new")
    digest, count = hashlib.sha256(), 0
    try:
        with space_errors_named(), _private_open(draft) as file:
            for example in _examples(recipe, Export(asker, tuple(bases), run.language), documents):
                line = json.dumps(example.as_json(), ensure_ascii=False).encode("utf-8", "replace") + b"\n"
                file.write(line)
                digest.update(line)
                count += 1
                if count % SPACE_EVERY == 0:
                    space_check(folder.root, 0)
                poll(count)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder.examples)
    finally:
        draft.unlink(missing_ok=True)
    if not count:
        folder.private_remove()
        raise TrainingFailed("no_examples")
    return Exported(count, digest.hexdigest())


def _private_open(path: Path):  # type: ignore[no-untyped-def]
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb")


def _documents_open(asker: Asker, bases: list[UUID]) -> frozenset[str]:
    """The ids of the documents that the asker may see in these knowledge bases."""
    rows = visible_documents(asker).filter(knowledge_base__in=KnowledgeBase.objects.filter(pk__in=bases))
    return frozenset(str(pk) for pk in rows.values_list("pk", flat=True))


def _examples(recipe: Recipe, export: Export, documents: frozenset[str]) -> Iterator[Example]:
    """What the recipe gives, each example checked to be of a document that may be read or of its own
    import.
    """
    imports = frozenset(recipe.imports)
    try:
        for number, example in enumerate(recipe.export(export)):
            if example.source not in documents and example.source not in imports:
                log.error("recipe %s gave an example of %r", recipe.name, example.source)
                raise TrainingFailed("recipe_leaks")
            if number >= EXAMPLES_MOST:
                log.warning("recipe %s gave more than %s examples; the rest is left out", recipe.name, number)
                return
            yield example
    except (TrainingFailed, Problem, OSError):
        raise
    except Exception as error:  # a recipe is a vertical's own code: its author is told, in the log
        log.exception("recipe %s failed", recipe.name)
        raise TrainingFailed("recipe_failed", kind=type(error).__name__) from error


def every(seconds: float, call: Callable[[int], None]) -> Poll:
    """`call`, no more often than every so many seconds."""
    last = 0.0

    def poll(count: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= seconds:
            last = now
            call(count)

    return poll
