"""The cache in Redis: a convenience that may be gone for a while. Who must know asks with `add`, which never pretends."""

import time
from collections.abc import Callable
from functools import cache
from typing import Any

import redis
import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

log = structlog.get_logger("cache")
SITS_OUT = (
    1.0  # seconds in which a Redis that did not answer is not asked again: a slow one would cost each request its wait
)


class OneClient(RedisCacheClient):
    """Asks by one client of redis-py for each server. Django makes one for each question, which takes longer than to ask it."""

    def __init__(self, servers: list[str], **options: Any) -> None:
        super().__init__(servers, **options)
        self._client = cache(redis.Redis)


class ForgivingRedisCache(RedisCache):
    """Without Redis nothing is found and nothing is kept, and pages are made from the database.

    `add`, `incr` and `clear` fail as they always did: a lock or a count that pretended would be worse than none.
    """

    _silent_until = 0.0

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = OneClient

    def _asked[T](self, ask: Callable[[], T], otherwise: T) -> T:
        if time.monotonic() < self._silent_until:
            return otherwise
        try:
            return ask()
        except redis.RedisError as fault:
            self._silent_until = time.monotonic() + SITS_OUT
            log.error("cache_down", fault=type(fault).__name__)
            return otherwise

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._asked(lambda: super(ForgivingRedisCache, self).get(key, default, version), default)

    def get_many(self, keys: Any, version: Any = None) -> dict:
        return self._asked(lambda: super(ForgivingRedisCache, self).get_many(keys, version), {})

    def has_key(self, key: Any, version: Any = None) -> bool:
        return self._asked(lambda: super(ForgivingRedisCache, self).has_key(key, version), False)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> None:
        self._asked(lambda: super(ForgivingRedisCache, self).set(key, value, timeout, version), None)

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> list:
        return self._asked(lambda: super(ForgivingRedisCache, self).set_many(data, timeout, version), [])

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> bool:
        return self._asked(lambda: super(ForgivingRedisCache, self).touch(key, timeout, version), False)

    def delete(self, key: Any, version: Any = None) -> bool:
        return self._asked(lambda: super(ForgivingRedisCache, self).delete(key, version), False)

    def delete_many(self, keys: Any, version: Any = None) -> None:
        self._asked(lambda: super(ForgivingRedisCache, self).delete_many(keys, version), None)


class BriefRedisCache(ForgivingRedisCache):
    """Keeps nothing longer than a minute: for copies of sessions.

    A sign-out while Redis is out of reach deletes the row and cannot delete the copy, which would come back with Redis.
    """

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> int:
        wanted = super().get_backend_timeout(timeout)
        return 60 if wanted is None else min(60, int(wanted))
