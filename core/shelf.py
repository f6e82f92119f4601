"""What was asked for last, kept in the process."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock


class Shelf[K: Hashable, V]:
    """So much as there is room for, each thing as heavy as `weight` says (1); what was not asked for the longest goes first.

    Threads may share one. How much room there is, is asked with each thing that is put there.
    """

    def __init__(self, room: Callable[[], int], weight: Callable[[V], int] = lambda _thing: 1) -> None:
        self._room, self._weight = room, weight
        self._things: OrderedDict[K, V] = OrderedDict()
        self._load = 0
        self._lock = Lock()

    def get(self, place: K) -> V | None:
        with self._lock:
            found = self._things.get(place)
            if found is not None:
                self._things.move_to_end(place)
            return found

    def put(self, place: K, thing: V) -> None:
        with self._lock:
            self._take(place)
            self._things[place] = thing
            self._load += self._weight(thing)
            room = self._room()
            while self._load > room and self._things:
                self._take(next(iter(self._things)))

    def clear(self) -> None:
        with self._lock:
            self._things.clear()
            self._load = 0

    def __len__(self) -> int:
        return len(self._things)

    def _take(self, place: K) -> None:
        thing = self._things.pop(place, None)
        if thing is not None:
            self._load -= self._weight(thing)
