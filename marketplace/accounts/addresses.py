"""Addresses that people keep: a few, of which one is the default."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db import transaction

from core.actions import locked, retrying_locks
from core.errors import FieldError, Invalid, Unauthenticated
from core.resources.declaration import Resource
from core.resources.operations import plain_create, plain_update
from core.rules import Actor, scope
from marketplace.accounts.errors import TooManyAddresses
from marketplace.accounts.models import Address, User

MOST_ADDRESSES = 20
#: What an order takes from an address.
SENT_TO = ("recipient", "phone", "street", "town", "province", "postal_code", "country", "note")


def keep_address(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> Address:
    """Keep an address; the first one is the default. Refuses with 401 who is not signed in, with 409 `too_many_addresses`."""
    if by.user_id is None:
        raise Unauthenticated()
    with retrying_locks(), transaction.atomic():
        mine = _held(by.user_id)
        if mine.count() >= MOST_ADDRESSES:
            raise TooManyAddresses(most=MOST_ADDRESSES)
        is_default = values.get("is_default") or not mine.exists()
        if is_default:
            _step_back(resource, mine, by)
        return plain_create(resource, {**values, "is_default": is_default}, by=by, reason=reason)


def change_address(
    resource: type[Resource], row: Any, values: Mapping[str, Any], *, by: Actor, version: int | None = None, reason: str = ""
) -> Address:  # fmt: skip
    """Change an address. One that becomes the default takes the place of the one that was."""
    with retrying_locks(), transaction.atomic():
        if values.get("is_default") and by.user_id is not None:
            _step_back(resource, _held(by.user_id).exclude(pk=getattr(row, "pk", row)), by)
        return plain_update(resource, row, values, by=by, version=version, reason=reason)


def sent_to(address_id: int, *, by: Actor) -> dict[str, str]:
    """An address of the actor's own, for an order. Refuses with 422 one that is not there or not theirs."""
    found = scope(by, Address).filter(pk=address_id).first()
    if found is None:
        raise Invalid(errors=[FieldError("/address_id", "not_found", "There is no such address, or it is not yours.")])
    return {name: getattr(found, name) for name in SENT_TO}


def destination(
    said: Mapping[str, str], *, by: Actor, address_id: int | None = None, needs: Sequence[str], or_default: bool = False
) -> dict[str, str]:
    """Where something is sent: to one of the actor's own addresses (a note may go with it), or to the place that is said, in the
    market's country unless it says another; with `or_default` to their default address where nothing is said. Refuses with 422, at
    its field, an address that is not theirs, a place beside an address, and a place without what it needs.
    """
    if address_id is not None:
        both = [FieldError(f"/{name}", "extra", "Send an address_id, or a place.") for name in said if name != "note"]
        if both:
            raise Invalid(errors=both)
        return {**sent_to(address_id, by=by), **said}
    kept = default_of(by) if or_default and not said else None
    if kept is not None:
        return kept
    missing = [name for name in needs if name not in said]
    if missing:
        raise Invalid(errors=[FieldError(f"/{name}", "missing", "Field required") for name in missing])
    return {"country": settings.DEFAULT_COUNTRY, **said}


def default_of(by: Actor) -> dict[str, str] | None:
    """The default address of whoever is signed in, if they keep one."""
    found = Address.objects.filter(user_id=by.user_id, is_default=True).first() if by.user_id is not None else None
    return None if found is None else {name: getattr(found, name) for name in SENT_TO}


def _held(user_id: int) -> Any:
    """The addresses of somebody who is held, so that two changes at once are one after the other."""
    locked(User).values_list("pk", flat=True).get(pk=user_id)
    return Address.objects.filter(user_id=user_id)


def _step_back(resource: type[Resource], others: Any, by: Actor) -> None:
    for each in others.filter(is_default=True):
        plain_update(resource, each, {"is_default": False}, by=by)
