"""What is sent of a share: a parcel of all that is left, or of some pieces while the rest follows."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from core import deeds, references, writing
from core.actions import action
from core.errors import FieldError, Invalid
from core.events import publish
from core.inputs import TEXT_PATTERN, Ask, Offered
from core.resources.types import Id, whole
from core.rules import Actor
from marketplace.carts.models import MOST_LINES
from marketplace.carts.models import MOST_OF_ONE as MOST
from marketplace.orders import queries, states
from marketplace.orders.actions.arriving import tell_shipped
from marketplace.orders.actions.whole import follow
from marketplace.orders.errors import MoreThanLeft
from marketplace.orders.events import ParcelSent
from marketplace.orders.models import OrderLine, Shipment, ShipmentLine, VendorOrder

Carrier = Annotated[
    str,
    StringConstraints(min_length=2, max_length=60, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("Carrier", "Who brings it.", chips=("G4S", "Sendy", "DHL", "Our own rider")),
]
TrackingNumber = Annotated[
    str,
    StringConstraints(max_length=80, strip_whitespace=True, pattern=TEXT_PATTERN),
    Ask("Tracking number", "As the carrier gave it; leave it empty where there is none."),
]


class Pieces(BaseModel):
    """So many pieces of one line."""

    model_config = ConfigDict(extra="forbid", title="PiecesToShip")

    line_id: Id  # type: ignore[valid-type]
    quantity: whole(1, MOST) = Field(title="Pieces")  # type: ignore[valid-type]


def to_ship(share: VendorOrder) -> Sequence[Offered]:
    """What of a share may be put into a parcel."""
    return [
        Offered(line.pk, line.title, f"{line.variant_title}: {left} of {line.quantity}", {"quantity": left})
        for line, left in queries.left_to_ship(share).items()
    ]


Contents = Annotated[
    Annotated[list[Pieces], Field(min_length=1, max_length=MOST_LINES)] | None,
    Ask(
        "What is in this parcel",
        "Write fewer, or 0, where pieces follow in another parcel.",
        table=to_ship,
        is_full=True,
    ),
]


@action(label="Ship", icon="local_shipping")
def ship(
    share: VendorOrder,
    *,
    by: Actor,
    carrier: Carrier,
    tracking_number: TrackingNumber = "",
    lines: Contents = None,
) -> VendorOrder:
    """Send a parcel of an accepted share: all that is left of it, or some of the pieces. The buyer sees carrier, number and
    what is in it; all is shipped once nothing is left.

    Refuses with 409 `wrong_state` unless accepted; of what `lines` names, with 409 `more_than_left`, 422 `unknown_line` and
    `duplicate_line`.
    """
    left = queries.left_to_ship(share)
    packed = _packed(left, lines, share)
    states.SHARE.move(share, "ship" if packed == left else "ship_part")
    _send(share, packed, carrier=carrier, tracking_number=tracking_number)
    follow(share)
    if share.state == "shipped":
        tell_shipped(share)
    return share


def _packed(left: dict[OrderLine, int], lines: Sequence[Pieces] | None, share: VendorOrder) -> dict[OrderLine, int]:
    """What goes into the parcel, in the order of the lines."""
    if lines is None or states.SHARE.target(share.state, "ship") is None:
        return left
    wanted: dict[int, int] = {}
    known = {line.pk: line for line in share.lines.all()}
    for place, each in enumerate(lines):
        if each.line_id not in known:
            raise Invalid(errors=[_fault(place, "unknown_line", "This vendor order has no such line.")])
        if each.line_id in wanted:
            raise Invalid(errors=[_fault(place, "duplicate_line", "Name each line once.")])
        line = known[each.line_id]
        if each.quantity > left.get(line, 0):
            raise MoreThanLeft(title=line.title, left=left.get(line, 0))
        wanted[each.line_id] = each.quantity
    return {line: wanted[line.pk] for line in left if line.pk in wanted}


def _fault(place: int, code: str, sentence: str) -> FieldError:
    return FieldError(f"/lines/{place}/line_id", code, sentence)


def _send(share: VendorOrder, packed: dict[OrderLine, int], *, carrier: str, tracking_number: str) -> None:
    sent = Shipment(
        vendor_order=share, reference=references.new("SH"), carrier=carrier, tracking_number=tracking_number
    )
    sent.save(force_insert=True)
    for line, quantity in packed.items():
        ShipmentLine(shipment=sent, line=line, quantity=quantity).save(force_insert=True)
    writing.audit(deeds.require(sent), sent, writing.created(sent))
    publish(
        ParcelSent(shipment_id=sent.pk, vendor_order_id=share.pk, order_id=share.order_id, vendor_id=share.vendor_id)
    )
