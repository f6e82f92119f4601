"""Searches that people keep: saved, changed, muted; and looked through for what is new."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction

from core import context
from core.actions import action, locked
from core.errors import DomainError
from core.events import publish
from core.resources.declaration import Resource
from core.resources.operations import plain_create, plain_update
from core.rules import Actor
from marketplace.engagement import criteria
from marketplace.engagement.actions.favourites import held
from marketplace.engagement.errors import TooManySearches
from marketplace.engagement.events import SearchesMatched
from marketplace.engagement.models import MOST_SEARCHES, Frequency, SavedSearch

#: So many listings of a search are named in one mail.
MOST_NAMED = 20
log = structlog.get_logger("searches")


def save_search(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> SavedSearch:
    """Keep a search. Refuses with 401 who is not signed in, with 422 what the list of listings would refuse, with 409
    `too_many_searches`."""
    with transaction.atomic():
        mine = SavedSearch.objects.filter(user_id=held(by))
        if mine.count() >= MOST_SEARCHES:
            raise TooManySearches(most=MOST_SEARCHES)
        return plain_create(resource, _spelled(values), by=by, reason=reason)


def change_search(
    resource: type[Resource],
    row: Any,
    values: Mapping[str, Any],
    *,
    by: Actor,
    version: int | None = None,
    reason: str = "",
) -> SavedSearch:
    """Change a search. One that asks something else, or that was silent, tells only of what is published from now on."""
    with transaction.atomic():
        changed = plain_update(resource, row, _spelled(values), by=by, version=version, reason=reason)
        if {"query", "frequency"} & set(values):
            SavedSearch.objects.filter(pk=changed.pk).update(seen_until=context.now())
    return changed


def _spelled(values: Mapping[str, Any]) -> dict[str, Any]:
    said = dict(values)
    if isinstance(said.get("query"), str):
        said["query"] = criteria.written(said["query"])
    return said


@action(label="Mute", icon="notifications_off", simple=True, when=lambda search: search.frequency != Frequency.OFF)
def mute(search: SavedSearch, *, by: Actor) -> SavedSearch:
    """Send no more alerts of a search; it stays saved. Again changes nothing."""
    search.frequency = Frequency.OFF
    return search


@action(label="Unsubscribe", audited=False)
def unsubscribe(user_id: int, /, *, by: Actor, search_id: int | None) -> int:
    """Mute one search of somebody, or all. Returns how many sent alerts until now."""
    rows = SavedSearch.objects.filter(user_id=user_id).exclude(frequency=Frequency.OFF)
    keys = (
        rows.values_list("pk", flat=True)
        if search_id is None
        else rows.filter(pk=search_id).values_list("pk", flat=True)
    )
    return len([mute(key, by=by) for key in sorted(keys)])


@action(label="Alert", audited=False)
def alert(user_id: int, /, *, by: Actor, frequency: str, until: datetime) -> int:
    """Look through what was published since, for all searches of somebody with this rhythm, and tell of what fits: once.

    Returns how many searches found something.
    """
    rows = locked(SavedSearch).filter(user_id=user_id, frequency=frequency, seen_until__lt=until).order_by("pk")
    searches = list(rows)
    matches = [(row.pk, tuple(found)) for row in searches if (found := _new(row, until))]
    keys = {row.pk for row in searches}
    SavedSearch.objects.filter(pk__in=keys).update(seen_until=until)
    if matches:
        SavedSearch.objects.filter(pk__in=[key for key, _found in matches]).update(alerted_at=context.now())
        publish(SearchesMatched(user_id=user_id, matches=tuple(matches)))
    return len(matches)


def _new(search: SavedSearch, until: datetime) -> list[int]:
    """What is new in a search; nothing in one that can no longer be asked."""
    try:
        rows = criteria.published(search.query, after=search.seen_until, until=until)
    except DomainError as refusal:
        log.info("saved_search_refused", search=search.pk, code=refusal.code)
        return []
    return list(rows.values_list("pk", flat=True)[:MOST_NAMED])
