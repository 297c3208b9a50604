"""What the engine that answers now says of itself, for administrators; of a foreign one, what is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from collegium.serving.resolution import engine_state, production_client, production_version
from engine.errors import EngineError

COMMON = "common"


@dataclass(frozen=True, slots=True)
class Rank:
    """A process that holds a part of the model."""

    number: int
    host: str
    device: str
    state: str
    memory_bytes: int


@dataclass(frozen=True, slots=True)
class OwnedExperts:
    """The experts of one owner, and the part of all routed tokens that they were given, 0 to 1."""

    owner: str
    experts: tuple[int, ...]
    share: float | None

    @property
    def is_common(self) -> bool:
        """Whether no vertical owns them."""
        return self.owner == COMMON


@dataclass(frozen=True, slots=True)
class Routing:
    """Tokens routed to each expert of each layer since the engine started."""

    layers: tuple[int, ...]
    tokens: tuple[tuple[int, ...], ...]
    imbalance: float | None

    @property
    def total(self) -> int:
        """All that was routed."""
        return sum(map(sum, self.tokens))


@dataclass(frozen=True, slots=True)
class EngineReport:
    """`said` is false for an engine that says nothing of itself but its model."""

    state: str
    detail: str
    model: str
    version: str
    said: bool = False
    restarts: int = 0
    context_tokens: int = 0
    cache_tokens: int = 0
    waiting: int = 0
    in_flight: int = 0
    memory_bytes: int = 0
    ranks: tuple[Rank, ...] = ()
    owners: tuple[OwnedExperts, ...] = ()
    routing: Routing | None = None
    problem: str = ""


def engine_report() -> EngineReport:
    """Asks the engine; never raises, whatever it says."""
    known = engine_state()
    version = production_version()
    label = version.version if version and version.digest else ""
    bare = EngineReport(known.state, known.detail, known.model, label)
    try:
        said = production_client(version).state()
    except EngineError:
        return bare
    return _report(bare, said) if "restarts" in said else bare


def _report(bare: EngineReport, said: Mapping[str, Any]) -> EngineReport:
    experts = _mapping(said.get("experts"))
    routing = _routing(experts)
    return EngineReport(
        state=bare.state,
        detail=str(said.get("detail") or bare.detail),
        model=str(said.get("model") or bare.model),
        version=bare.version,
        said=True,
        restarts=_number(said.get("restarts")),
        context_tokens=_number(said.get("context_tokens")),
        cache_tokens=_number(said.get("cache_tokens")),
        waiting=sum(map(_number, _mapping(said.get("waiting")).values())),
        in_flight=_number(_mapping(said.get("in_flight")).get("requests")),
        memory_bytes=sum(map(_number, _mapping(said.get("memory_bytes")).values())),
        ranks=_ranks(said.get("ranks")),
        owners=_owners(_mapping(experts.get("owners")), routing),
        routing=routing,
        problem=str(experts.get("problem") or ""),
    )


def _ranks(said: Any) -> tuple[Rank, ...]:
    rows = [_mapping(row) for row in said] if isinstance(said, list) else []
    return tuple(
        Rank(
            number=_number(row.get("rank")),
            host=str(row.get("host") or ""),
            device="CPU" if row.get("device") is None else str(row["device"]),
            state=str(row.get("state") or ""),
            memory_bytes=_number(row.get("memory_bytes")),
        )
        for row in rows
    )


def _routing(experts: Mapping[str, Any]) -> Routing | None:
    """The counts, where they are a table of as many rows as layers and of equal rows."""
    layers, tokens = experts.get("layers"), experts.get("tokens")
    if not isinstance(layers, list) or not isinstance(tokens, list) or len(layers) != len(tokens):
        return None
    rows = [tuple(map(_number, row)) if isinstance(row, list) else () for row in tokens]
    if not rows or not rows[0] or {len(row) for row in rows} != {len(rows[0])}:
        return None
    overall = _mapping(experts.get("imbalance")).get("overall")
    even = float(overall) if isinstance(overall, int | float) else None
    return Routing(tuple(map(_number, layers)), tuple(rows), even)


def _owners(said: Mapping[str, Any], routing: Routing | None) -> tuple[OwnedExperts, ...]:
    """The owners' experts; those that nobody names are common."""
    named = {
        str(owner): tuple(map(_number, experts))
        for owner, experts in said.items()
        if isinstance(experts, list)
    }
    count = len(routing.tokens[0]) if routing else 0
    taken = {expert for experts in named.values() for expert in experts}
    if rest := tuple(expert for expert in range(count) if expert not in taken):
        named[COMMON] = (*named.get(COMMON, ()), *rest)
    return tuple(OwnedExperts(owner, experts, _share(experts, routing)) for owner, experts in named.items())


def _share(experts: tuple[int, ...], routing: Routing | None) -> float | None:
    if routing is None or not routing.total:
        return None
    return sum(sum(row[e] for e in experts if e < len(row)) for row in routing.tokens) / routing.total


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: Any) -> int:
    """A whole number that is not negative; 0 for anything else."""
    return value if type(value) is int and value >= 0 else 0
