"""Companions: what a demo needs beside its own server, declared by whoever needs it in a `companions.py` of its app."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from django.utils.module_loading import autodiscover_modules

#: Takes the demo's address, runs until its block ends, and says its own address; none when it is not needed.
Companion = Callable[[str], AbstractContextManager[str]]
_companions: dict[str, Companion] = {}


def accompanies(name: str) -> Callable[[Companion], Companion]:
    """Declare a companion under the name that the demo prints."""

    def register(companion: Companion) -> Companion:
        _companions[name] = companion
        return companion

    return register


@contextmanager
def accompanied(base: str) -> Iterator[dict[str, str]]:
    """Run every companion of a demo at this address until the block ends. Says name and address of each that runs."""
    autodiscover_modules("companions")
    with ExitStack() as running:
        addresses = {name: running.enter_context(start(base)) for name, start in _companions.items()}
        yield {name: address for name, address in addresses.items() if address}
