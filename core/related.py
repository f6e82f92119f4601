"""Rows that belong to a row and are known already: as if they had been read with it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model


def remember(row: Model, name: str, rows: Iterable[Model]) -> None:
    """Let `row.<name>.all()` give these, which are all that there are, without asking the database.

    As after `prefetch_related`; `refresh_from_db` and a lock forget them.
    """
    found: Any = getattr(row, name).get_queryset()
    found._result_cache, found._prefetch_done = list(rows), True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = found


def keep(row: Model, name: str, known: Any) -> None:
    """Keep what is known of a row by a name that none of its relations has; forgotten when they are."""
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = known


def kept(row: Model, name: str) -> Any:
    """What was kept so; None where nothing is."""
    return row.__dict__.get("_prefetched_objects_cache", {}).get(name)
