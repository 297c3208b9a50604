"""The dense half of search: the vectors nearest to the question's, exactly where they are few, else by HNSW.

With a filter that keeps few rows an HNSW index finds too little (recall .32 to .87 where 2 % are kept), and a
scan of those rows is faster: the number of permitted passages decides.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from collegium.knowledge.embedding import HNSW_MAX_DIMS
from collegium.knowledge.models import EmbeddingModel
from collegium.knowledge.scope import Scope

EXACT_CHUNKS = 25_000  # up to here all permitted vectors are compared
EXACT_SHARE = 0.05  # and wherever the permitted ones are no more than this share of all
EF_SEARCH = 200
MAX_SCAN_TUPLES = 40_000


def half_text(vector: npt.NDArray[np.float32]) -> str:
    """A halfvec as PostgreSQL reads it."""
    return "[" + ",".join(f"{value:.5g}" for value in vector.tolist()) + "]"


def dense_exactly(scope: Scope, chunks_everywhere: int, dims: int) -> bool:
    """Whether the permitted vectors are few enough to compare each of them."""
    few = scope.chunks <= EXACT_CHUNKS or scope.chunks <= EXACT_SHARE * chunks_everywhere
    return few or dims > HNSW_MAX_DIMS


def dense_find(
    model: EmbeddingModel, vector: npt.NDArray[np.float32], scope: Scope, limit: int, *, exactly: bool
) -> list[int]:
    """The chunks in scope whose vectors have the largest cosine to `vector`, best first. In a transaction."""
    build = exact_sql if exactly else index_sql
    sql, params = build(model, half_text(vector), scope, limit)
    with connection.cursor() as cursor:
        if not exactly:
            cursor.execute(
                "SELECT set_config('hnsw.ef_search', %s, true),"
                " set_config('hnsw.iterative_scan', 'relaxed_order', true),"
                " set_config('hnsw.max_scan_tuples', %s, true)",
                [str(max(EF_SEARCH, limit)), str(MAX_SCAN_TUPLES)],
            )
        cursor.execute(sql, params)
        found = cursor.fetchall()
    return [chunk for chunk, _distance in sorted(found, key=lambda row: (row[1], row[0]))]


def exact_sql(model: EmbeddingModel, vector: str, scope: Scope, limit: int) -> tuple[str, list[Any]]:
    """The distances are computed in a materialised part, so that no order is left for an index to offer."""
    dims = model.dims
    sql = f"""
        WITH permitted AS MATERIALIZED ({scope.sql}),
        compared AS MATERIALIZED (
            SELECT vec.chunk_id, vec.embedding::halfvec({dims:d}) <#> %s::halfvec({dims:d}) AS distance
            FROM knowledge_chunkvector AS vec JOIN permitted ON permitted.id = vec.version_id
            WHERE vec.model_id = {model.pk:d}
        )
        SELECT chunk_id, distance FROM compared ORDER BY distance, chunk_id LIMIT %s"""
    return sql, [*scope.params, vector, limit]


def index_sql(model: EmbeddingModel, vector: str, scope: Scope, limit: int) -> tuple[str, list[Any]]:
    """Through the model's HNSW index; as a subplan the permission filter leaves the order to the index."""
    dims = model.dims
    sql = f"""
        WITH permitted AS MATERIALIZED ({scope.sql})
        SELECT vec.chunk_id, vec.embedding::halfvec({dims:d}) <#> %s::halfvec({dims:d}) AS distance
        FROM knowledge_chunkvector AS vec
        WHERE vec.model_id = {model.pk:d} AND (vec.version_id IN (SELECT id FROM permitted)) IS TRUE
        ORDER BY vec.embedding::halfvec({dims:d}) <#> %s::halfvec({dims:d}) LIMIT %s"""
    return sql, [*scope.params, vector, vector, limit]
