"""What the catalogue does when its definitions change or a listing goes for good."""

from typing import Any

from core.events import RecordChanged, later, on_change, on_write, reacts
from core.resources import documents
from core.rules import Actor
from marketplace.catalog import actions, flows, prices
from marketplace.catalog.events import ImageReceived, ListingArchived, ListingsExpiring
from marketplace.catalog.models import CategoryAttribute, Listing, Revision
from marketplace.vendors import effects
from marketplace.vendors.models import Vendor

DEFINING = frozenset(
    {"catalog.category", "catalog.attribute", "catalog.attributegroup", "catalog.option", "catalog.categoryattribute"}
)


@reacts(RecordChanged)
def restamp(event: RecordChanged) -> None:
    """Every worker reads definitions anew from this commit on. Writes the one stamp row, which is a Tally and the last lock taken."""
    if event.model in DEFINING:
        documents.bump()


@on_change(
    "catalog.category", "catalog.attribute", "catalog.attributegroup", "catalog.option", "catalog.categoryattribute"
)
def retoken(event: RecordChanged) -> None:
    """Listings keep tokens of what their category asks for: an attribute that comes (back) to a category finds its values."""
    asks = event.verb == "create" or {"is_hidden", "shown_if", "shown_if_id", "shown_if_values"} & set(event.fields)
    if event.model != "catalog.categoryattribute" or not asks:
        return
    link = CategoryAttribute.objects.filter(pk=event.pk).first()
    if link is not None:
        actions.retoken(link.category_id)


@on_write("catalog.listing")
def note_price(listing: Any, verb: str, fields: tuple[str, ...]) -> None:
    """A listing's price has a history, whoever changed it and however: by hand, by import, in bulk."""
    if verb != "delete":
        prices.note(listing, fields)


@on_write("catalog.variant")
def note_variant_price(variant: Any, verb: str, fields: tuple[str, ...]) -> None:
    """So has a variant's own."""
    if verb != "delete":
        prices.note_variant(variant, verb, fields)


@later(ListingsExpiring)
def mail_ends(event: ListingsExpiring) -> None:
    """Those who edit a vendor's listings get one mail about all that end soon."""
    flows.mail_ends(event.vendor_id, event.listing_ids)


@later(ImageReceived)
def draw_image(event: ImageReceived) -> None:
    """An upload is judged by decoding it, and drawn anew."""
    flows.draw_image(event.image_id, by=Actor.system("image pipeline"))


@later(ListingArchived)
def drop_revision(event: ListingArchived) -> None:
    """Changes proposed for an archived listing wait for nobody."""
    for key in Revision.objects.filter(listing_id=event.listing_id, status="pending").values_list("pk", flat=True):
        actions.supersede(key, by=Actor.system("listing archived"))


@effects.suspending
def hidden_by_suspending(vendor: Vendor) -> str:
    """What a suspension takes from buyers, for the dialog that asks."""
    count = Listing.objects.filter(vendor=vendor, status="approved").count()
    return f"hides {count:,} {'listing' if count == 1 else 'listings'}" if count else ""
