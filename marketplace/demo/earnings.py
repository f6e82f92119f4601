"""What the demo market takes of its sales, where its vendors are paid, and what was paid out: a week ago, and what waits now."""

from datetime import datetime, timedelta

from core.audiences import OPERATIONS
from core.resources import operations
from core.rules import Actor, actor_of
from marketplace.catalog.models import Category
from marketplace.demo.agenda import as_of
from marketplace.demo.lives import Life
from marketplace.ledger import actions as ledger
from marketplace.ledger import waiting
from marketplace.ledger.resources import CommissionRules, Terms
from marketplace.payments.gateways import Answer
from marketplace.payouts import actions as payouts
from marketplace.payouts.models import Payout
from marketplace.payouts.resources import PayoutAccounts
from marketplace.vendors.models import Vendor

CLOCK = Actor.system("payout schedule")
GATEWAY = Actor.system("mock gateway")
LAST_WEEK = timedelta(days=8)
#: Vendors who have not said where they are paid, and those whose account still waits to be verified.
SILENT, WAITING = 9, 7


def set_fees(life: Life) -> None:
    """Staff say what the market takes, before anybody orders: 10 %, less of vehicles, and a fee for each line."""
    admin = actor_of(life.town.users["admin@soko.example"], OPERATIONS)
    vehicles = Category.objects.filter(slug="vehicles").values_list("pk", flat=True).first()
    rules = (
        {"fee": "commission", "basis_points": 1000, "note": "What everybody pays."},
        {"fee": "commission", "basis_points": 300, "category": vehicles, "note": "Cars cost more and come seldom."},
        {"fee": "transaction", "basis_points": 250, "currency": "KES", "fixed_minor": 2000, "maximum_minor": 100_000},
    )
    with as_of(life.now - timedelta(days=120)):
        for values in rules:
            operations.create(CommissionRules, values, by=admin)


def pay_out(life: Life) -> int:
    """Vendors say where they are paid; what was available a week ago has been paid, what is now waits for a second person.

    Returns how many payouts there are.
    """
    admin = actor_of(life.town.users["admin@soko.example"], OPERATIONS)
    finance = actor_of(life.town.users["finance@soko.example"], OPERATIONS)
    with as_of(life.now - timedelta(days=60)):
        _say_where(admin)
    then = life.now - LAST_WEEK
    _release(then)
    batch = payouts.prepare(by=CLOCK, at=then)
    if batch is not None:
        payouts.approve(batch.pk, by=finance, at=then + timedelta(hours=5))
        for place, payout in enumerate(Payout.objects.filter(batch=batch).order_by("pk")):
            _ends(payout, then + timedelta(hours=5, minutes=place + 1), fails=place == 1)
    _release(life.now)
    payouts.prepare(by=CLOCK, at=life.now - timedelta(hours=6))
    return Payout.objects.count()


def _say_where(admin: Actor) -> None:
    vendors = list(Vendor.objects.filter(status="verified").order_by("pk"))
    for place, vendor in enumerate(vendors):
        if place % 10 == SILENT:
            continue
        values = {
            "vendor": vendor.pk, "kind": "bank" if place % 3 else "mobile", "bank": "Equity Bank" if place % 3 else "M-Pesa",
            "holder": vendor.name, "number": f"acct_{1_180_000_000 + 7919 * vendor.pk}", "currency": vendor.currency,
        }  # fmt: skip
        account = operations.create(PayoutAccounts, values, by=Actor.system("demo market"))
        if place % 10 != WAITING:
            payouts.verify(account.pk, by=admin)
    terms = (("monthly", 0, None), ("weekly", 500_000, 3), ("daily", 0, 14))
    for vendor, (schedule, least, hold) in zip(vendors[1:], terms, strict=False):
        own = {"vendor": vendor.pk, "schedule": schedule, "minimum_minor": least, "hold_days": hold}
        operations.create(Terms, own, by=Actor.system("demo market"))


def _release(at: datetime) -> None:
    for key in list(waiting.to_release(at).values_list("pk", flat=True)):
        ledger.release(key, by=Actor.system("hold over"), at=at)


def _ends(payout: Payout, at: datetime, *, fails: bool) -> None:
    """The gateway has sent it; one account turned out to be closed."""
    payouts.claim(payout.pk, by=GATEWAY, at=at)
    answer = Answer(
        "failed" if fails else "succeeded", f"tra_demo{payout.pk}", payout.amount, payout.reference,
        failure_sentence="The account is closed." if fails else "",
    )  # fmt: skip
    payouts.record(payout.pk, by=GATEWAY, at=at + timedelta(seconds=2), answer=answer)
