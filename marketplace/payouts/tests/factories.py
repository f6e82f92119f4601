"""Vendors with money available and a place to send it, and payouts in every state, for tests and the demo market."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from core.rules import Actor
from core.testing import writing_as_system
from marketplace.accounts.models import User
from marketplace.catalog.models import Variant
from marketplace.ledger import tasks as ledger
from marketplace.ledger.tests.factories import booked, delivered
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.tests.factories import shares_of
from marketplace.payments.gateways import Answer
from marketplace.payouts import actions
from marketplace.payouts.models import Payout, PayoutAccount, PayoutBatch
from marketplace.vendors.models import Vendor

CLOCK = Actor.system("payout schedule")
GATEWAY = Actor.system("mock gateway")


def account(
    vendor: Vendor, *, number: str = "acct_0123456789", is_verified: bool = True, **values: Any
) -> PayoutAccount:
    """Where a vendor is paid."""
    usual = {"kind": "bank", "holder": vendor.name, "bank": "Equity Bank", "currency": vendor.currency}
    with writing_as_system():
        made = PayoutAccount(vendor=vendor, number=number, **(usual | values))
        made.save()
    return actions.verify(made.pk, by=CLOCK) if is_verified else made


def earned(user: User, wanted: dict[Variant, int]) -> Order:
    """An order that has arrived, and whose money is available."""
    order = booked(user, wanted)
    for share in shares_of(order):
        delivered(share)
    long_ago = timezone.now() - timedelta(days=400)
    VendorOrder.objects.filter(order=order).update(state_since=long_ago)
    ledger.release_due()
    return order


def approved(batch: PayoutBatch | None) -> list[Payout]:
    """The payouts of a batch that a second person has approved."""
    assert batch is not None
    actions.approve(batch.pk, by=Actor.system("a colleague"))
    return list(Payout.objects.filter(batch=batch).order_by("pk"))


def said(payout: Payout, status: Any = "succeeded", **words: Any) -> Answer:
    """What an honest gateway says of a payout."""
    fitting = {"gateway_id": f"tra_{payout.pk}", "amount": payout.amount, "subject": payout.reference}
    return Answer(status, **{**fitting, **words})


def ended(payout: Payout, status: Any = "succeeded", **words: Any) -> Payout:
    """A payout of which the gateway has told."""
    actions.claim(payout.pk, by=GATEWAY)
    return actions.record(payout.pk, by=GATEWAY, answer=said(payout, status, **words))
