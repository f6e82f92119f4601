"""The register of invariants: each app declares its own in `invariants.py`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.utils.module_loading import autodiscover_modules

ERROR, WARNING = "error", "warning"
Query = Callable[[], Iterable[Any]]


@dataclass(frozen=True)
class Invariant:
    """One thing that always holds.

    `query` gives the ids that break it: a queryset (counted and sampled by the database) or any iterable.
    `sentence` says in plain words what holds; `owner` is the domain that answers for it.
    """

    name: str
    sentence: str
    severity: str
    owner: str
    query: Query


_declared: dict[str, Invariant] = {}


def invariant(name: str, *, severity: str = ERROR, owner: str = "") -> Callable[[Query], Query]:
    """Declare the function's result as what breaks the invariant; its docstring's first line is the sentence.

    Refuses (RuntimeError) a second one of the same name, and one without a sentence.
    """

    def register(query: Query) -> Query:
        known = _declared.get(name)
        if known is not None and known.query.__qualname__ != query.__qualname__:
            raise RuntimeError(f"The invariant {name} is declared twice.")
        sentence = (query.__doc__ or "").strip().split("\n")[0]
        if not sentence:
            raise RuntimeError(f"The invariant {name} says nothing: give its function a docstring.")
        domain = owner or query.__module__.removesuffix(".invariants").rpartition(".")[2]
        _declared[name] = Invariant(name, sentence, severity, domain, query)
        return query

    return register


def all_invariants() -> list[Invariant]:
    """Every declared invariant of every installed app, by name."""
    assert apps.ready
    autodiscover_modules("invariants")
    from core.invariants import platform  # noqa: F401  declares the platform's own; it stands on this module

    return [_declared[name] for name in sorted(_declared)]
