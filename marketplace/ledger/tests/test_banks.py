"""What buyers' banks take: all of it is in the books, held as the bank tells it last; what nobody has is the market's loss."""

from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from core import invariants
from core.audiences import OPERATIONS
from core.rules import Actor
from marketplace.cast import Goods, Person
from marketplace.finance import work
from marketplace.ledger import queries, reactions, tasks, waiting
from marketplace.ledger.models import Journal
from marketplace.ledger.tests.factories import SYSTEM, booked, books, delivered, rule
from marketplace.orders import actions as orders
from marketplace.orders import banks
from marketplace.orders import tasks as of_orders
from marketplace.orders.models import Dispute, DisputeEntry, VendorOrder
from marketplace.orders.pieces import RefundedPieces
from marketplace.orders.tests.factories import money_goes_back, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.payments import actions as payments
from marketplace.payments.actions.disputing import takes_evidence
from marketplace.payments.events import ChargebackBorne
from marketplace.payments.models import Chargeback, Payment, Refund
from marketplace.payments.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def share(customer: Person, goods: Goods) -> VendorOrder:
    """Three mugs of 5.00, delivered; the market takes a tenth."""
    rule(1_000)
    return delivered(shares_of(booked(customer.user, {goods.mug: 3}))[0])


def says(share: VendorOrder, status: str = "open", amount: int = 1_500, name: str = "dp_1", **words: Any) -> Chargeback:
    """What the bank says now, heard by the cases twice and by the books twice."""
    payment = Payment.objects.get(subject=share.order.reference)
    row = factories.disputed(payment, status, gateway_id=name, amount=factories.kes(amount), **words)
    for _ in range(2):
        banks.follow(share.order.reference, banks.Word.of(row))
        tasks.catch_up()
    return Chargeback.objects.get(pk=row.pk)


def refunded(share: VendorOrder, pieces: int = 3) -> None:
    """So many of the mugs are paid back."""
    line = share.lines.get()
    lines = [RefundedPieces(variant_id=line.variant_id, quantity=pieces)]
    orders.refund_lines(share.pk, by=SYSTEM, lines=lines, reason="It is broken.")
    assert money_goes_back(share.order) == 1
    tasks.catch_up()


def stands(share: VendorOrder) -> tuple[int, int, int]:
    """What of the share is pending, available and held back."""
    found = queries.standing_of_share(share)
    return found.pending.amount, found.available.amount, found.reserved.amount


def cases() -> list[tuple[str, int]]:
    return [(each.state, each.amount_minor) for each in Dispute.objects.order_by("pk")]


def an_hour_later() -> list[str]:
    """What the audit finds of disputes, an hour after all that happened. Refunds have their credit notes by then."""
    of_orders.credit_refunds()
    hour = timezone.now() - timedelta(hours=1)
    Dispute.objects.update(opened_at=hour, state_since=hour)
    QuerySet(DisputeEntry).update(at=hour)
    QuerySet(Chargeback).update(status_since=hour)
    QuerySet(Refund).update(status_since=hour)
    (told,) = invariants.run(["I-Y4"])
    return [*(str(each) for each in told.sample), *([told.fault] if told.fault else [])]


# --- What had gone back already ----------------------------------------------------------------------------------------------


def test_what_had_gone_back_whole_is_the_markets_loss_and_can_be_answered(share: VendorOrder) -> None:
    refunded(share)
    assert books() == {}
    row = says(share)
    assert (cases(), books(), row.borne_minor) == ([], {}, None), "nothing of it is anybody's to be held"
    assert takes_evidence(row)
    finance = Actor(user_id=1, name="finance", audience=OPERATIONS, grants=frozenset({"view_money", "pay_out"}))
    (line,) = [each for each in work.work_of(finance) if each.kind == "chargebacks"]
    assert [str(each) for each in line.much.amounts] == ["KES 15.00"]
    payments.submit_evidence(row.pk, by=SYSTEM, evidence="All of it was given back, see the refund.")
    row = says(share, "lost")
    assert (row.borne_minor, books()) == (1_500, {"disputes": 1_500, "gateway": -1_500})
    assert (Journal.objects.filter(kind="chargeback").count(), an_hour_later(), broken()) == (1, [], {})


