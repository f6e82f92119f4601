"""Buffers of a test's own, and batches of views."""

from datetime import date
from uuid import uuid4

from django.utils import timezone

from core.buffers import Batch
from marketplace.catalog.models import Listing
from marketplace.contacts.classes import Klass
from marketplace.engagement.views import Mark


def batch(
    views: dict[Listing, int], *, day: date | None = None, klass: Klass = Klass.VALID, user_id: int | None = None
) -> Batch:
    """So many views of each listing, of one kind, by one person if one is named."""
    on = day or timezone.localdate()
    return Batch(uuid4().hex, {str(Mark(listing.pk, on, klass, user_id)): count for listing, count in views.items()})
