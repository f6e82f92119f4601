"""What always holds of search."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from core.invariants import invariant
from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.search.queries import behind, orphans

PROMPT = timedelta(minutes=5)


@invariant("I-F1", owner="search")
def listings_that_are_not_found() -> QuerySet:
    """Each listing that buyers see, and that has not changed for five minutes, has an entry of its present version."""
    settled = scope(Actor.anonymous, Listing).filter(updated_at__lt=timezone.now() - PROMPT)
    return behind(settled).order_by("pk").values_list("pk", flat=True)


@invariant("I-F2", owner="search")
def entries_of_nothing() -> QuerySet:
    """No entry outlives its listing by more than five minutes."""
    settled = orphans().filter(indexed_at__lt=timezone.now() - PROMPT)
    return settled.order_by("pk").values_list("listing_id", flat=True)
