"""Refunds by line: asked by finance, at once or once a second person has allowed it, never more than is left of a line."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated

from django.db.models import Sum

from core import deeds, references, writing
from core.actions import action
from core.errors import FieldError, Invalid, WrongState
from core.events import append_many, publish
from core.inputs import Ask, Reason, asking
from core.money import Money
from core.rules import Actor
from marketplace.orders import states
from marketplace.orders.actions.giving_back import ask_back, hold_refundable, refuse_what_banks_took
from marketplace.orders.actions.giving_up import Kind, give_up
from marketplace.orders.approvals import needs_second, said_of
from marketplace.orders.errors import NotSentYet, OwnRequest, RefundExceedsLine, TooManyPieces
from marketplace.orders.events import RefundAsked
from marketplace.orders.models import Order, RefundRequest, RefundRequestLine, VendorOrder
from marketplace.orders.pieces import Chosen, RefundedPieces, ToRefund, choose, sent_of
from marketplace.orders.unreturned import Portion, Rest, sum_of

Why = asking(
    ("It arrived broken.", "Something was missing.", "It came too late."), help="The buyer reads this sentence."
)
AndShipping = Annotated[bool, Ask("Shipping, too", "What is left of what was paid to send it.")]
WhyNot = asking(("The buyer has not shown that.", "This was given back already."), help="Whoever asked reads this.")


def may_go_back(share: VendorOrder) -> bool:
    """Paid for and not called off: is the button worth showing?"""
    return share.state in (*states.OPEN, *states.UNDERWAY)


def who_allows(share: VendorOrder) -> str:
    """Whether it goes back at once, in words."""
    return said_of(share.order)


@action(label="Refund items", icon="undo", danger=True, when=may_go_back, effect=who_allows)
def refund_lines(
    share: VendorOrder, *, by: Actor, reason: Why, lines: ToRefund = [], shipping: AndShipping = False  # type: ignore[valid-type] # noqa: B006
) -> VendorOrder:  # fmt: skip
    """Give some of a share's money back: pieces at what they cost, an amount on a line, or what is left of the shipping.

    Of what was sent, pieces may go back on the shelf. It waits for a second person where you may not allow refunds, and where
    with it more of the order than the market has set goes back by one person's word alone. Refuses with 409 `wrong_state` what
    was not paid or was called off, `not_sent_yet` pieces that can be cancelled, `too_many_pieces`, `refund_exceeds_line`; with 422
    nothing at all. Pieces that are worth nothing are given up, and nothing is asked of the gateway.
    """
    if not may_go_back(share):
        raise WrongState(state=share.state, verb="be refunded", allowed_from=[*states.OPEN, *states.UNDERWAY])
    refuse_what_banks_took([share])
    order = Order.objects.get(pk=share.order_id)
    rests = hold_refundable(order, [share])
    chosen, portions = _wanted(share, lines, rests, shipping=shipping)
    amount = sum_of(portions, order.total_currency)
    if not amount.amount and not any(each.quantity for each in chosen):
        raise Invalid(errors=[FieldError("/lines", "greater_than_equal", "Give back something.")])
    asked = _write(share, chosen, portions, amount, by=by, reason=reason)
    if needs_second(order, amount, by):
        publish(RefundAsked(asked.pk, share.pk))
        return share
    before = writing.snapshot(asked)
    given = _pay(asked, order, share, by=by)
    writing.settle(deeds.require(asked), asked, before)
    give_up(order, given, Kind.REFUNDED, by=by, reason=reason)
    return share


def _wanted(
    share: VendorOrder, lines: Sequence[RefundedPieces], rests: Sequence[Rest], *, shipping: bool
) -> tuple[list[Chosen], list[Portion]]:
    if share.state in states.OPEN and any(each.quantity for each in lines):
        raise NotSentYet()
    chosen = choose(lines, sent_of([share]))
    of, asked = {each.line.pk: each for each in chosen}, _asked_of(share)
    portions = []
    for rest in rests:
        if rest.line is None:
            portions += [rest.whole()] if shipping else []
        elif rest.line.pk in of:
            portions.append(_portion(rest, of[rest.line.pk], asked.get(rest.line.pk, (0, 0))))
    return chosen, portions


def _asked_of(share: VendorOrder) -> dict[int | None, tuple[int, int]]:
    """By line the pieces and the money that requests which wait for a second person are about."""
    rows = RefundRequestLine.objects.filter(request__vendor_order=share, request__state="asked").order_by()
    sums = rows.values_list("line").annotate(Sum("quantity"), Sum("amount_minor"))
    return {line: (pieces, minor) for line, pieces, minor in sums}


def _portion(rest: Rest, of: Chosen, asked: tuple[int, int]) -> Portion:
    minor = of.minor or (_cost(rest, of.quantity, *asked) if of.quantity else 0)
    if minor > rest.minor:
        raise RefundExceedsLine(what=str(of.line), left=str(Money(rest.minor, of.line.total_currency)))
    return rest.of_amount(minor, quantity=of.quantity)


def _cost(rest: Rest, count: int, asked_pieces: int, asked_minor: int) -> int:
    """What so many pieces cost once all that waits is allowed, so that the last ones bring the rest; else what they cost now."""
    left = replace(rest, quantity=rest.quantity - asked_pieces, minor=rest.minor - asked_minor)
    return (left if left.quantity >= count and left.minor >= 0 else rest).of_pieces(count).minor


def _write(
    share: VendorOrder, chosen: Sequence[Chosen], portions: Sequence[Portion], amount: Money, *, by: Actor, reason: str
) -> RefundRequest:
    asked = RefundRequest(
        vendor_order=share,
        reference=references.new("RQ"),
        reason=reason,
        asked_by_id=by.user_id,
        asked_by_name=by.name[:120],
    )
    asked.amount = amount
    asked.save(force_insert=True)
    writing.audit(deeds.require(asked), asked, writing.created(asked))
    restock = {each.line.pk: each.restock for each in chosen}
    append_many(
        [
            RefundRequestLine(
                request=asked, line=each.line, quantity=each.quantity, amount_minor=each.minor,
                amount_currency=amount.currency, restock=restock.get(each.line.pk, 0) if each.line else 0,
            )
            for each in portions
        ]
    )  # fmt: skip
    return asked


def _pay(asked: RefundRequest, order: Order, share: VendorOrder, *, by: Actor) -> list[Chosen]:
    """Ask the money back as it was asked for, if that is still to be had. Gives the pieces that are to be given up, last of all."""
    rests = {rest.line and rest.line.pk: rest for rest in hold_refundable(order, [share])}
    left = {each.line.pk: each for each in sent_of([share])}
    portions, given = [], []
    for each in asked.lines.order_by("pk"):
        rest = rests[each.line_id]
        if each.amount_minor > rest.minor:
            raise RefundExceedsLine(
                what=str(rest.line or "the shipping"), left=str(Money(rest.minor, order.total_currency))
            )
        if each.line_id is not None and each.quantity > left[each.line_id].quantity:
            raise TooManyPieces(sku=left[each.line_id].line.sku, left=left[each.line_id].quantity, asked=each.quantity)
        portions.append(rest.of_amount(each.amount_minor, quantity=min(each.quantity, rest.quantity)))
        if each.line_id is not None and each.quantity:
            given.append(Chosen(left[each.line_id].line, each.quantity, each.restock))
    states.REFUND_REQUEST.move(asked, "approve")
    asked.decided_by_id, asked.decided_by_name = by.user_id, by.name[:120]
    asked.refund = ask_back(order, portions, by=by, reason=asked.reason, about=share.reference)
    return given


def what_is_allowed(asked: RefundRequest) -> str:
    """What allowing it does, in numbers."""
    pieces = sum(each.restock for each in asked.lines.all())
    shelf = f" {pieces} {'piece goes' if pieces == 1 else 'pieces go'} back on the shelf." if pieces else ""
    return f"{asked.amount} goes back to the buyer.{shelf}"


def who_waits(asked: RefundRequest, by: Actor) -> str:
    """Why a request is not this person's to allow: whoever asked waits for a second person."""
    own = asked.state == "asked" and by.user_id is not None and by.user_id == asked.asked_by_id
    return "You asked for this: it waits for a second person, who allows it." if own else ""


