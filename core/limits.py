"""Rate limits: atomic counters in fixed windows, by name. With Redis they hold for all processes, without it for this one."""

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Protocol

import redis
import structlog
from django.conf import settings
from django.http import HttpRequest
from ninja.throttling import BaseThrottle

from core.errors import Limited, Unavailable

log = structlog.get_logger("limits")


@dataclass(frozen=True)
class Limit:
    """So many in a window of so many seconds. `guards` ones refuse when the counter cannot be asked; the rest let pass."""

    quota: int
    window: int
    guards: bool = False


LIMITS = {
    "read_anonymous": Limit(120, 60),
    "read": Limit(600, 60),
    "write": Limit(60, 60),
    "login": Limit(5, 60, guards=True),
    "login_account": Limit(10, 3600, guards=True),
    "register": Limit(10, 3600, guards=True),
    "refresh": Limit(30, 60, guards=True),
    "checkout": Limit(10, 60),
    "coupon": Limit(20, 600),
    "contact": Limit(10, 3600),
    "contact_person": Limit(30, 3600),
    "view": Limit(600, 3600),
    "unmet": Limit(60, 3600),
    "unmet_all": Limit(20_000, 3600),
    "upload": Limit(60, 3600),
    "import": Limit(10, 3600),
    "export": Limit(20, 3600),
}


@dataclass(frozen=True)
class Verdict:
    """May it pass, how many more may, and in how many seconds the window ends."""

    allowed: bool
    remaining: int
    reset_in: int


class Counter(Protocol):
    """Counts one more under a key that lives for a window; returns the count and the seconds left."""

    def add(self, key: str, window: int) -> tuple[int, int]: ...


class LocalCounter:
    """Counts in this process: what the embedded profile, one process by promise, needs."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}

    def add(self, key: str, window: int) -> tuple[int, int]:
        now = time.monotonic()
        with self._lock:
            count, ends = self._counts.get(key, (0, now + window))
            if ends <= now:
                count, ends = 0, now + window
            self._counts[key] = (count + 1, ends)
            if len(self._counts) > 50_000:
                self._counts = {each: kept for each, kept in self._counts.items() if kept[1] > now}
        return count + 1, math.ceil(ends - now)


SCRIPT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""


class RedisCounter:
    """Counts in Redis: one script, so that no two clients read the same count."""

    prefix = "soko:limit:"

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=0.5, socket_connect_timeout=0.5)
        self._script = self._redis.register_script(SCRIPT)

    def add(self, key: str, window: int) -> tuple[int, int]:
        count, left = self._script(keys=[f"{self.prefix}{key}"], args=[window * 1000])
        return int(count), math.ceil(max(int(left), 1) / 1000)


@lru_cache
def counter() -> Counter:
    """The counter that the settings ask for."""
    return RedisCounter(settings.REDIS_URL) if settings.REDIS_URL else LocalCounter()


def spend(name: str, who: str) -> Verdict:
    """Count one use of a limit by somebody. A guarding limit refuses with 503 when the counter cannot be asked."""
    limit = LIMITS[name]
    quota = limit.quota * settings.LIMITS_FACTOR
    try:
        count, reset_in = counter().add(f"{name}:{who}", limit.window)
    except redis.RedisError:
        log.error("limiter_down", limit=name)
        if limit.guards:
            raise Unavailable() from None
        return Verdict(True, 0, 1)
    return Verdict(count <= quota, max(0, quota - count), reset_in)


def check(name: str, who: str) -> Verdict:
    """Spend, and refuse with 429 when there is nothing left."""
    verdict = spend(name, who)
    if not verdict.allowed:
        raise Limited(retry_after=verdict.reset_in)
    return verdict


def address_of(request: HttpRequest) -> str:
    """The client's address: as many proxies back as we have ourselves; an IPv6 client is its /64."""
    hops = [each.strip() for each in request.headers.get("X-Forwarded-For", "").split(",") if each.strip()]
    proxies = settings.NINJA_NUM_PROXIES or 0
    address = hops[-proxies] if 0 < proxies <= len(hops) else request.META.get("REMOTE_ADDR", "")
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    return str(ip_network(f"{found}/64", strict=False)) if isinstance(found, IPv6Address) else str(found)


def who_asks(request: HttpRequest) -> str:
    """The person who is signed in, else the address."""
    actor = getattr(request, "actor", None)
    return f"user:{actor.user_id}" if actor is not None and actor.is_signed_in else f"address:{address_of(request)}"


class Meter(BaseThrottle):
    """Meters every API operation: reads and writes, by person or address. Sets what the RateLimit headers say."""

    def allow_request(self, request: HttpRequest) -> bool:
        actor = getattr(request, "actor", None)
        signed_in = actor is not None and actor.is_signed_in
        reading = request.method in ("GET", "HEAD")
        name = ("read" if signed_in else "read_anonymous") if reading else "write"
        verdict = spend(name, who_asks(request))
        request.limit_said = (name, verdict)  # type: ignore[attr-defined]
        return verdict.allowed

    def wait(self) -> float | None:
        """Not known here: one meter serves all requests at once. The refusal reads it off its own request."""
        return None


def headers_of(name: str, verdict: Verdict) -> dict[str, str]:
    """RateLimit-Policy and RateLimit, as the IETF draft (httpapi-ratelimit-headers-11) has them."""
    limit = LIMITS[name]
    quota = limit.quota * settings.LIMITS_FACTOR
    return {
        "RateLimit-Policy": f'"{name}";q={quota};w={limit.window}',
        "RateLimit": f'"{name}";r={verdict.remaining};t={verdict.reset_in}',
    }


def limit(name: str, who: Callable[[HttpRequest], str] = who_asks) -> Callable[[HttpRequest], None]:
    """A check of one named limit for a route: `limit("login")(request)`."""

    def guard(request: HttpRequest) -> None:
        check(name, who(request))

    return guard
