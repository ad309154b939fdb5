"""A bucket of tokens per Ente, channel and provider, shared by every worker: nobody floods a provider, nobody starves another.

Before: the door builds one for each way of sending.  After: ``services.sending`` takes the tokens of each claim.
The bucket lives in Redis and fills by Redis's own clock; without Redis there is no brake, and the provider's own stays.
"""

import logging
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

# KEYS[1] bucket; ARGV: tokens a second, capacity, tokens wanted. Answers the tokens taken and, when there is none, the
# milliseconds until there may be one.
_TAKE = """
local now = redis.call('TIME')
local at = now[1] * 1000 + math.floor(now[2] / 1000)
local rate, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
local kept = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = tonumber(kept[1]) or capacity
tokens = math.min(capacity, tokens + (at - (tonumber(kept[2]) or at)) * rate / 1000)
local taken = math.min(math.floor(tokens), tonumber(ARGV[3]))
local wait = 0
tokens = tokens - taken
if taken == 0 then wait = math.ceil((1 - tokens) * 1000 / rate) end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', at)
redis.call('PEXPIRE', KEYS[1], 60000 + math.ceil(capacity * 1000 / rate))
return {taken, wait}
"""


@dataclass(frozen=True, slots=True)
class Turns:
    """``granted`` messages may leave now; when none, ``wait_seconds`` until one may."""

    granted: int
    wait_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """``rate`` messages a second, and at most ``capacity`` at once after a pause. ``client``: of redis."""

    client: Any
    key: str
    rate: float
    capacity: int = 10

    def take(self, wanted: int) -> Turns:
        """Take as many tokens as there are, up to ``wanted``."""
        from redis.exceptions import RedisError

        try:
            taken, wait = self.client.eval(_TAKE, 1, self.key, self.rate, self.capacity, wanted)
        except RedisError:
            log.warning("secchio dei messaggi %s non raggiungibile", self.key)
            return Turns(wanted)
        return Turns(int(taken), int(wait) / 1000)