def test_what_was_called_off_is_the_markets_loss_too(customer: Person, goods: Goods) -> None:
    rule(1_000)
    share = shares_of(booked(customer.user, {goods.mug: 3}))[0]
    orders.cancel(share.order_id, by=SYSTEM, reason="It is not in stock.")
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    assert VendorOrder.objects.get().state == "cancelled"
    says(share, "lost")
    assert (cases(), books()) == ([], {"disputes": 1_500, "gateway": -1_500})
    assert (stands(share), an_hour_later(), broken()) == ((0, 0, 0), [], {})


def test_of_what_went_back_in_part_the_vendor_loses_the_rest_and_the_market_what_exceeds_it(share: VendorOrder) -> None:
    refunded(share, 1)
    says(share)
    assert (cases(), stands(share)) == ([("awaiting_vendor", 1_000)], (0, 0, 900))
    row = says(share, "lost")
    assert (cases(), row.borne_minor) == ([("lost", 1_000)], 500)
    assert (books(), stands(share)) == ({"disputes": 500, "gateway": -500}, (0, 0, 0))
    assert (an_hour_later(), broken()) == ([], {})


def test_a_bank_that_wins_nothing_costs_nobody(share: VendorOrder) -> None:
    refunded(share, 1)
    before = (books(), stands(share))
    row = says(share, "won")
    assert (cases(), row.borne_minor, (books(), stands(share))) == ([("won", 1_000)], None, before)


def test_two_disputes_over_one_order_take_it_twice_and_from_its_vendor_once(share: VendorOrder) -> None:
    says(share)
    says(share, name="dp_2")
    assert (cases(), stands(share)) == ([("awaiting_vendor", 1_500)], (0, 0, 1_350))
    says(share, "lost", name="dp_2")
    says(share, "lost")
    assert cases() == [("lost", 1_500)]
    assert (books(), stands(share)) == ({"disputes": 1_500, "gateway": -1_500}, (0, 0, 0))
    says(share, "lost", name="dp_3", amount=700)
    assert (cases(), books()) == ([("lost", 1_500)], {"disputes": 2_200, "gateway": -2_200})
    assert (an_hour_later(), broken()) == ([], {})


def test_the_clock_finds_what_no_event_told_of(share: VendorOrder) -> None:
    refunded(share, 1)
    payment = Payment.objects.get()
    row = factories.disputed(payment, "lost", gateway_id="dp_1", amount=factories.kes(1_500))
    assert an_hour_later() == [f"chargeback {row.pk}: the bank took KES 15.00, the books have 0"]
    assert (of_orders.follow_banks(), of_orders.follow_banks()) == (1, 0)
    assert list(waiting.to_bear().values_list("pk", flat=True)) == [row.pk]
    assert an_hour_later() == [
        f"chargeback {row.pk}: the bank took KES 15.00, the books have 0",
        f"{Dispute.objects.get()} is not let go",
    ]
    for _ in range(2):
        reactions.bear_loss(ChargebackBorne(row.pk, 500))
    assert an_hour_later()[0] == f"chargeback {row.pk}: the bank took KES 15.00, the books have 500"
    tasks.catch_up()
    assert (an_hour_later(), tasks.catch_up(), books()) == ([], 0, {"disputes": 500, "gateway": -500})


def test_money_that_came_twice_is_not_its_vendors_to_lose(share: VendorOrder) -> None:
    QuerySet(Payment).update(is_extra=True)
    says(share, "lost")
    assert cases() == []
    assert books() == {"disputes": 1_500, "revenue:commission": 150, "vendor_pending": 1_350}


def test_more_than_came_is_held_as_far_as_it_came_and_the_rest_is_the_markets(share: VendorOrder) -> None:
    before = (books(), stands(share))
    row = says(share, amount=1_900)
    assert (cases(), stands(share), row.beyond) == ([("awaiting_vendor", 1_500)], (0, 0, 1_350), factories.kes(400))
    assert (an_hour_later(), broken()) == ([], {})
    row = says(share, "lost", amount=1_900)
    assert (cases(), row.borne_minor) == ([("lost", 1_500)], 400)
    assert (books(), stands(share)) == ({"disputes": 400, "gateway": -400}, (0, 0, 0))
    assert (an_hour_later(), broken()) == ([], {})
    says(share, "won", amount=1_900)
    assert (books(), stands(share)) == before
    assert (an_hour_later(), broken()) == ([], {})


