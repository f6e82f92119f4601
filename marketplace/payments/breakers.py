"""A breaker for each gateway: after failures in a row nobody asks it for a while, and then one tries for all.

Each process has its own and forgets it with its end: what it protects is this process's threads.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

from marketplace.payments.errors import GatewayUnavailable
from marketplace.payments.gateways import GatewayFault, NotThere

MOST, REST = 5, 30  # failures in a row, seconds


class Breaker:
    """Closed, it lets everybody through; open, nobody until it has rested, and then one for each rest."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._failures, self._opens_at = 0, clock()

    def pass_through(self) -> None:
        """Ask before anything is claimed. Refuses with 503 `gateway_unavailable`, saying when to try again."""
        with self._lock:
            wait = self._opens_at - self._clock()
            if self._failures < MOST:
                return
            if wait > 0:
                raise GatewayUnavailable(retry_after=int(wait) + 1)
            self._opens_at = self._clock() + REST  # whoever comes next waits for what this one finds

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Around a call to the gateway: no connection and no usable answer count against it, any answer clears it."""
        try:
            yield
        except NotThere:
            self._clear()
            raise
        except GatewayFault:
            with self._lock:
                self._failures += 1
                self._opens_at = self._clock() + REST
            raise
        self._clear()

    def _clear(self) -> None:
        with self._lock:
            self._failures = 0


_breakers: dict[str, Breaker] = defaultdict(Breaker)


def breaker_of(gateway: str) -> Breaker:
    """The breaker of a gateway in this process."""
    return _breakers[gateway]


def forget() -> None:
    """Close all of them: for tests, and for whoever knows that a gateway is back."""
    _breakers.clear()
