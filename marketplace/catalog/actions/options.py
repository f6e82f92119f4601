"""Options of a listing and their values: made within bounds, deleted while no variant stands for them."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import models, transaction
from django.db.models import Q

from core.actions import locked, retrying_locks
from core.resources.declaration import Resource
from core.resources.operations import plain_create, plain_delete
from core.rules import Actor
from marketplace.catalog.errors import TooManyOptions, TooManyValues, ValueInUse
from marketplace.catalog.models import Listing, Variant, VariantOption, VariantValue

MOST_OPTIONS, MOST_VALUES, MOST_VARIANTS = 3, 50, 100


def hold(model: type[models.Model], above: Any) -> None:
    """Lock the row to which something is being added, so that whoever counts what it has counts all of it."""
    key = above.pk if isinstance(above, models.Model) else above
    if key is not None:
        locked(model).filter(pk=key).first()


def create_option(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> VariantOption:
    """Give a listing one more option. Refuses with 409 `too_many_options`."""
    with retrying_locks(), transaction.atomic():
        hold(Listing, values.get("listing"))
        option = plain_create(resource, values, by=by, reason=reason)
        if VariantOption.objects.filter(listing=option.listing_id).count() > MOST_OPTIONS:
            raise TooManyOptions(most=MOST_OPTIONS)
    return option


def create_value(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> VariantValue:
    """Give an option one more value. Refuses with 409 `too_many_values`."""
    with retrying_locks(), transaction.atomic():
        hold(VariantOption, values.get("option"))
        value = plain_create(resource, values, by=by, reason=reason)
        if VariantValue.objects.filter(option=value.option_id).count() > MOST_VALUES:
            raise TooManyValues(most=MOST_VALUES)
    return value


def delete_variant_option(
    resource: type[Resource], row: Any, *, by: Actor, version: int | None = None, reason: str = ""
) -> None:
    """Delete an option with its values. Refuses with 409 `value_in_use` while variants stand for any of them."""
    with retrying_locks(), transaction.atomic():
        held = [each.pk for each in locked(VariantValue).filter(option=row.pk).order_by("pk")]
        plain_delete(resource, row, by=by, version=version, reason=reason)
        refuse_used(row.listing_id, held, str(row))


def delete_variant_value(
    resource: type[Resource], row: Any, *, by: Actor, version: int | None = None, reason: str = ""
) -> None:
    """Delete a value. Refuses with 409 `value_in_use` while variants stand for it."""
    with retrying_locks(), transaction.atomic():
        key = row.pk
        plain_delete(resource, row, by=by, version=version, reason=reason)
        refuse_used(row.option.listing_id, [key], str(row))


def refuse_used(listing_id: int, value_ids: Iterable[int], name: str) -> None:
    """Refuse where variants of the listing stand for any of these values, which are locked: nobody matches to them meanwhile."""
    standing = Q()
    for key in value_ids:
        standing |= Q(combination__contains=f".{key}.")
    count = Variant.objects.filter(standing, listing=listing_id).count() if standing else 0
    if count:
        raise ValueInUse(count=count, name=name)
