"""What comes back in the demo market: items called off, refunds by line, returns in each state, and disputes in each."""

from datetime import datetime, timedelta

from core.audiences import OPERATIONS, STOREFRONT
from core.rules import Actor, actor_of
from marketplace.demo.lives import Life
from marketplace.demo.till import Till
from marketplace.orders import actions as orders
from marketplace.orders.actions import disputing, returning
from marketplace.orders.models import OrderLine, Return, VendorOrder
from marketplace.orders.pieces import ReceivedPieces, RefundedPieces, SomePieces

FRESH = timedelta(days=12)
SAID = {
    "broken": "One corner is broken off; it must have happened on the way.",
    "not_as_described": "The picture shows another model.",
    "does_not_fit": "It is smaller than the table says.",
    "changed_mind": "I do not need it any more.",
}


def play(life: Life, till: Till) -> int:
    """Let buyers of what has just arrived send some of it back, and quarrel about some. Returns how many did."""
    arrived = list(
        VendorOrder.objects.filter(
            state="delivered", state_since__gte=life.now - FRESH, order__payment_state="paid", total_minor__gt=0
        ).order_by("-state_since", "pk")[:8]
    )
    stories = (_asked, _allowed, _settled, _refused, _little, _waits, _disputed, _answered)
    for share, story in zip(arrived, stories, strict=False):
        story(life, till, share, share.state_since + (life.now - share.state_since) / 2)
    _fewer(life, till)
    return len(arrived)


def _line(share: VendorOrder) -> OrderLine:
    return share.lines.order_by("pk")[0]


def _buyer(share: VendorOrder) -> Actor:
    return actor_of(share.order.customer, STOREFRONT)


def _owner(life: Life, share: VendorOrder) -> Actor:
    return life.town.owner_of(share.vendor.name)


def _finance(life: Life) -> Actor:
    return actor_of(life.town.users["finance@soko.example"], OPERATIONS)


def _asks(share: VendorOrder, at: datetime, why: str) -> Return:
    wanted = [SomePieces(variant_id=_line(share).variant_id, quantity=1)]
    return orders.ask_return(share.order_id, by=_buyer(share), at=at, lines=wanted, why=why, note=SAID[why])


def _asked(life: Life, till: Till, share: VendorOrder, at: datetime) -> None:
    _asks(share, at, "does_not_fit")


def _allowed(life: Life, till: Till, share: VendorOrder, at: datetime) -> Return:
    asked = _asks(share, at, "broken")
    how = "Bring it to our shop, with the receipt."
    returning.approve(asked.pk, by=_owner(life, share), at=at + (life.now - at) / 3, answer=how)
    return asked


def _received(life: Life, till: Till, share: VendorOrder, at: datetime) -> Return:
    asked = _allowed(life, till, share, at)
    came = [ReceivedPieces(variant_id=_line(share).variant_id, quantity=1, restock=1)]
    returning.receive(asked.pk, by=_owner(life, share), at=at + (life.now - at) / 2, lines=came)
    return asked


def _settled(life: Life, till: Till, share: VendorOrder, at: datetime) -> None:
    asked, late = _received(life, till, share, at), at + (life.now - at) * 2 / 3
    till.give_back(share.order, late)
    returning.settle(asked.pk, by=Actor.system("refund"), at=late)


def _refused(life: Life, till: Till, share: VendorOrder, at: datetime) -> None:
    asked = _asks(share, at, "changed_mind")
    returning.refuse(asked.pk, by=_owner(life, share), at=at + (life.now - at) / 3, reason="The box was opened.")


def _little(life: Life, till: Till, share: VendorOrder, at: datetime) -> None:
    """A scratch: the buyer keeps it and gets a tenth back."""
    line = _line(share)
    tenth = [RefundedPieces(variant_id=line.variant_id, amount_minor=max(line.total.share(1_000).amount, 1))]
    orders.refund_lines(share.pk, by=_finance(life), at=at, lines=tenth, reason="It has a scratch.")
    till.give_back(share.order, at + timedelta(seconds=20))


def _waits(life: Life, till: Till, share: VendorOrder, at: datetime) -> None:
    """Asked by somebody who may allow none."""
    finance = _finance(life)
    clerk = Actor(name="Wanjiru, on trial", audience=OPERATIONS, grants=finance.grants - {"approve_refund"})
    piece = [RefundedPieces(variant_id=_line(share).variant_id, quantity=1)]
    orders.refund_lines(share.pk, by=clerk, at=at, lines=piece, reason="It arrived broken.")


def _disputed(life: Life, till: Till, share: VendorOrder, at: datetime) -> None:
    opened = life.now - timedelta(hours=50)
    at = max(opened, share.state_since + timedelta(minutes=5))
    orders.open_dispute(
        share.order_id, by=_buyer(share), at=at, share=share.reference, why="not_as_described",
        text=SAID["not_as_described"], wanted="part", amount_minor=max(share.total.share(3_000).amount, 1),
    )  # fmt: skip


def _answered(life: Life, till: Till, share: VendorOrder, at: datetime) -> None:
    at = max(life.now - timedelta(hours=60), share.state_since + timedelta(minutes=5))
    case = orders.open_dispute(
        share.order_id, by=_buyer(share), at=at, share=share.reference, why="broken", text=SAID["broken"]
    )
    later = at + (life.now - at) / 2
    proof = "We packed it in two boxes, and the rider noted none of this. Here is the number: JD014600012."
    disputing.answer(case.pk, by=_owner(life, share), at=later, text=proof)
    disputing.say(
        case.pk,
        by=_buyer(share),
        at=later + timedelta(minutes=40),
        text="The rider did not wait until I had opened it.",
    )


def _fewer(life: Life, till: Till) -> None:
    """One of several pieces is no longer there; the rest is sent."""
    wanted = OrderLine.objects.filter(vendor_order__state__in=("to_accept", "to_ship"), quantity__gte=2)
    line = wanted.order_by("-pk").select_related("vendor_order__order").first()
    if line is not None:
        share, at = line.vendor_order, life.now - timedelta(minutes=3)
        at = max(at, share.state_since)
        one = [SomePieces(variant_id=line.variant_id, quantity=1)]
        orders.cancel_lines(
            share.pk, by=_owner(life, share), at=at, lines=one, reason="One of them was broken.", restock=False
        )
        till.give_back(share.order, at + timedelta(seconds=20))
