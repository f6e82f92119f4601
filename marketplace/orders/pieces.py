"""So many pieces of a line: what verbs take by line, and how many of each are still there to be chosen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from django.db.models import Sum
from pydantic import BaseModel, ConfigDict, Field

from core.errors import FieldError, Invalid
from core.inputs import Ask, Offered
from core.money import LARGEST
from core.resources.types import Id, whole
from marketplace.carts.models import MOST_LINES
from marketplace.carts.models import MOST_OF_ONE as MOST
from marketplace.orders import queries, states
from marketplace.orders.errors import TooManyPieces
from marketplace.orders.models import OrderLine, Return, ReturnLine, VendorOrder
from marketplace.orders.unreturned import refundable_of


class SomePieces(BaseModel):
    """So many of one variant that was ordered."""

    model_config = ConfigDict(extra="forbid", title="SomePieces")

    variant_id: Id  # type: ignore[valid-type]
    quantity: whole(1, MOST) = Field(title="Pieces")  # type: ignore[valid-type]


class ReceivedPieces(BaseModel):
    """So many of one variant that came back, and how many of these can be sold again."""

    model_config = ConfigDict(extra="forbid", title="ReceivedPieces")

    variant_id: Id  # type: ignore[valid-type]
    quantity: whole(1, MOST) = Field(title="Came back")  # type: ignore[valid-type]
    restock: whole(0, MOST) = Field(default=0, title="Back on the shelf")  # type: ignore[valid-type]


class RefundedPieces(BaseModel):
    """What of one line is paid back: so many pieces, or this much money, or both; and how many go back on the shelf."""

    model_config = ConfigDict(extra="forbid", title="RefundedPieces")

    variant_id: Id  # type: ignore[valid-type]
    quantity: whole(0, MOST) = Field(default=0, title="Pieces")  # type: ignore[valid-type]
    amount_minor: whole(0, LARGEST) = Field(  # type: ignore[valid-type]
        default=0, title="Or an amount", description="In minor units; unless said, what the pieces cost."
    )
    restock: whole(0, MOST) = Field(default=0, title="Back on the shelf")  # type: ignore[valid-type]


@dataclass(frozen=True)
class Chosen:
    """A line, and how many pieces of it."""

    line: OrderLine
    quantity: int
    restock: int = 0
    minor: int = 0


def coming_back(lines: Iterable[int]) -> dict[int, int]:
    """By the keys of lines: how many of their pieces are in returns that have not ended."""
    rows = ReturnLine.objects.filter(line__in=list(lines), belongs_to__state__in=states.RETURNING).order_by()
    return dict(rows.values_list("line").annotate(pieces=Sum("quantity")))


def unsent_of(share: VendorOrder) -> list[Chosen]:
    """The lines of a share with the pieces of each that can still be called off: those that are in no parcel."""
    return [Chosen(line, pieces) for line, pieces in queries.left_to_ship(share).items()]


def sent_of(shares: Sequence[VendorOrder]) -> list[Chosen]:
    """The lines of these shares with the pieces of each that were sent, and are neither given up nor on their way back."""
    keys = [share.pk for share in shares]
    rows = OrderLine.objects.filter(vendor_order__in=keys).select_related("variant")
    lines = list(rows.prefetch_related("shipped", "reductions").order_by("pk"))
    coming = coming_back(line.pk for line in lines)
    found = []
    for line in lines:
        gone = sum(each.quantity for each in line.reductions.all()) - queries.cancelled_pieces(line)
        found.append(Chosen(line, queries.shipped_pieces(line) - gone - coming.get(line.pk, 0)))
    return found


def choose(wanted: Iterable[SomePieces | ReceivedPieces | RefundedPieces], left: Iterable[Chosen]) -> list[Chosen]:
    """What was asked for, as lines. Refuses with 422 a variant that is not there or is named twice, and more to be put on the
    shelf than pieces; with 409 `too_many_pieces` more than are left."""
    there, found = {each.line.variant_id: each for each in left}, {}
    for place, each in enumerate(wanted):
        if each.variant_id not in there:
            raise Invalid(errors=[FieldError(f"/lines/{place}/variant_id", "unknown", "This was not ordered here.")])
        if each.variant_id in found:
            raise Invalid(errors=[FieldError(f"/lines/{place}/variant_id", "duplicate", "Name each line once.")])
        restock = getattr(each, "restock", 0)
        if restock > each.quantity:
            raise Invalid(errors=[FieldError(f"/lines/{place}/restock", "less_than_equal", "No more than the pieces.")])
        rest = there[each.variant_id]
        if each.quantity > rest.quantity:
            raise TooManyPieces(sku=rest.line.sku or str(rest.line), left=rest.quantity, asked=each.quantity)
        found[each.variant_id] = Chosen(rest.line, each.quantity, restock, getattr(each, "amount_minor", 0))
    return list(found.values())


def _offered(share: VendorOrder, left: Iterable[Chosen], columns: Mapping[str, bool]) -> list[Offered]:
    """Rows of a dialog: each line with its pieces that are left and what they come to."""
    rests = {rest.line.pk: rest for rest in refundable_of([share]) if rest.line is not None}
    found = []
    for each in left:
        rest = rests[each.line.pk]
        most = {"quantity": each.quantity, "restock": each.quantity, "amount_minor": rest.minor}
        found.append(
            Offered(
                each.line.variant_id, each.line.title, f"{each.line.variant_title}: {each.quantity} of {each.line.quantity}",
                {name: most[name] for name, wanted in columns.items() if wanted}, rest.minor, rest.quantity,
                share.total_currency,
            )
        )  # fmt: skip
    return found


def to_cancel(share: VendorOrder) -> list[Offered]:
    """What of a share can be cancelled."""
    return _offered(share, unsent_of(share), {"quantity": True})


def to_refund(share: VendorOrder) -> list[Offered]:
    """What of a share can be paid back: of what was not sent, money alone."""
    sent = share.state in states.UNDERWAY
    return _offered(share, sent_of([share]), {"quantity": sent, "amount_minor": True, "restock": sent})


def to_receive(row: Return) -> list[Offered]:
    """What of a return may have come back."""
    lines = row.lines.select_related("line").order_by("pk")
    return _offered(
        row.vendor_order, [Chosen(each.line, each.quantity) for each in lines], {"quantity": True, "restock": True}
    )


ToCancel = Annotated[
    list[SomePieces], Field(min_length=1, max_length=MOST_LINES), Ask("Pieces", "How many of what.", table=to_cancel)
]
ToReturn = Annotated[list[SomePieces], Field(min_length=1, max_length=MOST_LINES)]
ToReceive = Annotated[
    list[ReceivedPieces],
    Field(min_length=1, max_length=MOST_LINES),
    Ask("What came back", "What can be sold again goes back on the shelf.", table=to_receive),
]
ToRefund = Annotated[
    list[RefundedPieces],
    Field(max_length=MOST_LINES),
    Ask("What is paid back", "Pieces at what they cost, or an amount.", table=to_refund),
]
