"""What others ask of the registry: versions of models, who answers whom, promotion and rollback."""

from collegium.serving.archive_export import version_export
from collegium.serving.archive_import import version_import
from collegium.serving.evaluation import version_evaluate
from collegium.serving.gate import gate_judge
from collegium.serving.promotion import candidate_set, share_set, version_promote, version_rollback
from collegium.serving.resolution import (
    CANDIDATE,
    PREVIOUS,
    PRODUCTION,
    alias_move,
    answered_by,
    default_manifest,
    engine_for,
    engine_of,
    engine_state,
    model_register,
    names_in_service,
    production_client,
    production_engine,
    production_version,
)
from collegium.serving.versions import version_add

__all__ = [
    "CANDIDATE",
    "PREVIOUS",
    "PRODUCTION",
    "alias_move",
    "answered_by",
    "candidate_set",
    "default_manifest",
    "engine_for",
    "engine_of",
    "engine_state",
    "gate_judge",
    "model_register",
    "names_in_service",
    "production_client",
    "production_engine",
    "production_version",
    "share_set",
    "version_add",
    "version_evaluate",
    "version_export",
    "version_import",
    "version_promote",
    "version_rollback",
]