def test_what_grows_beyond_what_came_is_followed_as_far_as_it_came(customer: Person, goods: Goods) -> None:
    rule(1_000)
    order = booked(customer.user, {goods.mug: 3, goods.lamp: 1})
    first, second = (delivered(each) for each in shares_of(order))
    amount = order.total.amount
    says(first, amount=amount // 2)
    says(first, amount=amount * 2)
    assert cases() == [("awaiting_vendor", first.total.amount), ("awaiting_vendor", second.total.amount)]
    assert (an_hour_later(), tasks.catch_up()) == ([], 0)
    row = says(first, "lost", amount=amount * 2)
    assert (row.borne_minor, books()) == (amount, {"disputes": amount, "gateway": -amount})
    assert (an_hour_later(), broken()) == ([], {})


# --- What is disputed by now -------------------------------------------------------------------------------------------------


def test_what_is_held_follows_what_is_disputed_up_and_down(share: VendorOrder) -> None:
    says(share, amount=1_000)
    assert stands(share) == (350, 0, 1_000)
    for amount, expected in (
        (600, (750, 0, 600)),
        (1_200, (150, 0, 1_200)),
        (1_500, (0, 0, 1_350)),
        (1, (1_349, 0, 1)),
    ):
        says(share, amount=amount)
        assert (stands(share), an_hour_later(), tasks.catch_up()) == (expected, [], 0)
    assert Journal.objects.filter(kind__startswith="hold").count() == 5
    says(share, "won", amount=600)
    assert (stands(share), an_hour_later(), tasks.catch_up()) == ((1_350, 0, 0), [], 0)


def test_what_a_bank_takes_in_the_end_comes_of_what_was_held_last(share: VendorOrder) -> None:
    says(share, amount=500)
    says(share, amount=1_000)
    says(share, "lost", amount=1_000)
    assert (stands(share), an_hour_later()) == ((450, 0, 0), [])
    assert books() == {"gateway": 500, "revenue:commission": 50, "vendor_pending": 450}


def test_more_than_is_left_is_never_held_and_is_the_markets(share: VendorOrder) -> None:
    refunded(share, 1)
    says(share, amount=400)
    says(share, amount=1_500)
    assert (cases(), stands(share), an_hour_later()) == ([("awaiting_vendor", 1_000)], (0, 0, 900), [])
    row = says(share, "lost", amount=1_500)
    assert (row.borne_minor, books()) == (500, {"disputes": 500, "gateway": -500})


def test_a_hold_that_does_not_follow_is_found(share: VendorOrder) -> None:
    says(share, amount=1_000)
    case = Dispute.objects.get()
    for amount in (999, 1_001):
        Dispute.objects.update(amount_minor=amount)
        assert an_hour_later() == [f"{case} holds 1000"]


# --- What a bank takes up anew -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("last", ["won", "lost"])
def test_what_was_won_and_is_disputed_anew_is_held_and_decided_once_more(share: VendorOrder, last: str) -> None:
    first = says(share)
    payments.submit_evidence(first.pk, by=SYSTEM, evidence="It was delivered on Tuesday.")
    says(share, "won")
    assert stands(share) == (1_350, 0, 0)
    row = says(share, due_at=timezone.now() + timedelta(days=3))
    assert (cases(), stands(share)) == ([("won", 1_500), ("awaiting_vendor", 1_500)], (0, 0, 1_350))
    assert takes_evidence(row), "the bank listens once more"
    assert row.key != first.key
    assert (an_hour_later(), tasks.catch_up()) == ([], 0)
    says(share, last)
    assert cases() == [("won", 1_500), (last, 1_500)]
    kept = {"gateway": 1_500, "revenue:commission": 150, "vendor_pending": 1_350}
    assert (books(), stands(share)) == ((kept, (1_350, 0, 0)) if last == "won" else ({}, (0, 0, 0)))
    assert (an_hour_later(), tasks.catch_up(), broken()) == ([], 0, {})


def test_what_was_taken_up_anew_and_lost_before_anybody_heard_is_the_vendors_to_lose(share: VendorOrder) -> None:
    says(share, "won")
    factories.disputed(Payment.objects.get(), "open", gateway_id="dp_1", amount=factories.kes(1_500))
    row = says(share, "lost")
    assert (cases(), row.borne_minor, books()) == ([("won", 1_500), ("lost", 1_500)], 0, {})
    assert an_hour_later() == []
