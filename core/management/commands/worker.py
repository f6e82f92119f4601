"""`manage.py worker`: the embedded worker in the foreground, beside a server that does not run one."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from core.worker import EmbeddedWorker


class Command(BaseCommand):
    help = "Relay the outbox, run queued tasks and the schedule until interrupted."

    def handle(self, *args: Any, **options: Any) -> None:
        done = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: done.set())
        worker = EmbeddedWorker()
        worker.start()
        self.stdout.write("The worker runs. Ctrl-C stops it.")
        done.wait()
        worker.stop()
