"""Options put away and taken back, and tokens made anew where definitions changed."""

from typing import Any

from django.db import transaction

from core import memo
from core.actions import action, locked, retrying_locks
from core.events import RecordsChanged, publish
from core.resources.declaration import Resource
from core.resources.operations import plain_delete
from core.resources.tokens import Space, pack
from core.rules import Actor
from marketplace.catalog.errors import OptionInUse
from marketplace.catalog.models import Category, Listing, Option

CHUNK = 500


@action(label="Archive", icon="archive", simple=True, when=lambda option: not option.is_archived)
def archive_option(option: Option, *, by: Actor) -> Option:
    """Offer an option no more; listings that have it keep it."""
    option.is_archived = True
    return option


@action(label="Restore", icon="unarchive", simple=True, when=lambda option: option.is_archived)
def restore_option(option: Option, *, by: Actor) -> Option:
    """Offer an archived option again."""
    option.is_archived = False
    return option


def delete_option(
    resource: type[Resource], row: Any, *, by: Actor, version: int | None = None, reason: str = ""
) -> None:
    """Delete an option that nothing uses. Refuses with 409 `option_in_use`."""
    count = Listing.objects.filter(tokens__overlaps=[pack(Space.OPTION, row.pk)]).count()
    if count:
        raise OptionInUse(count=count, option=row.label)
    plain_delete(resource, row, by=by, version=version, reason=reason)


def retoken(category_id: int) -> int:
    """Derive the tokens of a category's listings anew, where they differ, and tell of it. Returns how many did."""
    changed = 0
    keys = list(
        Listing.objects.filter(category__in=Category.subtree_keys(category_id))
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    for start in range(0, len(keys), CHUNK):
        with retrying_locks(), memo.block(), transaction.atomic():
            told = []
            for listing in locked(Listing).filter(pk__in=keys[start : start + CHUNK]).order_by("pk"):
                before = sorted(listing.tokens)
                listing.derive()
                if listing.tokens != before:
                    listing.save(update_fields=["tokens"])
                    told.append(listing.pk)
            if told:
                publish(RecordsChanged(model="catalog.listing", pks=tuple(told), verb="retoken"))
            changed += len(told)
    return changed
