"""The shapes in which returns, refund requests and disputes answer what is in them."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from core.audiences import OPERATIONS, STOREFRONT, VENDOR
from core.money import LARGEST
from core.resources.plans import plain
from core.resources.types import Id, Moment, text, whole
from core.rules import Actor
from marketplace.carts.models import MOST_LINES
from marketplace.carts.models import MOST_OF_ONE as MOST
from marketplace.contacts.channels import Channel
from marketplace.contacts.models import PersonalContact
from marketplace.contacts.queries import between
from marketplace.orders import states
from marketplace.orders.models import CreditNote, Dispute, DisputeEntry, DisputeFile, RefundRequest, Return
from marketplace.orders.queries import THE_BUYER, THE_MARKET

Party = Literal[states.PARTIES]  # type: ignore[valid-type]
EntryKind = Literal[tuple(DisputeEntry.Kind.values)]  # type: ignore[misc]
FileKind = Literal[tuple(DisputeFile.Kind.values)]  # type: ignore[misc]
MOST_SAID, MOST_CONTACTS = 500, 50


class ReturnedLine(BaseModel):
    """So many pieces of one line that come back, and what came of it."""

    model_config = ConfigDict(extra="forbid", title="ReturnedLine")

    variant_id: Id  # type: ignore[valid-type]
    title: text(120)  # type: ignore[valid-type]
    variant: text(80)  # type: ignore[valid-type]
    quantity: whole(1, MOST)  # type: ignore[valid-type]
    received: whole(0, MOST)  # type: ignore[valid-type]
    restocked: whole(0, MOST)  # type: ignore[valid-type]


class RequestedLine(BaseModel):
    """What of one line, or of the shipping where no variant is named, is to be given back."""

    model_config = ConfigDict(extra="forbid", title="RequestedLine")

    variant_id: Id | None  # type: ignore[valid-type]
    title: text(120)  # type: ignore[valid-type]
    quantity: whole(0, MOST)  # type: ignore[valid-type]
    amount_minor: whole(0, LARGEST)  # type: ignore[valid-type]
    restock: whole(0, MOST)  # type: ignore[valid-type]


class Said(BaseModel):
    """One thing that was said or shown."""

    model_config = ConfigDict(extra="forbid", title="DisputeSaid")

    at: Moment
    kind: EntryKind
    party: Party
    who: text(120) = Field(description="You, a vendor by name, the buyer, or Soko.")  # type: ignore[valid-type]
    text: text(2000)  # type: ignore[valid-type]


class ShownFile(BaseModel):
    """A file that somebody shows."""

    model_config = ConfigDict(extra="forbid", title="ShownFile")

    id: Id = Field(description="Open it at `/disputes/{id}/files/{file_id}`.")  # type: ignore[valid-type]
    at: Moment
    kind: FileKind
    title: text(120)  # type: ignore[valid-type]
    bytes: whole(0, 2**31 - 1)  # type: ignore[valid-type]
    party: Party
    who: text(120)  # type: ignore[valid-type]


class Contacted(BaseModel):
    """That the buyer, signed in, asked for the vendor's number."""

    model_config = ConfigDict(extra="forbid", title="DisputeContact")

    at: Moment
    channel: Literal[tuple(Channel.values)]  # type: ignore[misc]
    listing: text(120) = Field(description="What it was about.")  # type: ignore[valid-type]


ReturnedLines = Annotated[list[ReturnedLine], Field(max_length=MOST_LINES)]
RequestedLines = Annotated[list[RequestedLine], Field(max_length=MOST_LINES + 1)]
AllSaid = Annotated[list[Said], Field(max_length=MOST_SAID)]
AllFiles = Annotated[list[ShownFile], Field(max_length=100)]
AllContacts = Annotated[list[Contacted], Field(max_length=MOST_CONTACTS)]


def returned_lines(row: Return) -> list[dict[str, Any]]:
    """What comes back, with what came."""
    came = {each.line_id: each for each in row.received.all()}
    found = []
    for each in sorted(row.lines.all(), key=lambda line: line.pk):
        got = came.get(each.line_id)
        found.append(
            {
                "variant_id": each.line.variant_id, "title": each.line.title, "variant": each.line.variant_title,
                "quantity": each.quantity, "received": got.quantity if got else 0, "restocked": got.restocked if got else 0,
            }
        )  # fmt: skip
    return found


def requested_lines(row: RefundRequest) -> list[dict[str, Any]]:
    """What is to be given back."""
    return [
        {
            "variant_id": each.line.variant_id if each.line else None, "title": each.line.title if each.line else "Shipping",
            "quantity": each.quantity, "amount_minor": each.amount_minor, "restock": each.restock,
        }
        for each in sorted(row.lines.all(), key=lambda line: line.pk)
    ]  # fmt: skip


def said(row: Dispute, actor: Actor) -> list[dict[str, Any]]:
    """What was said and shown, oldest first, the latest of it where it is very much."""
    rows = sorted(row.entries.all(), key=lambda each: each.pk)[-MOST_SAID:]
    return [
        {
            "at": plain(each.at), "kind": each.kind, "party": each.party, "who": who(each, row, actor), "text": each.text,
        }
        for each in rows
    ]  # fmt: skip


def files(row: Dispute, actor: Actor) -> list[dict[str, Any]]:
    """What was shown as files, oldest first."""
    return [
        {
            "id": each.pk, "at": plain(each.at), "kind": each.kind, "title": each.title, "bytes": each.bytes,
            "party": each.party, "who": who(each, row, actor),
        }
        for each in sorted(row.files.all(), key=lambda file: file.pk)
    ]  # fmt: skip


def contacts_of(case: Dispute) -> list[PersonalContact]:
    """When the buyer asked for the vendor's number, as far as it was noted."""
    share = case.vendor_order
    return between(share.order.customer_id, share.vendor_id, most=MOST_CONTACTS)


def contacts(row: Dispute) -> list[dict[str, Any]]:
    """The same, as an answer."""
    return [
        {"at": plain(each.at), "channel": each.channel, "listing": each.listing.title[:120]}
        for each in contacts_of(row)
    ]


def who(entry: DisputeEntry | DisputeFile, case: Dispute, actor: Actor) -> str:
    """Who said it, as the reader may know them."""
    if actor.audience is OPERATIONS:
        return entry.actor_name
    if entry.actor_id is not None and entry.actor_id == actor.user_id:
        return "You"
    if entry.party == "vendor":
        return entry.actor_name if actor.audience is VENDOR else case.vendor_order.vendor.name
    return THE_BUYER if entry.party == "buyer" and actor.audience is not STOREFRONT else THE_MARKET


def share_reference(row: Return | Dispute | CreditNote) -> str:
    """The vendor order that it is about."""
    return row.vendor_order.reference


def order_reference(row: Return | Dispute | CreditNote) -> str:
    """The order that it is about."""
    return row.vendor_order.order.reference


def vendor_name(row: Return | Dispute) -> str:
    """Whom it was bought from."""
    return row.vendor_order.vendor.name