@action(label="Approve", icon="check_circle", effect=what_is_allowed, unless=who_waits)
def approve(asked: RefundRequest, *, by: Actor) -> RefundRequest:
    """Allow a refund that somebody else asked for: its money is asked back now.

    Refuses with 409 `own_request` whoever asked, `refund_exceeds_line` and `too_many_pieces` where less is left by now,
    `disputed`, and `wrong_state` one that is decided.
    """
    if who_waits(asked, by):
        raise OwnRequest()
    if asked.state != "asked":
        states.REFUND_REQUEST.move(asked, "approve")  # refuses
    share = asked.vendor_order
    if not may_go_back(share):
        raise WrongState(state=share.state, verb="be refunded", allowed_from=[*states.OPEN, *states.UNDERWAY])
    order = Order.objects.get(pk=share.order_id)
    given = _pay(asked, order, share, by=by)
    give_up(order, given, Kind.REFUNDED, by=by, reason=asked.reason)
    return asked


@action(label="Refuse", icon="block", danger=True)
def refuse(asked: RefundRequest, *, by: Actor, reason: WhyNot) -> RefundRequest:  # type: ignore[valid-type]
    """Do not allow it, and say why. Refuses with 409 `wrong_state` one that is decided."""
    states.REFUND_REQUEST.move(asked, "refuse")
    asked.decided_by_id, asked.decided_by_name, asked.decision = by.user_id, by.name[:120], reason
    return asked


@action(label="Withdraw", icon="undo")
def withdraw(asked: RefundRequest, *, by: Actor, reason: Reason = "Not needed any more.") -> RefundRequest:
    """Take back what was asked for. Refuses with 409 `wrong_state` one that is decided."""
    states.REFUND_REQUEST.move(asked, "withdraw")
    asked.decided_by_id, asked.decided_by_name, asked.decision = by.user_id, by.name[:120], reason
    return asked
