"""What banks take while refunds come to nothing, of which they say another amount later, or that they give back and take anew."""

from typing import Any

import pytest
from django.db import IntegrityError

from core.actions import lock
from core.errors import DomainError
from marketplace.cast import Goods, Person
from marketplace.ledger import tasks
from marketplace.ledger.models import Journal
from marketplace.ledger.tests.factories import SYSTEM, booked, books, delivered, rule
from marketplace.ledger.tests.test_banks import an_hour_later, cases, says, stands
from marketplace.orders import actions as orders
from marketplace.orders import banks
from marketplace.orders import tasks as of_orders
from marketplace.orders.actions import charging_back
from marketplace.orders.models import Dispute, VendorOrder
from marketplace.orders.pieces import RefundedPieces
from marketplace.orders.tests.factories import money_goes_back, paid, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.payments import actions as payments
from marketplace.payments import disputes
from marketplace.payments.gateways import Dispute as Told
from marketplace.payments.models import Chargeback, Payment, Refund
from marketplace.payments.tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(customer: Person, goods: Goods) -> VendorOrder:
    """Three mugs of 5.00, paid; the market takes a tenth."""
    rule(1_000)
    return shares_of(booked(customer.user, {goods.mug: 3}))[0]


@pytest.fixture
def share(sold: VendorOrder) -> VendorOrder:
    """The same, delivered."""
    return delivered(sold)


def asked(share: VendorOrder, pieces: int = 3) -> Refund:
    """So many of the mugs are to be paid back."""
    lines = [RefundedPieces(variant_id=share.lines.get().variant_id, quantity=pieces)]
    orders.refund_lines(share.pk, by=SYSTEM, lines=lines, reason="It is broken.")
    return Refund.objects.latest("pk")


def fails(refund: Refund) -> Refund:
    """The gateway will not give it back."""
    payments.claim_refund(refund.pk, by=SYSTEM)
    return payments.record_refund(refund.pk, by=SYSTEM, answer=factories.said_of_refund(refund, "failed"))


def clock() -> int:
    """What it finds, and what the books do of it."""
    found = of_orders.follow_banks()
    tasks.catch_up()
    tasks.catch_up()
    return found


def refused(refund: Refund) -> str:
    with pytest.raises(DomainError) as refusal:
        payments.try_again(refund.pk, by=SYSTEM)
    return refusal.value.code


# --- Refunds that end after the bank has decided -----------------------------------------------------------------------------


def test_what_was_called_off_and_did_not_go_back_is_its_vendors_to_lose(sold: VendorOrder) -> None:
    orders.cancel(sold.order_id, by=SYSTEM, reason="It is not in stock.")
    row = says(sold, "lost")
    assert (cases(), row.borne_minor, an_hour_later()) == ([], None, []), "it may still go back"
    fails(Refund.objects.get())
    assert (clock(), clock()) == (1, 0)
    assert (cases(), Chargeback.objects.get().borne_minor) == ([("lost", 1_500)], 0)
    assert (books(), stands(sold), an_hour_later(), broken()) == ({}, (0, 0, 0), [], {})
    assert refused(Refund.objects.get()) == "disputed"


def test_what_was_called_off_before_it_was_booked_has_no_sale_to_take_back(customer: Person, goods: Goods) -> None:
    order = paid(customer.user, {goods.mug: 3})
    orders.cancel(order.pk, by=SYSTEM, reason="It is not in stock.")
    fails(Refund.objects.get())
    row = says(shares_of(order)[0], "lost")
    assert (cases(), row.borne_minor, books()) == ([("lost", 1_500)], 0, {})


@pytest.mark.parametrize("pieces", [1, 3])
def test_what_was_to_go_back_and_did_not_is_lost_like_the_rest(share: VendorOrder, pieces: int) -> None:
    refund = asked(share, pieces)
    assert says(share, "lost").borne_minor is None
    fails(refund)
    assert (clock(), clock()) == (1, 0)
    assert sum(amount for _state, amount in cases()) == 1_500
    assert {state for state, _amount in cases()} == {"lost"}
    assert (books(), stands(share), an_hour_later(), broken()) == ({}, (0, 0, 0), [], {})


def test_what_goes_back_after_the_bank_has_won_is_the_markets_loss(share: VendorOrder) -> None:
    asked(share, 1)
    assert says(share, "lost").borne_minor is None
    assert money_goes_back(share.order) == 1
    assert clock() == 1
    assert (cases(), Chargeback.objects.get().borne_minor) == ([("lost", 1_000)], 500)
    assert (books(), an_hour_later(), broken()) == ({"disputes": 500, "gateway": -500}, [], {})


def test_a_share_whose_refund_failed_while_another_was_disputed_has_its_case(customer: Person, goods: Goods) -> None:
    rule(1_000)
    order = booked(customer.user, {goods.mug: 3, goods.lamp: 1})
    first, second = (delivered(each) for each in shares_of(order))
    refund = asked(first)
    says(second, amount=order.total.amount)
    fails(refund)
    says(second, amount=order.total.amount)
    assert [each.vendor_order_id for each in Dispute.objects.all()] == [second.pk]
    row = says(second, "lost", amount=order.total.amount)
    assert {each.vendor_order_id: each.amount for each in Dispute.objects.all()} == {
        first.pk: first.total,
        second.pk: second.total,
    }
    assert (row.borne_minor, books(), an_hour_later(), broken()) == (0, {}, [], {})


