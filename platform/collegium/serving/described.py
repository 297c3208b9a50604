"""A model version as pages and the API show it; what only administrators may know is None for others."""

from typing import Any

from collegium.accounts.asker import Asker
from collegium.serving.fleet import engines_known
from collegium.serving.gate import gate_judge
from collegium.serving.models import ModelMove, ModelVersion
from collegium.serving.resolution import production_version
from collegium.serving.selectors import is_administrator

MOVES_SHOWN = 20


def version_line(version: ModelVersion) -> dict[str, Any]:
    """What everybody may know of a version that they may know of."""
    facts = version.manifest
    return {
        "id": version.uid,
        "name": version.name,
        "version": version.version,
        "state": version.state,
        "aliases": sorted(alias.name for alias in version.aliases.all()),
        "digest": version.digest,
        "languages": facts.get("languages") or [],
        "licence": facts.get("licence") or "",
        "max_tokens": facts.get("max_tokens"),
        "certificate": version.certificate,
        "created_at": version.created_at,
    }


def version_data(asker: Asker, version: ModelVersion) -> dict[str, Any]:
    """All that the asker may know of it."""
    names = ("base", "run", "card", "metrics", "evaluations", "gate", "moves", "engine")
    if not is_administrator(asker):
        return version_line(version) | dict.fromkeys(names)
    verdict = gate_judge(version, production_version())
    moves = ModelMove.objects.filter(model_version=version).select_related("model_version", "replaced", "by")
    return version_line(version) | {
        "base": base_data(version),
        "run": version.run,
        "card": version.card,
        "metrics": version.metrics,
        "evaluations": [
            {
                "suite": row.suite_run.suite,
                "metrics": row.suite_run.metrics,
                "data_fingerprint": row.suite_run.data_fingerprint,
                "code_version": row.suite_run.code_version,
                "created_at": row.created_at,
            }
            for row in version.evaluations.select_related("suite_run").order_by("-pk")[:MOVES_SHOWN]
        ],
        "gate": {"passed": verdict.passed, "figures": verdict.as_list()},
        "moves": [move_data(move) for move in moves[:MOVES_SHOWN]],
        "engine": engine_data(version),
    }


def base_data(version: ModelVersion) -> dict[str, Any] | None:
    """What the version was made from, registered here or not."""
    base = version.base
    if base is not None:
        return {"id": base.uid, "name": base.name, "version": base.version, "digest": base.digest}
    if not version.origin:
        return None
    return {"id": None} | {key: str(version.origin.get(key, "")) for key in ("name", "version", "digest")}


def move_data(move: ModelMove) -> dict[str, Any]:
    return {
        "kind": move.kind,
        "model": move.model_version.uid,
        "label": str(move.model_version),
        "replaced": str(move.replaced) if move.replaced else None,
        "by": move.by.get_username() if move.by else None,
        "reason": move.reason,
        "figures": move.figures,
        "at": move.at,
    }


def engine_data(version: ModelVersion) -> dict[str, Any] | None:
    """How its engine fares, as its keeper says; None for one that this installation does not run."""
    if not version.has_own_engine:
        return None
    known = engines_known().get(str(version.uid), {})
    return {"state": str(known.get("state") or "stopped"), "detail": str(known.get("detail") or "")[:2000]}
