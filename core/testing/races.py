"""What happens when many do something at the same moment, each in a transaction of its own."""

from collections import Counter
from collections.abc import Callable, Sequence
from threading import Barrier, Thread

from django.db import connection

from core.errors import DomainError


def at_once(attempts: Sequence[Callable[[], object]]) -> Counter[str]:
    """Start all attempts together; how often each came to what: "done", a refusal's code, or a fault's class."""
    barrier, outcomes = Barrier(len(attempts)), []

    def run(attempt: Callable[[], object]) -> None:
        try:
            barrier.wait()
            attempt()
            outcomes.append("done")
        except DomainError as refusal:
            outcomes.append(refusal.code)
        except Exception as fault:
            outcomes.append(type(fault).__name__)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(each,)) for each in attempts]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return Counter(outcomes)
