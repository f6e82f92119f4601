"""What is read once per block of work: a chunk of an import reads a stamp or a currency once, not for every row."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, cast

_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("memo", default=None)


@contextmanager
def block() -> Iterator[None]:
    """Remember, until the block ends, what `once` computes inside of it. An inner block shares the outer one's memory."""
    if _kept.get() is not None:
        yield
        return
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def once[T](key: Hashable, compute: Callable[[], T]) -> T:
    """The value, computed once per block; computed anew each time outside of any."""
    kept = _kept.get()
    if kept is None:
        return compute()
    if key not in kept:
        kept[key] = compute()
    return kept[key]


def forget(key: Hashable) -> None:
    """Compute it anew next time: the block itself has just changed it."""
    kept = _kept.get()
    if kept is not None:
        kept.pop(key, None)


def for_good[**P, T](compute: Callable[P, T]) -> Callable[P, T]:
    """Computed once for the same arguments, while the process lives: for declarations, never for rows.

    The standard cache by another name, but one that keeps the types of what it wraps.
    """
    return cast(Callable[P, T], lru_cache(maxsize=None)(compute))
