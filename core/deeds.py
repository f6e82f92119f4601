"""The deed in progress: what an action, or the engine's create, update or delete, is doing right now."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from core import context, memo


@dataclass
class Deed:
    """One run of one verb by one actor. `collecting` holds facts and events back, to be written in bulk."""

    verb: str
    actor: Any
    reason: str = ""
    at: datetime = field(default_factory=context.now)
    id: UUID = field(default_factory=uuid4)
    collecting: bool = False
    facts: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)


_current: ContextVar[Deed | None] = ContextVar("deed", default=None)


def current() -> Deed | None:
    """The innermost deed in progress, if any."""
    return _current.get()


def require(row: Any) -> Deed:
    """The deed in progress; RuntimeError when a Record is written outside of any."""
    deed = _current.get()
    if deed is None:
        raise RuntimeError(
            f"{type(row).__name__} is a Record: write it in an action, so that it is checked and audited."
        )
    return deed


@contextmanager
def doing(deed: Deed) -> Iterator[Deed]:
    """Make the deed the current one, and its moment the clock, for the block; what is read once a block is read once in it."""
    token, clock = _current.set(deed), context.clock.set(deed.at)
    try:
        with memo.block():
            yield deed
    finally:
        context.clock.reset(clock)
        _current.reset(token)
