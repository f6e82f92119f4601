"""What only the demo does, in bulk, and what leaves the same trail as if it had been done one by one."""

from collections.abc import Mapping, Sequence
from typing import Any

from allauth.account.models import EmailAddress

from core import deeds, writing
from core.actions import action
from core.events import append
from core.rules import Actor
from marketplace.accounts.models import HeldRole, Role, User
from marketplace.catalog import states
from marketplace.catalog.models import Image, Listing, Stock, StockMove, Variant, VariantOption, VariantValue
from marketplace.contacts.models import ContactClick


@action(label="Settle people", audited=False)
def settle_people(people: Sequence[Mapping[str, str]], /, *, by: Actor, password_hash: str) -> list[User]:
    """Open accounts that share one password, hashed once: a market of hundreds would take minutes otherwise."""
    users = [
        User(full_name=each["name"], email=each["email"] or None, phone=each["phone"] or None, password=password_hash)
        for each in people
    ]
    deed = deeds.require(users[0])
    writing.create_many(deed, users)
    roles = {role.name: role for role in Role.objects.all()}
    held = [HeldRole(user=user, role=roles["customer"]) for user in users]
    held += [
        HeldRole(user=user, role=roles[each["role"]]) for user, each in zip(users, people, strict=True) if each["role"]
    ]
    writing.create_many(deed, held)
    EmailAddress.objects.bulk_create(
        [EmailAddress(user=user, email=user.email, primary=True, verified=True) for user in users if user.email]
    )
    return users


@action(label="Hang pictures", audited=False)
def hang_pictures(gallery: Mapping[int, Sequence[Mapping[str, Any]]], /, *, by: Actor) -> int:
    """Give listings their images: {listing: rows as the image pipeline prepared them}. Returns how many."""
    images = [
        Image(listing_id=listing, position=position, **picture)
        for listing, pictures in gallery.items()
        for position, picture in enumerate(pictures)
    ]
    for image in images:
        states.IMAGE.move(image, "show")
    writing.create_many(deeds.require(images[0]), images)
    listings = Listing.objects.in_bulk(list(gallery))
    for listing in listings.values():
        listing.cached_gallery = []
    for image in images:
        listings[image.listing_id].cached_gallery.append(image.card())
    Listing.objects.bulk_update(listings.values(), ["cached_gallery"], batch_size=200)
    return len(images)


@action(label="Stock variants", audited=False)
def stock_variants(
    variants: Sequence[Variant], /, *, by: Actor, quantities: Sequence[int], options: Mapping[int, str]
) -> int:
    """Make variants with what is on hand of each, received in one movement. Returns how many.

    `options` says for which listings the variants' titles are the values of an option, and of which: {listing: "Size"}.
    """
    deed = deeds.require(variants[0])
    _match_to_options(deed, [each for each in variants if each.listing_id in options], options)
    writing.create_many(deed, variants)
    Stock.objects.bulk_create(
        [Stock(variant=variant, on_hand=quantity) for variant, quantity in zip(variants, quantities, strict=True)]
    )
    StockMove.objects.bulk_create(
        [
            StockMove(
                variant=variant, kind=StockMove.Kind.RECEIVED, on_hand_change=quantity, reason="First stock", at=deed.at,
                deed=deed.id, actor_id=by.user_id, actor_name=by.name[:120],
            )
            for variant, quantity in zip(variants, quantities, strict=True)
            if quantity
        ]
    )  # fmt: skip
    return len(variants)


def _match_to_options(deed: deeds.Deed, variants: Sequence[Variant], options: Mapping[int, str]) -> None:
    if not variants:
        return
    made = {key: VariantOption(listing_id=key, name=name) for key, name in options.items()}
    writing.create_many(deed, list(made.values()))
    values = [VariantValue(option=made[each.listing_id], name=each.title, position=each.position) for each in variants]
    writing.create_many(deed, values)
    for variant, value in zip(variants, values, strict=True):
        variant.combination = Variant.combined([value.pk])


@action(label="Note contacts", audited=False)
def note_contacts(clicks: Sequence[ContactClick], /, *, by: Actor) -> int:
    """Append contact clicks of the past, held back and written together. Returns how many."""
    deed = deeds.current()
    assert deed is not None
    deed.collecting = True
    for click in clicks:
        append(click)
    writing.flush(deed)
    return len(clicks)
