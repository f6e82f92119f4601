"""What tests of every domain share: acting as the system, counting queries, a frozen clock."""

from collections.abc import Iterator
from contextlib import contextmanager

from core import deeds
from core.rules import Actor


@contextmanager
def writing_as_system(why: str = "factory") -> Iterator[deeds.Deed]:
    """Allow Records to be written directly: for factories, never for product code."""
    with deeds.doing(deeds.Deed(verb="arrange", actor=Actor.system(why))) as deed:
        yield deed
