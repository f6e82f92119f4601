"""The sign of life of a running job, given by a thread of its own: a chunk may take longer than a job may be silent."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, RLock, Thread

import structlog
from django.db import Error, connection

log = structlog.get_logger("jobs")
BEAT = 30.0  # seconds between two signs
STUCK_AFTER = 600.0  # seconds: work that has moved nothing for so long is not vouched for any longer


class Pulse:
    """Vouches for a run from a connection of its own, so that what it says is seen while the run's transaction is open.

    It ends with its process, and falls silent where the work does not move: who hangs is taken for dead in the end. Whoever
    holds `lock` reads and writes the beat alone.
    """

    def __init__(self) -> None:
        self.lock = RLock()
        self._moved_at = time.monotonic()

    def moved(self) -> None:
        """The work goes on."""
        self._moved_at = time.monotonic()

    @contextmanager
    def vouching(self, beat: Callable[[], bool]) -> Iterator[None]:
        """Call `beat` now and then while the block lasts, until it answers that the job is another run's."""
        over = Event()
        thread = Thread(target=self._keep_on, args=(beat, over), name="job-pulse", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(BEAT)

    def _keep_on(self, beat: Callable[[], bool], over: Event) -> None:
        try:
            while not over.wait(BEAT):
                if time.monotonic() - self._moved_at > STUCK_AFTER:
                    continue
                with self.lock:
                    if over.is_set():
                        return
                    if not self._is_ours(beat):
                        return
        finally:
            connection.close()

    def _is_ours(self, beat: Callable[[], bool]) -> bool:
        try:
            return beat()
        except Error as fault:  # the database is away or busy: the next beat tries again, on a new connection
            log.warning("job_beat_missed", said=f"{type(fault).__name__}: {fault}"[:300])
            connection.close()
            return True
