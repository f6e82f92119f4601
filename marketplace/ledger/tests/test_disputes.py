"""What is disputed is held back; who wins has it, and what a bank took is taken back from the sale."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from core import invariants
from marketplace.cast import Goods, Person
from marketplace.ledger import queries, tasks, waiting
from marketplace.ledger.actions import refunding
from marketplace.ledger.tests.factories import SYSTEM, booked, books, delivered, rule
from marketplace.orders import actions as orders
from marketplace.orders.actions import charging_back, deciding, disputing
from marketplace.orders.errors import NotDisputable
from marketplace.orders.models import Dispute, VendorOrder
from marketplace.orders.tests.factories import money_goes_back, shares_of
from marketplace.payments.models import Chargeback, Payment, Refund
from marketplace.payments.tests import factories as payments

pytestmark = pytest.mark.django_db
SAID: dict[str, Any] = {"why": "broken", "text": "It came in two pieces."}


@pytest.fixture
def share(customer: Person, goods: Goods) -> VendorOrder:
    """Three mugs of 5.00, delivered; the market takes a tenth."""
    rule(1_000)
    return delivered(shares_of(booked(customer.user, {goods.mug: 3}))[0])


def stands(share: VendorOrder) -> tuple[int, int, int]:
    """What of the share is pending, available and held back."""
    found = queries.standing_of_share(share)
    return found.pending.amount, found.available.amount, found.reserved.amount


def opened(share: VendorOrder, customer: Person) -> Dispute:
    return orders.open_dispute(share.order_id, by=customer.actor(), share=share.reference, **SAID)


def test_what_is_disputed_is_held_back_once_and_not_paid_out(share: VendorOrder, customer: Person) -> None:
    case = opened(share, customer)
    assert not waiting.to_release(case.opened_at).exists()
    tasks.catch_up()
    tasks.catch_up()
    assert stands(share) == (0, 0, 1_350)
    assert books() == {"gateway": 1_500, "revenue:commission": 150, "vendor_reserved": 1_350}


def test_who_wins_has_it_again_as_it_was(share: VendorOrder, customer: Person, finance: Person) -> None:
    before, case = stands(share), opened(share, customer)
    tasks.catch_up()
    disputing.win(case.pk, by=finance.actor("operations"), reason="It was packed well.")
    tasks.catch_up()
    tasks.catch_up()
    assert stands(share) == before == (1_350, 0, 0)


def test_what_its_buyer_gets_is_taken_from_what_was_held_and_the_rest_is_let_go(
    share: VendorOrder, customer: Person, finance: Person
) -> None:
    case = opened(share, customer)
    tasks.catch_up()
    deciding.lose(case.pk, by=finance.actor("operations"), reason="One is broken.", amount_minor=500)
    tasks.catch_up()
    assert stands(share)[2] == 1_350  # its money is still on its way to the buyer
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    tasks.catch_up()
    assert stands(share) == (900, 0, 0)
    assert (books()["gateway"], books()["revenue:commission"]) == (1_000, 100)


def test_what_a_bank_took_is_gone_from_the_gateway_and_taken_back_from_the_sale(
    share: VendorOrder,
) -> None:
    charging_back.charge_back(
        share.order_id, by=SYSTEM, gateway_dispute_id="dp_1", amount_minor=1_500, reason="fraudulent"
    )
    tasks.catch_up()
    case = Dispute.objects.get()
    assert stands(share)[2] == 1_350
    charging_back.decide(case.pk, by=SYSTEM, is_won=False)
    tasks.catch_up()
    tasks.catch_up()
    assert books() == {}
    assert stands(share) == (0, 0, 0)


def test_what_nothing_is_left_of_is_borne_by_the_market(share: VendorOrder) -> None:
    charging_back.charge_back(
        share.order_id, by=SYSTEM, gateway_dispute_id="dp_1", amount_minor=1_500, reason="fraudulent"
    )
    case = Dispute.objects.get()
    Dispute.objects.filter(pk=case.pk).update(amount_minor=1_700)  # more than was paid: with the bank's own fee
    VendorOrder.objects.filter(pk=share.pk).update(total_minor=1_500)
    charging_back.decide(case.pk, by=SYSTEM, is_won=False)
    tasks.catch_up()
    assert books() == {"disputes": 200, "gateway": -200}


def long_ago() -> None:
    """What was opened, and decided, was so an hour ago."""
    hour = timezone.now() - timedelta(hours=1)
    Dispute.objects.update(opened_at=hour, state_since=hour)


def found() -> list[str]:
    (told,) = invariants.run(["I-Y4"])
    return [*(str(each) for each in told.sample), *([told.fault] if told.fault else [])]


def test_disputes_and_the_books_agree_all_along(share: VendorOrder, customer: Person, finance: Person) -> None:
    case = opened(share, customer)
    assert found() == [], "it was opened just now"
    long_ago()
    assert found() == [f"{case.reference} holds 0"]
    tasks.catch_up()
    assert found() == [], "1,350 of 1,500 is all that the vendor has"
    disputing.win(case.pk, by=finance.actor("operations"), reason="It was packed well.")
    long_ago()
    assert found() == [f"{case.reference} is not let go"]
    tasks.catch_up()
    assert found() == []


def test_what_is_held_until_its_buyer_has_the_money_is_not_late_before(
    share: VendorOrder, customer: Person, finance: Person
) -> None:
    case = opened(share, customer)
    tasks.catch_up()
    deciding.lose(case.pk, by=finance.actor("operations"), reason="One is broken.", amount_minor=500)
    long_ago()
    assert money_goes_back(share.order) == 1
    refund = Refund.objects.get()
    refunding.book_refund(refund.pk, by=SYSTEM)
    assert found() == [], "it went back just now, and the clock lets go of the rest"
    QuerySet(Refund).filter(pk=refund.pk).update(status_since=timezone.now() - timedelta(hours=1))
    assert found() == [f"{case.reference} is not let go"]
    tasks.catch_up()
    assert found() == []


def test_what_went_back_whole_has_nothing_to_be_let_go(share: VendorOrder, customer: Person, finance: Person) -> None:
    case = opened(share, customer)
    tasks.catch_up()
    deciding.lose(case.pk, by=finance.actor("operations"), reason="All are broken.", amount_minor=1_500)
    assert money_goes_back(share.order) == 1
    tasks.catch_up()
    assert stands(share) == (0, 0, 0)
    assert tasks.catch_up() == 0, "the clock does not come back to it for ever"
    long_ago()
    assert found() == []


def test_what_a_bank_disputes_anew_stays_within_its_bounds(share: VendorOrder) -> None:
    charging_back.charge_back(
        share.order_id, by=SYSTEM, gateway_dispute_id="dp_1", amount_minor=1_000, reason="fraudulent"
    )
    tasks.catch_up()
    case = Dispute.objects.get()
    charging_back.follow(case.pk, by=SYSTEM, amount_minor=600, disputed_minor=600, reason="fraudulent", due_at=None)
    long_ago()
    assert (stands(share), Dispute.objects.get().amount.amount, found()) == ((350, 0, 1_000), 600, [])


def too_much(case: Dispute) -> None:
    QuerySet(Dispute).filter(pk=case.pk).update(amount_minor=1_501)


def less_than_held(case: Dispute) -> None:
    QuerySet(Dispute).filter(pk=case.pk).update(amount_minor=1_000)


def more_at_a_bank(case: Dispute) -> None:
    payment = Payment.objects.get(subject=case.vendor_order.order.reference)
    row = payments.disputed(payment, "lost", amount=payments.kes(1_501))
    QuerySet(Chargeback).filter(pk=row.pk).update(borne_minor=0)


def decided_unheard(case: Dispute) -> None:
    QuerySet(Dispute).filter(pk=case.pk).update(state="won")


@pytest.mark.parametrize("fault", [too_much, less_than_held, more_at_a_bank, decided_unheard])
def test_a_planted_fault_is_found(fault: Callable[[Dispute], None], share: VendorOrder, customer: Person) -> None:
    case = opened(share, customer)
    tasks.catch_up()
    long_ago()
    assert found() == []
    fault(case)
    assert len(found()) == 1


def test_a_case_that_ends_lets_nothing_go_of_what_another_holds(
    share: VendorOrder, customer: Person, finance: Person
) -> None:
    """500 go to the buyer in a first case; before they have arrived, the buyer opens a second one about the rest."""
    first = orders.open_dispute(share.order_id, by=customer.actor(), share=share.reference, amount_minor=500, **SAID)
    tasks.catch_up()
    assert stands(share) == (850, 0, 500)
    deciding.lose(first.pk, by=finance.actor("operations"), reason="One is broken.")
    opened(share, customer)
    tasks.catch_up()
    assert stands(share) == (0, 0, 1_350)
    assert money_goes_back(share.order) == 1
    for _each in range(3):
        tasks.catch_up()
    assert stands(share) == (0, 0, 900), "the second case keeps what it held, and what the first one held too much"
    long_ago()
    assert found() == []


def test_nobody_disputes_here_what_a_bank_has_had_back_for_them(share: VendorOrder, customer: Person) -> None:
    charging_back.charge_back(
        share.order_id, by=SYSTEM, gateway_dispute_id="dp_1", amount_minor=500, reason="fraudulent"
    )
    charging_back.decide(Dispute.objects.get().pk, by=SYSTEM, is_won=False)
    with pytest.raises(NotDisputable):
        opened(share, customer)
