"""What can go wrong between an engine and its ranks, as named errors."""

from engine.errors import EngineError, EngineUnavailable


class RanksUnavailable(EngineUnavailable):
    """Too few rank workers are there, or the broker between them and the engine does not answer."""

    code = "ranks_unavailable"


class RankRefused(EngineError):
    """A worker may not run a rank of this engine; the message says what differs."""

    code = "rank_refused"


class OrderInvalid(EngineError):
    """What came over the broker was not signed with our key, is too old, or does not say what it must."""

    code = "order_invalid"


class RankLost(EngineError):
    """A rank died, hangs, or cannot be reached any more."""

    code = "rank_lost"
    retryable = True
