"""Orders that staff compose for a customer: lines are priced as they are written down, and placed by the way of all orders."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from core.actions import action, lock, retrying_locks
from core.errors import FieldError, Invalid, Missing, WrongState
from core.resources.declaration import Resource
from core.resources.operations import plain_create
from core.rules import Actor
from marketplace.carts.errors import CartFull, NotForSale
from marketplace.carts.models import MOST_LINES
from marketplace.catalog.queries import offers
from marketplace.orders import drafts, states
from marketplace.orders.actions.placing import order_of
from marketplace.orders.errors import CustomerDeactivated
from marketplace.orders.models import DraftOrder, DraftOrderLine, Order

WAITS = timedelta(hours=settings.PHONE_ORDER_HOURS)
DEACTIVATED = "This account is deactivated: nobody could pay the order. Reactivate it first."


def compose(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> DraftOrder:
    """Begin a draft for a customer. Refuses with 422, at the field, one whose account is deactivated, and what is not valid."""
    with retrying_locks(), transaction.atomic():
        draft: DraftOrder = plain_create(resource, values, by=by, reason=reason)
        if not draft.customer.is_active:
            raise Invalid(errors=[FieldError("/customer_id", "deactivated", DEACTIVATED)])
    return draft


def add_line(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> DraftOrderLine:
    """Write down what the customer wants, at today's price. Refuses with 409 `not_for_sale`, and `cart_full` for too many lines."""
    with retrying_locks(), transaction.atomic():
        line: DraftOrderLine = plain_create(resource, values, by=by, reason=reason)
        _refuse_ended(lock(DraftOrder, line.draft_id))  # it may have been placed since the rule was asked
        if DraftOrderLine.objects.filter(draft=line.draft_id).count() > MOST_LINES:
            raise CartFull(most=MOST_LINES)
        offer = offers([line.variant_id])[line.variant_id]
        if not offer.is_for_sale:
            raise NotForSale()
        line.seen_price = offer.price
        line.save(update_fields=sorted(line.machine_fields))
    return line


def is_draft(draft: DraftOrder) -> bool:
    """Is the button worth showing?"""
    return draft.state == "draft"


def _refuse_ended(draft: DraftOrder) -> None:
    if not is_draft(draft):
        raise WrongState(state=draft.state, verb="change", allowed_from=["draft"])


def has_changed(draft: DraftOrder) -> bool:
    """Is there anything to accept?"""
    return is_draft(draft) and bool(drafts.contents(draft).notices)


def what_changed(draft: DraftOrder) -> str:
    """What is accepted, in the words of the notices."""
    return " ".join(each.sentence for each in drafts.contents(draft).notices)


@action(label="Accept changes", icon="published_with_changes", when=has_changed, effect=what_changed)
def accept_changes(draft: DraftOrder, *, by: Actor) -> DraftOrder:
    """Take a draft as the market is now: today's prices, no more than is left, nothing that is no longer sold, no coupon that
    takes nothing off. Refuses with 409 `wrong_state` one that is placed or dropped.
    """
    _refuse_ended(draft)
    found = drafts.contents(draft)
    for line in found.lines:
        row = DraftOrderLine.objects.get(pk=line.key)
        if not line.counts:
            row.delete()
        elif line.notices:
            row.quantity, row.seen_price = min(line.quantity, line.offer.free), line.price
            row.save()
    if any(each.notice is not None for each in found.coupons):
        draft.coupon = None
    return draft


def what_is_placed(draft: DraftOrder) -> str:
    """What the customer will have to pay, and until when."""
    _off, total = drafts.costs(draft, drafts.contents(draft))
    hours = settings.PHONE_ORDER_HOURS
    return f"{draft.customer} pays {total or 'nothing'}; the goods are kept for {hours} hour{'s' * (hours != 1)}."


@action(label="Place the order", icon="shopping_cart_checkout", when=is_draft, effect=what_is_placed)
def place(draft: DraftOrder, *, by: Actor) -> DraftOrder:
    """Make it an order of its customer, who pays it as any other; its goods are kept for `SOKO_PHONE_ORDER_HOURS`.

    Refuses as ordering a cart does: with 409 `cart_empty`, `cart_changed`, `not_enough_stock`, `mixed_currency`, `own_goods`,
    `coupon_used_up`, `wrong_state` where it is placed or dropped; with 422 an address that is none. With 409
    `customer_deactivated` where its customer's account was closed since it was begun.
    """
    states.DRAFT.move(draft, "place")
    draft.order = order_for(draft.pk, by=replace(by, on_behalf_of=draft.customer_id))
    return draft


@action(label="Order for a customer", audited=False)
def order_for(draft_id: int, /, *, by: Actor) -> Order:
    """The order of a draft that is held: staff act, and the audit says for whom."""
    draft = DraftOrder.objects.filter(pk=draft_id).select_related("customer").first()
    if draft is None:
        raise Missing()
    if (
        not draft.customer.is_active
    ):  # one that is closed at this very moment is closed after the order: no lock is needed
        raise CustomerDeactivated(customer=str(draft.customer))
    where = {name: getattr(draft, name) for name in drafts.SENT_TO}
    found = drafts.contents(draft)
    return order_of(found, customer_id=draft.customer_id, by=by, where=where, waits=WAITS, expected=None)


@action(label="Drop", icon="delete", danger=True, when=is_draft)
def drop(draft: DraftOrder, *, by: Actor) -> DraftOrder:
    """The customer does not want it after all. Refuses with 409 `wrong_state` one that is placed or dropped."""
    states.DRAFT.move(draft, "drop")
    return draft