# --- A refund that failed is not tried again against a bank ------------------------------------------------------------------


@pytest.mark.parametrize("status", ["open", "lost"])
def test_what_a_bank_takes_is_not_given_back_by_trying_again(share: VendorOrder, status: str) -> None:
    refund = fails(asked(share))
    says(share, status)
    assert refused(refund) == "disputed"
    assert (Refund.objects.get().status, Payment.objects.get().held_minor) == ("failed", 0)


def test_what_a_bank_leaves_or_gives_up_may_be_tried_again(share: VendorOrder) -> None:
    payment = factories.paid()
    first, second = (factories.refund(payment, amount=50_000) for _ in range(2))
    for each in (first, second):
        fails(each)
    row = factories.disputed(payment, amount=factories.kes(100_000))
    payments.try_again(first.pk, by=SYSTEM)
    assert refused(second) == "disputed"
    factories.disputed(payment, "won", gateway_id=row.gateway_id, amount=row.amount)
    payments.try_again(second.pk, by=SYSTEM)


# --- What a bank says otherwise after it has decided -------------------------------------------------------------------------


def test_what_a_bank_took_follows_what_it_says_up_and_down(share: VendorOrder) -> None:
    asked(share, 1)
    money_goes_back(share.order)
    for amount, borne in ((1_500, 500), (1_200, 200), (1_400, 400), (900, 0), (1_500, 500), (1_500, 500)):
        row = says(share, "lost", amount=amount)
        assert (cases(), row.borne_minor) == ([("lost", 1_000)], borne)
        assert books() == {"disputes": amount - 1_000, "gateway": 1_000 - amount}
        assert (an_hour_later(), tasks.catch_up(), broken()) == ([], 0, {})
    assert Journal.objects.filter(kind="chargeback", share=None).count() == 6


def test_what_is_lost_once_more_is_borne_once(share: VendorOrder) -> None:
    asked(share, 1)
    money_goes_back(share.order)
    for status in ("lost", "won", "open", "lost"):
        row = says(share, status)
    assert (cases(), row.borne_minor) == ([("won", 1_000), ("lost", 1_000)], 500)
    assert (books(), an_hour_later(), broken()) == ({"disputes": 500, "gateway": -500}, [], {})


def test_one_dispute_that_cannot_be_written_down_leaves_the_others_alone(
    share: VendorOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    paid_by = Payment.objects.get()
    told = [
        Told(gateway_id=name, payment_id=paid_by.gateway_id, amount=factories.kes(500), reason="", status="open", due_at=None)
        for name in ("dp_1", "dp_2")
    ]  # fmt: skip
    book = payments.book_dispute

    def breaks(*args: Any, dispute: Told, **words: Any) -> Chargeback:
        if dispute.gateway_id == "dp_1":
            raise IntegrityError("chargeback_borne_within")
        return book(*args, dispute=dispute, **words)

    monkeypatch.setattr(payments, "book_dispute", breaks)
    monkeypatch.setattr(disputes, "_asked", lambda _gateway, _question: told)
    assert disputes.compare("mock") == 2
    assert Chargeback.objects.get().gateway_id == "dp_2"


def test_a_word_that_the_bank_has_taken_back_decides_nothing(share: VendorOrder) -> None:
    payment = Payment.objects.get()
    says(share)
    stale = banks.Word.of(factories.disputed(payment, "won", gateway_id="dp_1", amount=factories.kes(1_500)))
    factories.disputed(payment, "open", gateway_id="dp_1", amount=factories.kes(1_500))
    banks.follow(share.order.reference, stale)
    assert cases() == [("awaiting_vendor", 1_500)]


def test_an_amount_that_the_bank_has_taken_back_is_no_case_s(share: VendorOrder) -> None:
    payment = Payment.objects.get()
    stale = banks.Word.of(says(share, amount=1_500))
    factories.disputed(payment, gateway_id="dp_1", amount=factories.kes(900))
    banks.follow(share.order.reference, stale)
    assert cases() == [("awaiting_vendor", 1_500)], "what the bank says by now is another event's to tell"
    says(share, amount=900)
    banks.follow(share.order.reference, stale)
    assert cases() == [("awaiting_vendor", 900)]


def test_what_the_market_bears_is_counted_of_what_the_bank_says_by_then(
    share: VendorOrder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All was given back before the bank took it; the amount is changed while whoever counts waits for the payment."""
    refund = asked(share)
    assert money_goes_back(share.order) == 1
    assert Refund.objects.get(pk=refund.pk).status == "succeeded"
    row = factories.disputed(Payment.objects.get(), "lost", gateway_id="dp_1", amount=factories.kes(1_500))

    def waits(model: Any, key: Any) -> Any:
        Chargeback.objects.filter(pk=row.pk).update(amount_minor=900)
        return lock(model, key)

    monkeypatch.setattr(charging_back, "lock", waits)
    charging_back.bear_rest(share.order_id, by=SYSTEM, gateway_dispute_id="dp_1")
    assert Chargeback.objects.get().borne_minor == 900
