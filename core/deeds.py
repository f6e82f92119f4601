"""The deed in progress: what an action, or the engine's create, update or delete, is doing right now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
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
_last: ContextVar[list[Callable[[], None]] | None] = ContextVar("last", default=None)


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


@contextmanager
def closing() -> Iterator[None]:
    """Collect what is to be done last, and do it in order when the block ends well; an inner block leaves it to the outer one.

    Open it inside of the transaction. What a block that fails had asked for is not done.
    """
    outer = _last.get()
    if outer is not None:
        mark = len(outer)
        try:
            yield
        except BaseException:
            del outer[mark:]
            raise
        return
    waiting: list[Callable[[], None]] = []
    token = _last.set(waiting)
    try:
        yield
    finally:
        _last.reset(token)
    for each in waiting:
        each()


def do_last(work: Callable[[], None]) -> None:
    """Do it right before the transaction commits, as part of the deed in progress: what locks rows that everybody wants.

    What it refuses, the whole transaction refuses. At once where nobody collects.
    """
    waiting, deed = _last.get(), _current.get()
    if waiting is None:
        work()
        return

    def run() -> None:
        with doing(deed) if deed is not None else nullcontext():
            work()

    waiting.append(run)
