"""A bucket of tokens per Ente, channel and provider, shared by every worker: nobody floods a provider, nobody starves another.

Before: the door builds one for each way of sending.  After: ``services.sending`` takes a token before each message.
The bucket lives in Redis and fills by Redis's own clock; without Redis there is no brake, and the provider's own stays.
"""

import logging
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

# KEYS[1] bucket; ARGV: tokens a second, capacity. Answers the milliseconds to wait, 0 when a token was taken.
_TAKE = """
local now = redis.call('TIME')
local at = now[1] * 1000 + math.floor(now[2] / 1000)
local rate, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or capacity
tokens = math.min(capacity, tokens + (at - (tonumber(kept[2]) or at)) * rate / 1000)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = math.ceil((1 - tokens) * 1000 / rate) end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', at)
redis.call('PEXPIRE', KEYS[1], 60000 + math.ceil(capacity * 1000 / rate))
return wait
"""


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """``rate`` messages a second, and at most ``capacity`` at once after a pause. ``client``: of redis."""

    client: Any
    key: str
    rate: float
    capacity: int = 10

    def turn(self) -> float:
        """Take a token: 0, or the seconds until there may be one."""
        from redis.exceptions import RedisError

        try:
            wait = self.client.eval(_TAKE, 1, self.key, self.rate, self.capacity)
        except RedisError:
            log.warning("secchio dei messaggi %s non raggiungibile", self.key)
            return 0.0
        return int(wait) / 1000
