"""Price history, and what a listing may say that it cost before.

The rule is Article 6a of Directive 98/6/EC (by Directive (EU) 2019/2161): whoever announces a reduction names the lowest
price of the thirty days before it. Ours is stricter where shops cheat: only of a listing that buyers could see at prices
for all of those thirty days, so that neither a price of one minute nor one that nobody was offered is ever named.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from core import context, deeds
from core.events import append
from core.money import Money
from marketplace.catalog.models import Listing, PriceChange, Variant

#: So long before a reduction its lowest price counts, and so long after it may be named.
SPAN = timedelta(days=30)
PRICE = frozenset({"price_minor", "price_currency"})


def note(listing: Listing, fields: tuple[str, ...]) -> None:
    """Append the fact of a listing's new price, and keep what may be said of the old one. Nothing where the price is as it was."""
    is_new = not fields
    if (listing.price is None) if is_new else not PRICE & set(fields):
        return
    last = None if is_new else facts(listing).first()
    append_change(listing, former=last.price if last is not None else None)
    if not is_new:
        keep_was(listing, at=context.now())


def note_variant(variant: Variant, verb: str, fields: tuple[str, ...]) -> None:
    """The same of a variant's own price; and since when one without is offered at the listing's."""
    is_new, priced = verb == "create", bool(PRICE & set(fields))
    if (is_new and variant.price is None) or (not is_new and not priced and "is_active" not in fields):
        return
    if is_new or priced:
        last = None if is_new else facts_of(variant).first()
        append_change(variant.listing, former=last.price if last is not None else None, variant=variant)
    if is_new:
        return
    at = context.now()
    if priced:
        lowest = lowest_before_of(variant, at=at)
        fell = lowest is not None and variant.price_minor is not None and variant.price_minor < lowest
        variant.cached_was_minor, variant.cached_was_until = (lowest, at + SPAN) if fell else (None, None)
    if variant.price is None or "is_active" in fields:
        variant.follows_since = at
    kept = {name: getattr(variant, name) for name in variant.machine_fields}
    Variant.objects.filter(pk=variant.pk).update(**kept)


def was_of(variant: Variant, listing: Listing, *, at: datetime) -> Money | None:
    """What a variant cost before it was reduced, where that may be said at this moment: its own price, or the listing's where it
    has none and has been offered at the listing's for all of the thirty days before."""
    if variant.price_minor is None:
        until = listing.cached_was_until
        whole = until is not None and variant.follows_since <= until - 2 * SPAN
        return listing.was_price(at) if whole else None
    if variant.cached_was_minor is None or variant.cached_was_until is None or variant.cached_was_until <= at:
        return None
    return Money(variant.cached_was_minor, variant.price_currency) if variant.price_currency else None


def append_change(listing: Listing, *, former: Any, variant: Variant | None = None) -> None:
    """The fact itself, as of the deed in progress."""
    deed = deeds.require(listing)
    fact = PriceChange(
        listing=listing,
        variant=variant,
        at=deed.at,
        deed=deed.id,
        actor_id=deed.actor.user_id,
        actor_name=deed.actor.name[:120],
    )
    fact.price, fact.former = (variant or listing).price, former
    append(fact)


def keep_was(listing: Listing, *, at: datetime) -> None:
    """Write beside the price what it was before this moment, where it has fallen; else that nothing is to be said."""
    lowest = lowest_before(listing, at=at)
    price = listing.price_minor
    fell = lowest is not None and price is not None and price < lowest
    listing.cached_was_minor = lowest if fell else None
    listing.cached_was_until = at + SPAN if fell else None
    Listing.objects.filter(pk=listing.pk).update(
        cached_was_minor=listing.cached_was_minor, cached_was_until=listing.cached_was_until
    )


def facts(listing: Listing) -> Any:
    """Its prices, the latest first."""
    return PriceChange.objects.filter(listing=listing, variant=None).order_by("-at", "-pk")


def facts_of(variant: Variant) -> Any:
    """A variant's own prices, the latest first."""
    return PriceChange.objects.filter(variant=variant).order_by("-at", "-pk")


def lowest_before(listing: Listing, *, at: datetime) -> int | None:
    """The lowest of its prices in the thirty days before a moment, in minor units; None unless buyers were offered it, at prices
    of its currency, for all of that time."""
    since = at - SPAN
    if not was_shown_throughout(listing, since, at):
        return None
    return _lowest(facts(listing).filter(at__lt=at), since, listing.price_currency)


def lowest_before_of(variant: Variant, *, at: datetime) -> int | None:
    """The same of a variant: None unless buyers could choose it, at prices of its own, for all of that time."""
    since = at - SPAN
    if not was_shown_throughout(variant.listing, since, at):
        return None
    rows = variant.history.filter(history_date__lt=at).order_by("-history_date", "-history_id")  # type: ignore[attr-defined]
    active = [each for (each,) in in_force(rows, since, ("is_active",), moment="history_date")]
    if not active or not all(active):
        return None
    return _lowest(facts_of(variant).filter(at__lt=at), since, variant.price_currency)


def _lowest(rows: Any, since: datetime, wanted: str | None) -> int | None:
    found: list[int] = []
    for minor, currency in in_force(rows, since, ("price_minor", "price_currency")):
        if minor is None or currency != wanted:
            return None
        found.append(minor)
    return min(found, default=None)


def was_shown_throughout(listing: Listing, since: datetime, at: datetime) -> bool:
    """Could buyers see it the whole time? Its history says."""
    rows = listing.history.filter(history_date__lt=at).order_by("-history_date", "-history_id")  # type: ignore[attr-defined]
    states = [state for (state,) in in_force(rows, since, ("status",), moment="history_date")]
    return bool(states) and all(state == "approved" for state in states)


def in_force(rows: Any, since: datetime, columns: tuple[str, ...], *, moment: str = "at") -> Iterator[tuple[Any, ...]]:
    """The values of rows, the latest first, down to the one that held at `since`; nothing at all where none did."""
    found = []
    for when, *values in rows.values_list(moment, *columns):
        found.append(tuple(values))
        if when <= since:
            return iter(found)
    return iter(())
