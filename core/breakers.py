"""A breaker for a service that may be away: after failures in a row nobody asks it for a while, and then one tries for all.

Each process has its own and forgets it with its end: what it protects is this process's threads.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock

MOST, REST = 5, 30  # failures in a row, seconds


class Resting(Exception):
    """Nobody asks at present. `retry_after`: in how many seconds somebody will."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"It has failed too often; it is asked again in {retry_after} s.")
        self.retry_after = retry_after


class Breaker:
    """Closed, it lets everybody through; open, nobody until it has rested, and then one for each rest."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._lock = clock, Lock()
        self._failures, self._opens_at = 0, clock()

    def pass_through(self) -> None:
        """Ask before anything is claimed or sent. Raises Resting while it is open."""
        with self._lock:
            wait = self._opens_at - self._clock()
            if self._failures < MOST:
                return
            if wait > 0:
                raise Resting(int(wait) + 1)
            self._opens_at = self._clock() + REST  # whoever comes next waits for what this one finds

    @contextmanager
    def judging(
        self, failures: tuple[type[Exception], ...], answers: tuple[type[Exception], ...] = ()
    ) -> Iterator[None]:
        """Around a call: a failure counts against the service, an answer clears it, though it be one of the exceptions in
        `answers`; any other fault is ours and says nothing of it.
        """
        try:
            yield
        except answers:
            self._clear()
            raise
        except failures:
            with self._lock:
                self._failures += 1
                self._opens_at = self._clock() + REST
            raise
        self._clear()

    def _clear(self) -> None:
        with self._lock:
            self._failures = 0
