"""The embedded profile's worker: relays the outbox, runs the queue and the schedule, all inside the serving process."""

import threading
from collections.abc import Callable

import structlog
from django.db import close_old_connections
from django_tasks_db.management.commands.db_worker import Worker as QueueWorker

from core import events, relay, schedule

log = structlog.get_logger("worker")
PAUSES = {"relay": 2.0, "schedule": 15.0, "queue": 1.0}  # seconds between the rounds of each loop


class EmbeddedWorker:
    """Three loops in threads of their own. start() begins them, stop() ends them after what they are doing."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._waiting = threading.Event()
        self._threads: list[threading.Thread] = []
        self._queue: QueueWorker | None = None

    def start(self) -> None:
        events.on_nudge(self._waiting.set)
        self._queue = QueueWorker(
            queue_names=["default"],
            interval=0.5,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id="embedded",
            excluded_queue_names=[],
        )
        loops = (
            ("relay", lambda: self._loop(self._relay, pause=lambda: self._waiting.wait(PAUSES["relay"]))),
            ("schedule", lambda: self._loop(schedule.tick, pause=lambda: self._stopping.wait(PAUSES["schedule"]))),
            ("queue", lambda: self._loop(self._queue_run, pause=lambda: self._stopping.wait(PAUSES["queue"]))),
        )
        self._threads = [threading.Thread(target=loop, name=f"soko-{name}", daemon=True) for name, loop in loops]
        for each in self._threads:
            each.start()

    def stop(self, patience: float = 10.0) -> None:
        self._stopping.set()
        self._waiting.set()
        if self._queue is not None:
            self._queue.running = False
        for each in self._threads:
            each.join(timeout=patience)

    def _queue_run(self) -> None:
        if self._queue is not None and not self._stopping.is_set():
            self._queue.run()

    def _relay(self) -> None:
        self._waiting.clear()
        while not self._stopping.is_set() and relay.relay():
            pass

    def _loop(self, work: Callable[[], object], pause: Callable[[], object]) -> None:
        while not self._stopping.is_set():
            try:
                close_old_connections()
                work()
            except Exception:
                # A fault of one round (a busy database, say) must not end the loop; the next round tries again.
                log.exception("worker_round_failed")
            pause()
