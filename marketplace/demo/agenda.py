"""What is to be done, in the order of time: so that history, decisions and queues read as if the market had lived."""

import heapq
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count

from core import context

type Deed = Callable[[datetime], object]


class Agenda:
    """Deeds by their moment; those of one moment are done in the order in which they were put down."""

    def __init__(self) -> None:
        self._waiting: list[tuple[datetime, int, Deed]] = []
        self._order = count()

    def put(self, at: datetime, deed: Deed) -> None:
        """Put a deed down for a moment; a deed may put down others."""
        heapq.heappush(self._waiting, (at, next(self._order), deed))

    def play(self) -> int:
        """Do everything; returns how many deeds there were."""
        done = 0
        while self._waiting:
            at, _order, deed = heapq.heappop(self._waiting)
            deed(at)
            done += 1
        return done


@contextmanager
def as_of(moment: datetime) -> Iterator[None]:
    """Do what is inside as of a past moment: operations of the engine read the clock of the context."""
    token = context.clock.set(moment)
    try:
        yield
    finally:
        context.clock.reset(token)
