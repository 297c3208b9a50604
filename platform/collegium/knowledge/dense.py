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


def dense_part(
    model: EmbeddingModel, vector: npt.NDArray[np.float32], scope: Scope, limit: int, *, exactly: bool
) -> tuple[str, list[Any]]:
    """A query of the permitted chunks with the largest cosine to `vector`, as chunk_id, score."""
    build = _exact_part if exactly else _index_part
    return build(model, half_text(vector), scope, limit)


def dense_prepare(limit: int) -> None:
    """Tell the index, for this transaction, to go on until it has found enough permitted ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('hnsw.ef_search', %s, true),"
            " set_config('hnsw.iterative_scan', 'relaxed_order', true),"
            " set_config('hnsw.max_scan_tuples', %s, true)",
            [str(max(EF_SEARCH, limit)), str(MAX_SCAN_TUPLES)],
        )


def _exact_part(model: EmbeddingModel, vector: str, scope: Scope, limit: int) -> tuple[str, list[Any]]:
    """The scores are computed in a materialised part, so that no order is left for an index to offer."""
    dims = model.dims
    sql = f"""
        WITH compared AS MATERIALIZED (
            SELECT vec.chunk_id, -(vec.embedding::halfvec({dims:d}) <#> %s::halfvec({dims:d})) AS score
            FROM knowledge_chunkvector AS vec JOIN permitted ON permitted.id = vec.version_id
            WHERE vec.model_id = {model.pk:d}{scope.only_wanted("vec")}
        )
        SELECT chunk_id, score FROM compared ORDER BY score DESC, chunk_id LIMIT %s"""
    return sql, [vector, limit]


def _index_part(model: EmbeddingModel, vector: str, scope: Scope, limit: int) -> tuple[str, list[Any]]:
    """Through the model's HNSW index; as a subplan the permission filter leaves the order to the index."""
    dims = model.dims
    sql = f"""
        SELECT vec.chunk_id, -(vec.embedding::halfvec({dims:d}) <#> %s::halfvec({dims:d})) AS score
        FROM knowledge_chunkvector AS vec
        WHERE vec.model_id = {model.pk:d} AND (vec.version_id IN (SELECT id FROM permitted)) IS TRUE
            {scope.only_wanted("vec")}
        ORDER BY vec.embedding::halfvec({dims:d}) <#> %s::halfvec({dims:d}) LIMIT %s"""
    return sql, [vector, vector, limit]
