"""How many answers a workspace may have streaming at once, over all processes."""

import logging
import time
import uuid

from django.conf import settings
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from collegium.api.problems import TooMany
from collegium.api.streaming.valkey import valkey

log = logging.getLogger(__name__)
SLOT_S = 60  # a slot whose process died is free again after this
RENEW_S = 15
RETRY_AFTER_S = 5

# KEYS[1]: sorted set of slots by the time they lapse. ARGV: now, lapse, limit, name.
_TAKE = """
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ARGV[1])
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[4])
redis.call('EXPIRE', KEYS[1], 120)
return 1
"""


class Slot:
    """One of the workspace's streams; renewed while it runs, released when it ends."""

    def __init__(self, workspace_id: uuid.UUID) -> None:
        self._key = f"streams:{workspace_id}"
        self._name = uuid.uuid4().hex
        self._renewed_at = time.monotonic()

    def take(self) -> None:
        """Raises TooMany where the workspace has as many streams as it may."""
        limit = settings.STREAMS_PER_WORKSPACE
        now = time.time()
        try:
            taken = valkey().eval(_TAKE, 1, self._key, now, now + SLOT_S, limit, self._name)
        except RedisError:  # answers still come without Valkey, only uncounted
            log.warning("streams are not counted: Valkey does not answer", exc_info=True)
            return
        if not taken:
            raise TooMany(
                _(
                    "This workspace has %(limit)s answers under way, as many as it may; "
                    "wait until one has ended."
                )
                % {"limit": limit},
                retry_after_s=RETRY_AFTER_S,
                limit=limit,
            )

    def renew(self) -> None:
        """Say that the stream still runs; cheap enough to call at every event."""
        if time.monotonic() - self._renewed_at < RENEW_S:
            return
        self._renewed_at = time.monotonic()
        self._quietly("ZADD", self._key, "XX", time.time() + SLOT_S, self._name)

    def release(self) -> None:
        self._quietly("ZREM", self._key, self._name)

    def _quietly(self, *command: object) -> None:
        try:
            valkey().execute_command(*command)
        except RedisError:
            log.debug("a stream's slot lapses by itself", exc_info=True)
