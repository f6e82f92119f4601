"""Each invariant of the books finds what is planted, and nothing in books that were kept by their verbs."""

from collections.abc import Callable
from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from core import invariants
from core.testing import writing_as_system
from marketplace.cast import Goods, Person
from marketplace.ledger import actions, tasks
from marketplace.ledger.actions import Cause
from marketplace.ledger.models import Account, Journal, LineSplit, Posting, Wallet
from marketplace.ledger.tests.factories import SYSTEM, booked, delivered, given_back, rule
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.tests.factories import paid, shares_of
from marketplace.payments.models import Payment
from marketplace.payments.tests.factories import kes

pytestmark = pytest.mark.django_db
Books = dict[str, Order]


def broken() -> set[str]:
    names = [each.name for each in invariants.all_invariants() if each.name.startswith("I-L")]
    return {each.invariant.name for each in invariants.run(names) if not each.holds}


@pytest.fixture
def of(customer: Person, buyer: Person, goods: Goods) -> Books:
    """Sold and paid orders in every stretch of their way through the books."""
    rule(1250)
    found = {
        "sold": booked(customer.user, {goods.mug: 1, goods.lamp: 1}),
        "part_refunded": booked(buyer.user, {goods.rug: 1}),
        "refunded": booked(buyer.user, {goods.mug: 1}),
        "available": booked(customer.user, {goods.mug: 1}),
        "held": booked(customer.user, {goods.rug: 1}),
    }
    given_back(found["part_refunded"], 333)
    given_back(found["refunded"], 500)
    share = delivered(shares_of(found["available"])[0])
    VendorOrder.objects.filter(pk=share.pk).update(state_since=timezone.now() - timedelta(days=400))
    assert tasks.release_due() == 1
    actions.hold(shares_of(found["held"])[0].pk, by=SYSTEM, amount=kes(5000), cause=Cause("orders.dispute", "DS-1"))
    return found


def test_books_kept_by_their_verbs_break_nothing(of: Books) -> None:
    assert broken() == set()


def posting(of: Order, kind: str = "sale") -> QuerySet[Posting]:
    return Posting.objects.filter(journal__subject=of.reference, journal__kind=kind).order_by("pk")


def change(rows: QuerySet, /, **values: object) -> None:
    """What was posted is never changed; here it is, in spite of every guard."""
    keys = list(rows.values_list("pk", flat=True))
    assert keys
    QuerySet(rows.model).filter(pk__in=keys).update(**values)


def add(reference: str, kind: str, *amounts: tuple[int, int]) -> None:
    """A journal that no verb made: account and amount of each posting."""
    with writing_as_system() as deed:
        journal = Journal(
            reference=reference, kind=kind, cause_model="orders.order", cause_reference=reference, subject=reference,
            at=timezone.now() - timedelta(days=30), deed=deed.id,
        )  # fmt: skip
        journal.save()
        for account, amount in amounts:
            Posting(
                journal=journal, account_id=account, amount_minor=amount, amount_currency="KES", at=journal.at
            ).save()


def account(kind: str, part: str = "", vendor: int | None = None) -> int:
    return Account.objects.get(kind=kind, part=part, vendor=vendor).pk


def vendor(of: Books) -> int:
    return shares_of(of["available"])[0].vendor_id


PLANTS: list[tuple[str, Callable[[Books], object]]] = [
    ("I-L1", lambda of: change(posting(of["sold"])[:1], amount_minor=7)),
    ("I-L1", lambda of: change(posting(of["sold"])[:1], amount_currency="USD")),
    ("I-L1", lambda of: add("JN-LONE", "correction", (account("clearing"), 5))),
    ("I-L2", lambda of: change(posting(of["sold"], "capture")[:1], amount_minor=7)),
    ("I-L3", lambda of: lost(of["sold"], "capture")),
    ("I-L3", lambda of: lost(of["part_refunded"], "refund")),
    ("I-L3", lambda of: lost(of["sold"], "sale")),
    ("I-L4", lambda of: add("SK-OLD", "correction", (account("clearing"), -5), (account("gateway", "mock"), 5))),
    ("I-L5", lambda of: add(
        "JN-A", "correction", (account("vendor_pending", vendor=vendor(of)), 10**7), (account("gateway", "mock"), -(10**7)))),
    ("I-L5", lambda of: add(
        "JN-B", "correction", (account("vendor_available", vendor=vendor(of)), 10**7), (account("gateway", "mock"), -(10**7)))),
    ("I-L6", lambda of: change(splits(of["sold"]), fees_minor=9_999, vendor_minor=500 - 9_999)),
    ("I-L6", lambda of: change(splits(of["part_refunded"], "reversal"), paid_minor=-13_000, vendor_minor=-12_958)),
    ("I-L6", lambda of: change(splits(of["sold"]), paid_minor=600, vendor_minor=537)),
    ("I-L7", lambda of: filled(vendor(of), 5)),
]  # fmt: skip


def filled(vendor_id: int, amount: int) -> None:
    """A wallet with money in it that nobody posted."""
    with writing_as_system():
        Wallet(vendor_id=vendor_id, currency="KES", cached_balance_minor=amount).save()


def splits(of: Order, kind: str = "sale") -> QuerySet[LineSplit]:
    return LineSplit.objects.filter(journal__subject=of.reference, journal__kind=kind).order_by("pk")[:1]


def lost(of: Order, kind: str) -> None:
    """An event of an hour ago that nobody has posted."""
    change(Journal.objects.filter(subject=of.reference, kind=kind), kind="correction")
    Payment.objects.update(status_since=timezone.now() - timedelta(hours=1))
    for refund in Payment.objects.get(subject=of.reference).refunds.all():
        type(refund).objects.filter(pk=refund.pk).update(status_since=timezone.now() - timedelta(hours=1))
    Order.objects.update(paid_at=timezone.now() - timedelta(hours=1))


@pytest.fixture
def unguarded(db: None) -> None:
    """The database keeps what was posted; to plant a fault its guards are taken away, in this transaction alone."""
    guard = import_module("marketplace.ledger.migrations.0002_kept_as_they_are")
    undone = guard.POSTGRESQL_UNDONE if connection.vendor == "postgresql" else guard.SQLITE_UNDONE
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in undone:
            cursor.execute(statement)


@pytest.mark.parametrize(("name", "plant"), PLANTS, ids=[f"{name} {n}" for n, (name, _) in enumerate(PLANTS)])
def test_a_planted_fault_is_found(name: str, plant: Callable[[Books], object], of: Books, unguarded: None) -> None:
    plant(of)
    assert name in broken()


def test_a_lost_event_is_posted_by_the_sweep_and_then_nothing_is_missing(customer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 1})
    Order.objects.update(paid_at=timezone.now() - timedelta(hours=1))
    Payment.objects.filter(subject=order.reference).update(status_since=timezone.now() - timedelta(hours=1))
    assert broken() == {"I-L3"}
    assert tasks.catch_up() == 2
    assert broken() == set()
