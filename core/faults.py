"""Crash points: named places where a test may kill the process, to prove that what is half done is found and finished.

`SOKO_CRASH_AT=name` names the place; production refuses to start with one unless it is a rehearsal (core.E023, E024).
"""

import os
import signal

from django.conf import settings


def here(name: str) -> None:
    """Die at once, as by a power cut (SIGKILL: no clean-up, no rollback by us), if this is where a test wants it."""
    if name == settings.CRASH_AT:
        os.kill(os.getpid(), signal.SIGKILL)
