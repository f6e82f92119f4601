"""Where what happened waits to be counted, by name: in Redis for all processes, without it in this one. What was not flushed dies
with it."""

import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from uuid import uuid4

import redis
from django.conf import settings

from core.limits import LocalCounter

MOST_REMEMBERED = 50_000


@dataclass(frozen=True)
class Batch:
    """Marks taken out together; counted once, whatever happens in between, because its id is kept with the counts."""

    id: str
    counts: Mapping[str, int]


@dataclass(frozen=True)
class Share:
    """What one may have noted: beyond `quota` in a window of so many seconds everything of theirs is noted under `over`."""

    who: str
    quota: int
    window: int
    over: str


class Buffer(Protocol):
    """Counts what happened under a mark. `taken` hands out batches until `done` says that they are counted."""

    def note(self, mark: str) -> None: ...

    def note_once(self, who: str, seconds: int, *, first: str, again: str, share: Share | None = None) -> None: ...

    def taken(self) -> Iterator[Batch]: ...

    def done(self, batch: Batch) -> None: ...


class LocalBuffer:
    """Marks in this process: what the embedded profile, one process by promise, needs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, int] = {}
        self._seen: dict[str, float] = {}
        self._taken: dict[str, Batch] = {}
        self._shares = LocalCounter()

    def note(self, mark: str) -> None:
        with self._lock:
            self._counts[mark] = self._counts.get(mark, 0) + 1

    def note_once(self, who: str, seconds: int, *, first: str, again: str, share: Share | None = None) -> None:
        now = time.monotonic()
        over = share is not None and self._shares.add(share.who, share.window)[0] > share.quota
        with self._lock:
            is_first = self._seen.get(who, 0.0) <= now
            mark = share.over if share and over else first if is_first else again
            if is_first:
                self._seen[who] = now + seconds
                if len(self._seen) > MOST_REMEMBERED:
                    self._seen = {each: until for each, until in self._seen.items() if until > now}
            self._counts[mark] = self._counts.get(mark, 0) + 1

    def taken(self) -> Iterator[Batch]:
        with self._lock:
            if self._counts:
                batch = Batch(uuid4().hex, self._counts)
                self._taken[batch.id], self._counts = batch, {}
            waiting = list(self._taken.values())
        yield from waiting

    def done(self, batch: Batch) -> None:
        with self._lock:
            self._taken.pop(batch.id, None)


NOTE_ONCE = """
local first = redis.call('SET', KEYS[2], '1', 'NX', 'EX', ARGV[1])
local mark = first and ARGV[2] or ARGV[3]
if KEYS[3] then
    local count = redis.call('INCR', KEYS[3])
    if count == 1 then redis.call('EXPIRE', KEYS[3], ARGV[5]) end
    if count > tonumber(ARGV[4]) then mark = ARGV[6] end
end
redis.call('HINCRBY', KEYS[1], mark, 1)
"""
TAKE = """
if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('RENAME', KEYS[1], KEYS[2])
    redis.call('SADD', KEYS[3], ARGV[1])
end
return redis.call('SMEMBERS', KEYS[3])
"""


class RedisBuffer:
    """Marks in Redis: one round trip each. A batch is renamed away at once, so that none is in two batches or in none."""

    prefix = "soko:"

    def __init__(self, url: str, name: str) -> None:
        self._name = name
        self._redis = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5, decode_responses=True)
        self._note_once = self._redis.register_script(NOTE_ONCE)
        self._take = self._redis.register_script(TAKE)

    def note(self, mark: str) -> None:
        self._redis.hincrby(self._key("now"), mark, 1)

    def note_once(self, who: str, seconds: int, *, first: str, again: str, share: Share | None = None) -> None:
        keys = [self._key("now"), self._key(f"seen:{who}")]
        words: list[str | int] = [seconds, first, again]
        if share:
            keys.append(self._key(f"share:{share.who}"))
            words += [share.quota, share.window, share.over]
        self._note_once(keys=keys, args=words)

    def taken(self) -> Iterator[Batch]:
        fresh = uuid4().hex
        known: Any = self._take(keys=[self._key("now"), self._key(fresh), self._key("batches")], args=[fresh])
        for each in sorted(known):
            counts: Any = self._redis.hgetall(self._key(each))
            yield Batch(each, {mark: int(count) for mark, count in counts.items()})

    def done(self, batch: Batch) -> None:
        self._redis.delete(self._key(batch.id))
        self._redis.srem(self._key("batches"), batch.id)

    def _key(self, name: str) -> str:
        return f"{self.prefix}{self._name}:{name}"


@lru_cache
def buffer(name: str) -> Buffer:
    """The buffer of this name, where the settings want it."""
    return RedisBuffer(settings.REDIS_URL, name) if settings.REDIS_URL else LocalBuffer()
