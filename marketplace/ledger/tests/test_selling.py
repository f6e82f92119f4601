"""Money that comes and shares that are sold: whose it is, once, whichever event was lost."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import deeds
from core.testing import writing_as_system
from marketplace.carts.tests.factories import on_sale
from marketplace.cast import Goods, Person
from marketplace.catalog.tests.factories import category
from marketplace.ledger import actions, queries, reactions, tasks
from marketplace.ledger.actions import Cause, Entry
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import (
    Account,
    CommissionRule,
    Journal,
    LineCommission,
    LineSplit,
    Posting,
    SettlementTerms,
)
from marketplace.ledger.tests.factories import SYSTEM, booked, books, delivered, rebilled, rule
from marketplace.orders import actions as orders
from marketplace.orders.events import VendorOrderReleased
from marketplace.orders.models import VendorOrder
from marketplace.orders.tests.factories import money_comes, paid, place, shares_of
from marketplace.payments.events import PaymentSucceeded
from marketplace.payments.models import Payment

pytestmark = pytest.mark.django_db


def test_a_sale_is_split_between_vendor_and_market_and_adds_up(customer: Person, goods: Goods) -> None:
    rule(1000)
    rule(350, fee="transaction", fixed_minor=30, currency="KES")
    booked(customer.user, {goods.mug: 2, goods.rug: 1, goods.lamp: 1})
    # 10.00 mugs, 120.00 rug, 30.00 lamp: 10 % and 3.5 % + 0.30 a line
    assert books() == {
        "gateway": 16_000,
        "revenue:commission": 100 + 1200 + 300,
        "revenue:transaction": (35 + 30) + (420 + 30) + (105 + 30),
        "vendor_pending": 16_000 - 1600 - 650,
    }
    assert list(Journal.objects.order_by("pk").values_list("kind", flat=True)) == ["capture", "sale", "sale"]
    assert queries.standing_of(goods.lamp.listing.vendor_id, "KES").pending.amount == 3000 - 300 - 135


def test_posting_again_by_whatever_way_adds_nothing(customer: Person, goods: Goods) -> None:
    order = booked(customer.user, {goods.mug: 1})
    before = (Journal.objects.count(), Posting.objects.count(), books())
    share, payment = shares_of(order)[0], Payment.objects.get(subject=order.reference)
    reactions.book_money(PaymentSucceeded(payment_id=payment.pk, subject=payment.subject))
    reactions.book_sale(VendorOrderReleased(vendor_order_id=share.pk, vendor_id=share.vendor_id))
    assert tasks.catch_up() == 0
    assert (Journal.objects.count(), Posting.objects.count(), books()) == before


def test_events_in_any_order_come_to_the_same(customer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 1})
    share, payment = shares_of(order)[0], Payment.objects.get(subject=order.reference)
    reactions.book_sale(VendorOrderReleased(vendor_order_id=share.pk, vendor_id=share.vendor_id))
    assert books() == {"clearing": -500, "vendor_pending": 500}
    reactions.book_money(PaymentSucceeded(payment_id=payment.pk, subject=payment.subject))
    assert books() == {"gateway": 500, "vendor_pending": 500}


def test_what_is_not_paid_is_not_in_the_books(customer: Person, goods: Goods) -> None:
    order = place(customer.user, {goods.mug: 1})
    assert tasks.catch_up() == 0
    actions.sell(shares_of(order)[0].pk, by=SYSTEM)
    assert Journal.objects.count() == 0


def test_fees_are_frozen_when_it_is_ordered(customer: Person, goods: Goods) -> None:
    first = rule(1000)
    order = place(customer.user, {goods.rug: 1})
    with writing_as_system():
        CommissionRule.objects.get(pk=first.pk).delete()
        rule(5000)
    money_comes(order)
    orders.complete(order.pk, by=SYSTEM)
    tasks.catch_up()
    assert books() == {"gateway": 12_000, "revenue:commission": 1200, "vendor_pending": 10_800}
    frozen = LineCommission.objects.get()
    assert (frozen.rule_id, frozen.words, frozen.base_minor, frozen.amount_minor) == (first.pk, "10 %", 12_000, 1200)


def test_the_nearest_rule_decides_for_each_line(customer: Person, goods: Goods) -> None:
    category = goods.mug.listing.category
    rule(1000)
    rule(800, category=category.parent or category)
    rule(700, vendor=goods.lamp.listing.vendor)
    rule(0, listing=goods.rug.listing)
    booked(customer.user, {goods.mug: 1, goods.rug: 1, goods.lamp: 1})
    taken = {each.line.title: each.amount_minor for each in LineCommission.objects.select_related("line")}
    assert taken == {"Mug": 40, "Rug": 0, "Lamp": 210}


def test_a_discount_of_the_market_costs_the_vendor_nothing(customer: Person, goods: Goods) -> None:
    rule(1000)
    share = rebilled(shares_of(paid(customer.user, {goods.rug: 1}))[0], discount=3000, market_discount=2000)
    tasks.catch_up()
    # The fee was frozen for 120.00, before this bill; 10.00 the vendor bears, 20.00 the market.
    assert (share.total.amount, books()) == (
        9000,
        {"coupons": 2000, "gateway": 9000, "revenue:commission": 1200, "vendor_pending": 9800},
    )


@pytest.mark.parametrize(("by", "tax"), [("vendor", 0), ("market", 1600)])
def test_tax_goes_to_whoever_remits_it(by: str, tax: int, customer: Person, goods: Goods, settings: object) -> None:
    settings.TAX_REMITTED_BY = by  # type: ignore[attr-defined]
    rebilled(shares_of(paid(customer.user, {goods.rug: 1}))[0], tax=1600, tax_is_included=False, shipping=500)
    tasks.catch_up()
    expected = {"gateway": 14_100, "vendor_pending": 14_100 - tax} | ({"tax": tax} if tax else {})
    assert books() == expected
    shipping = LineSplit.objects.get(line=None)
    assert (shipping.paid_minor, shipping.vendor_minor) == (500, 500)


def test_money_becomes_available_when_the_hold_is_over(customer: Person, goods: Goods, settings: object) -> None:
    settings.HOLD_DAYS = 7  # type: ignore[attr-defined]
    share = delivered(shares_of(booked(customer.user, {goods.mug: 1}))[0])
    assert tasks.release_due() == 0
    VendorOrder.objects.filter(pk=share.pk).update(state_since=timezone.now() - timedelta(days=7))
    assert tasks.release_due() == 1
    assert books() == {"gateway": 500, "vendor_available": 500}
    assert tasks.release_due() == 0
    actions.release(share.pk, by=SYSTEM)
    assert Journal.objects.filter(kind="release").count() == 1


def test_a_vendor_may_have_a_hold_of_its_own(customer: Person, goods: Goods) -> None:
    mine, theirs = (delivered(each) for each in shares_of(booked(customer.user, {goods.mug: 1, goods.lamp: 1})))
    VendorOrder.objects.update(state_since=timezone.now() - timedelta(days=3))
    with writing_as_system():
        SettlementTerms(vendor=mine.vendor, hold_days=2).save()
        SettlementTerms(vendor=theirs.vendor, hold_days=4).save()
    assert tasks.release_due() == 1
    assert queries.standing_of(mine.vendor_id, "KES").available.amount == 500
    assert queries.standing_of(theirs.vendor_id, "KES").available.amount == 0


def test_what_was_sent_and_never_said_to_have_arrived_is_released_in_the_end(customer: Person, goods: Goods) -> None:
    share = shares_of(booked(customer.user, {goods.mug: 1}))[0]
    orders.accept(share.pk, by=SYSTEM)
    orders.ship(share.pk, by=SYSTEM, carrier="G4S")
    VendorOrder.objects.update(state_since=timezone.now() - timedelta(days=29))
    assert tasks.release_due() == 0
    VendorOrder.objects.update(state_since=timezone.now() - timedelta(days=30))
    assert tasks.release_due() == 1


def test_what_is_not_sent_is_never_released(customer: Person, goods: Goods) -> None:
    booked(customer.user, {goods.mug: 1})
    VendorOrder.objects.update(state_since=timezone.now() - timedelta(days=400))
    assert tasks.release_due() == 0


# --- The books themselves -------------------------------------------------------------------------------------------------

CAUSE = Cause("orders.order", "SK-TEST")


def posted(*entries: Entry, cause: Cause = CAUSE) -> Journal | None:
    with writing_as_system():
        return actions.post(JournalKind.CORRECTION, cause, entries, currency="KES", at=timezone.now())


def test_entries_that_do_not_add_up_are_refused_and_leave_nothing(db: None) -> None:
    with pytest.raises(ValueError, match="not to zero"):
        posted(Entry(AccountKind.GATEWAY, 100), Entry(AccountKind.CLEARING, -99))
    assert (Journal.objects.count(), Account.objects.count()) == (0, 0)


def test_entries_to_one_account_become_one_posting(db: None) -> None:
    journal = posted(Entry(AccountKind.GATEWAY, 60), Entry(AccountKind.CLEARING, -100), Entry(AccountKind.GATEWAY, 40))
    assert journal is not None
    assert sorted(journal.postings.values_list("amount_minor", flat=True)) == [-100, 100]
    assert posted(Entry(AccountKind.GATEWAY, 5), Entry(AccountKind.CLEARING, -5)) is None
    assert posted(cause=Cause("orders.order", "other")) is None


@pytest.mark.parametrize(
    "model", [Account, Journal, Posting, LineSplit, LineCommission], ids=lambda model: model.__name__
)
def test_the_database_refuses_to_change_or_remove_what_was_posted(model: type, customer: Person, goods: Goods) -> None:
    rule(1000)
    booked(customer.user, {goods.mug: 1})
    table, before = model._meta.db_table, list(model.objects.order_by("pk").values())
    assert before
    for statement in (f'UPDATE "{table}" SET id = id', f'DELETE FROM "{table}"'):
        with pytest.raises(IntegrityError, match="never changed"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert list(model.objects.order_by("pk").values()) == before


def test_every_posting_is_signed_by_the_deed_that_made_it(customer: Person, goods: Goods) -> None:
    booked(customer.user, {goods.mug: 1})
    assert Journal.objects.filter(deed=None).count() == 0
    assert deeds.current() is None


def test_the_trial_balance_adds_up(customer: Person, goods: Goods) -> None:
    rule(1000)
    booked(customer.user, {goods.mug: 1, goods.lamp: 1})
    found = queries.trial_balance()
    assert sum(each.debit for each in found) == 0
    assert {str(each.account): each.amount.amount for each in found} == {
        "At the gateway, mock (KES)": 3500,
        "Paid and not yet booked as sold (KES)": 0,
        "Revenue of the market, commission (KES)": 350,
        "Pending of Omar's Shop (KES)": 450,
        "Pending of Rita's Rival Shop (KES)": 2700,
    }


@pytest.mark.parametrize("lines", [1, 6])
def test_fees_of_many_lines_are_frozen_in_as_many_queries_as_of_one(
    customer: Person, owner: Person, lines: int
) -> None:
    wanted = {on_sale(owner.vendor, category=category(f"Shelf {number}")): 1 for number in range(lines)}
    rule(1000)
    rule(500, category=category("Elsewhere"))
    order = place(customer.user, wanted)
    with CaptureQueriesContext(connection) as asked:
        found = list(queries.paths_of({each.listing.category_id for each in wanted}).values())
    assert (len(asked), len(found)) == (1, lines)
    assert LineCommission.objects.filter(line__order=order, words="10 %").count() == lines
