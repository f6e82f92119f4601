"""Vendors are paid what is available, once for each period, by two people; what fails is theirs again, exactly once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from core import invariants
from core.errors import WrongState
from core.testing import writing_as_system
from marketplace.cast import Goods, Person
from marketplace.ledger.models import Journal, Posting, SettlementTerms
from marketplace.ledger.tests.factories import books, given_back
from marketplace.orders.models import Order
from marketplace.payments.errors import GatewayDisagrees
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.tests.factories import kes
from marketplace.payouts import actions, flows, queries, statements, tasks
from marketplace.payouts.errors import NothingToPayOut, SamePerson, SentByGateway
from marketplace.payouts.gateways import gateway_of
from marketplace.payouts.models import Payout, PayoutAccount, PayoutBatch
from marketplace.payouts.tests.factories import CLOCK, account, approved, earned, ended, said

pytestmark = pytest.mark.django_db


def broken() -> set[str]:
    names = [each.name for each in invariants.all_invariants() if each.name.startswith(("I-L", "I-Y"))]
    return {each.invariant.name for each in invariants.run(names) if not each.holds}


@pytest.fixture
def due(customer: Person, goods: Goods, owner: Person) -> Payout:
    """The owner's vendor has KES 125.00 available and a verified account; the rival's KES 30.00 and none."""
    earned(customer.user, {goods.mug: 1, goods.rug: 1, goods.lamp: 1})
    assert owner.vendor is not None
    account(owner.vendor)
    assert books() == {"gateway": 15_500, "vendor_available": 15_500}
    return Payout()


def prepared() -> Payout:
    batch = actions.prepare(by=CLOCK)
    assert batch is not None
    return Payout.objects.get(batch=batch)


def test_a_dry_run_says_who_is_due_and_why_others_are_not_and_changes_nothing(due: Payout, owner: Person) -> None:
    before = (books(), Journal.objects.count())
    lines = {each.vendor.name: (each.amount, each.is_due, each.why) for each in queries.plan(timezone.now())}
    assert lines == {
        "Omar's Shop": (kes(12_500), True, ""),
        "Rita's Rival Shop": (kes(3000), False, "It has no verified account to pay to."),
    }
    assert (books(), Journal.objects.count(), PayoutBatch.objects.count()) == (*before, 0)


def test_what_is_prepared_is_set_aside_and_paid_once(due: Payout) -> None:
    payout = prepared()
    assert (payout.amount, payout.status) == (kes(12_500), "prepared")
    assert books() == {"gateway": 15_500, "vendor_available": 3000, "vendor_paying": 12_500}
    assert tasks.run_payouts() == 0
    (payout,) = approved(payout.batch)
    ended(payout)
    assert books() == {"gateway": 3000, "vendor_available": 3000}
    assert {each["debit"] for each in gateway_sums()} == {15_500, -12_500}
    actions.record(payout.pk, by=CLOCK, answer=said(payout))
    assert Journal.objects.filter(kind="payout_paid").count() == 1
    assert broken() == set()


def gateway_sums() -> list[dict[str, int]]:
    rows = Posting.objects.filter(account__kind="gateway", journal__kind__in=("capture", "payout_paid"))
    return [{"debit": each.amount_minor} for each in rows]


def test_who_prepared_it_does_not_approve_it(due: Payout, finance: Person, admin: Person) -> None:
    batch = actions.prepare(by=finance.actor("operations"))
    assert batch is not None
    with pytest.raises(SamePerson):
        actions.approve(batch.pk, by=finance.actor("operations"))
    assert set(Payout.objects.values_list("status", flat=True)) == {"prepared"}
    done = actions.approve(batch.pk, by=admin.actor("operations"))
    assert (done.status, done.prepared_by_name, done.approved_by_name) == ("approved", "Fatima Finance", "Ada Admin")
    with pytest.raises(WrongState):
        actions.approve(batch.pk, by=admin.actor("operations"))
    with pytest.raises(WrongState):
        actions.cancel(batch.pk, by=admin.actor("operations"), reason="Too late for that.")


def test_a_cancelled_batch_gives_the_money_back_and_the_period_is_free_again(due: Payout) -> None:
    first = prepared()
    actions.cancel(first.batch_id, by=CLOCK, reason="The account has changed.")
    assert books() == {"gateway": 15_500, "vendor_available": 15_500}
    assert prepared().period == first.period
    assert broken() == set()


def test_a_failed_payout_is_available_again_exactly_once(due: Payout) -> None:
    (payout,) = approved(prepared().batch)
    failed = ended(payout, "failed", failure_sentence="The account is closed.")
    assert (failed.status, failed.failure_sentence) == ("failed", "The account is closed.")
    actions.record(payout.pk, by=CLOCK, answer=said(payout, "failed"))
    assert books() == {"gateway": 15_500, "vendor_available": 15_500}
    assert Journal.objects.filter(kind="payout_returned").count() == 1
    with pytest.raises(GatewayDisagrees):
        actions.record(payout.pk, by=CLOCK, answer=said(payout))
    assert broken() == set()


@pytest.mark.parametrize("end", ["failed", "returned"])
def test_what_failed_or_came_back_is_in_the_next_batch_of_the_same_period_once(
    end: str, due: Payout, owner: Person, customer: Person, goods: Goods
) -> None:
    with writing_as_system():
        SettlementTerms.objects.create(vendor=owner.vendor, schedule="monthly")
    (first,) = approved(prepared().batch)
    if end == "failed":
        ended(first, "failed", failure_sentence="The account is closed.")
    else:
        ended(first)
        actions.mark_returned(first.pk, by=CLOCK, reason="The name did not fit.")
    earned(customer.user, {goods.mug: 1})
    again = prepared()
    assert (again.period, again.amount, again.key != first.key) == (first.period, kes(13_000), True)
    assert tasks.run_payouts() == 0
    found = statements.statement_of(again)
    assert found.closing == again.amount
    (again,) = approved(again.batch)
    ended(again)
    earned(customer.user, {goods.mug: 1})
    assert [each.why for each in queries.plan(timezone.now()) if each.amount == kes(500)] == [
        f"There is a payout for {first.period} already, paid; the next one takes what is left."
    ]
    with pytest.raises(GatewayDisagrees):
        actions.record(first.pk, by=CLOCK, answer=said(first, "succeeded" if end == "failed" else "failed"))
    assert broken() == set()


def test_a_payout_that_the_bank_sends_back_is_available_again_exactly_once(due: Payout) -> None:
    (payout,) = approved(prepared().batch)
    ended(payout)
    actions.mark_returned(payout.pk, by=CLOCK, reason="The name did not fit.")
    assert books() == {"gateway": 15_500, "vendor_available": 15_500}
    with pytest.raises(WrongState):
        actions.mark_returned(payout.pk, by=CLOCK, reason="The name did not fit.")
    assert books() == {"gateway": 15_500, "vendor_available": 15_500}
    assert broken() == set()


def test_a_debt_is_carried_and_taken_from_what_comes_next(due: Payout, customer: Person, goods: Goods) -> None:
    (payout,) = approved(prepared().batch)
    ended(payout)
    given_back(Order.objects.earliest("pk"), 12_500, about=Order.objects.earliest("pk").shares.earliest("pk").reference)
    lines = [each for each in queries.plan(timezone.now() + timedelta(days=8)) if each.vendor.name == "Omar's Shop"]
    assert [(each.amount, each.why) for each in lines] == [(kes(-12_500), "It owes KES 125.00, which is carried over.")]
    earned(customer.user, {goods.rug: 1, goods.mug: 2})
    (line,) = [each for each in queries.plan(timezone.now() + timedelta(days=8)) if each.vendor.name == "Omar's Shop"]
    assert (line.amount, line.is_due) == (kes(500), True)
    assert broken() == set()


@pytest.mark.parametrize(
    ("schedule", "period"),
    [("daily", "%Y-%m-%d"), ("weekly", "%G-W%V"), ("monthly", "%Y-%m")],
)
def test_each_vendor_is_paid_in_its_own_rhythm(schedule: str, period: str, due: Payout, owner: Person) -> None:
    with writing_as_system():
        SettlementTerms(vendor=owner.vendor, schedule=schedule).save()
    assert prepared().period == f"{timezone.localtime():{period}}"


def test_less_than_the_minimum_is_carried_over(due: Payout, owner: Person) -> None:
    with writing_as_system():
        SettlementTerms(vendor=owner.vendor, minimum_minor=12_501).save()
    assert actions.prepare(by=CLOCK) is None
    SettlementTerms.objects.update(minimum_minor=12_500)
    assert prepared().amount == kes(12_500)


def test_a_vendor_that_is_paid_when_it_asks_is_asked_for_once_a_day(due: Payout, owner: Person) -> None:
    with writing_as_system():
        SettlementTerms(vendor=owner.vendor, schedule="by_hand").save()
    assert actions.prepare(by=CLOCK) is None
    assert owner.vendor is not None
    payout = actions.ask_for(owner.vendor.pk, by=owner.actor("vendor"))
    assert (payout.amount, payout.status) == (kes(12_500), "prepared")
    with pytest.raises(NothingToPayOut):
        actions.ask_for(owner.vendor.pk, by=owner.actor("vendor"))
    assert Payout.objects.count() == 1


@pytest.mark.parametrize("state", ["waiting", "rejected", "retired"])
def test_nobody_is_paid_to_an_account_that_is_not_verified(state: str, due: Payout) -> None:
    PayoutAccount.objects.update(status=state)
    assert actions.prepare(by=CLOCK) is None


def test_a_suspended_vendor_is_not_paid(due: Payout, owner: Person) -> None:
    type(owner.vendor).objects.filter(pk=owner.vendor.pk).update(status="suspended")
    assert actions.prepare(by=CLOCK) is None


def test_a_new_account_takes_the_place_of_the_one_before(due: Payout, owner: Person) -> None:
    second = account(owner.vendor, number="acct_999")
    assert list(PayoutAccount.objects.order_by("pk").values_list("status", flat=True)) == ["retired", "verified"]
    assert prepared().account == second


def test_by_hand_it_is_marked_as_paid_with_a_proof(due: Payout, settings: object) -> None:
    settings.PAYOUT_GATEWAY = "offline"  # type: ignore[attr-defined]
    (payout,) = approved(prepared().batch)
    assert flows.send(payout).status == "approved"
    paid = actions.mark_paid(payout.pk, by=CLOCK, proof="EQ-2026-118")
    assert (paid.status, paid.proof) == ("paid", "EQ-2026-118")
    assert books() == {"gateway": 3000, "vendor_available": 3000}
    with pytest.raises(WrongState):
        actions.mark_paid(payout.pk, by=CLOCK, proof="EQ-2026-118")
    assert broken() == set()


def test_what_goes_through_a_gateway_is_settled_by_it_alone(due: Payout) -> None:
    (payout,) = approved(prepared().batch)
    with pytest.raises(SentByGateway):
        actions.mark_paid(payout.pk, by=CLOCK, proof="EQ-2026-118")
    with pytest.raises(SentByGateway):
        actions.mark_failed(payout.pk, by=CLOCK, reason="It did not work.")
    assert Payout.objects.get(pk=payout.pk).status == "approved"


@pytest.mark.parametrize("words", [{"amount": kes(1)}, {"subject": "PO-OTHER"}], ids=["amount", "subject"])
def test_an_answer_about_something_else_is_not_believed(words: dict[str, object], due: Payout) -> None:
    (payout,) = approved(prepared().batch)
    actions.claim(payout.pk, by=CLOCK)
    with pytest.raises(GatewayDisagrees):
        actions.record(payout.pk, by=CLOCK, answer=said(payout, **words))
    assert Payout.objects.get(pk=payout.pk).status == "sending"
    assert books()["vendor_paying"] == 12_500


# --- Through the mock gateway ---------------------------------------------------------------------------------------------


def transfers(gateway: GatewayProcess) -> int:
    return sum(1 for payout in Payout.objects.all() if mock_gateway_knows(payout))


def mock_gateway_knows(payout: Payout) -> bool:
    return gateway_of("mock").find_transfer(key=payout.key) is not None


def test_the_gateway_sends_it_and_says_so(due: Payout, mock_gateway: GatewayProcess) -> None:
    approved(prepared().batch)
    assert tasks.send_payouts() == 1
    payout = Payout.objects.get()
    assert (payout.status, payout.gateway_id[:4]) == ("paid", "tra_")
    assert tasks.send_payouts() == 0
    assert broken() == set()


def test_a_closed_account_fails_and_gives_the_money_back(due: Payout, mock_gateway: GatewayProcess) -> None:
    PayoutAccount.objects.update(number="acct_closed")
    approved(prepared().batch)
    tasks.send_payouts()
    payout = Payout.objects.get()
    assert (payout.status, payout.failure_sentence) == ("failed", "The account is closed.")
    assert books() == {"gateway": 15_500, "vendor_available": 15_500}


def test_a_reply_that_was_lost_is_asked_for_and_the_money_is_sent_once(
    due: Payout, mock_gateway: GatewayProcess
) -> None:
    """A rejected or lost transfer that is tried again under another key pays twice; here the key stays the same."""
    approved(prepared().batch)
    mock_gateway.switch(drop_replies=1)
    tasks.send_payouts()
    payout = Payout.objects.get()
    assert payout.status == "unknown"
    assert books()["vendor_paying"] == 12_500, "nobody guesses"
    Payout.objects.update(status_since=timezone.now() - timedelta(minutes=5))
    assert tasks.send_payouts() == 1
    assert Payout.objects.get().status == "paid"
    assert books() == {"gateway": 3000, "vendor_available": 3000}
    assert transfers(mock_gateway) == 1


def test_a_gateway_that_is_down_is_asked_again_later_and_sends_once(due: Payout, mock_gateway: GatewayProcess) -> None:
    approved(prepared().batch)
    mock_gateway.switch(down=True)
    tasks.send_payouts()
    assert Payout.objects.get().status == "unknown"
    mock_gateway.switch(down=False)
    Payout.objects.update(status_since=timezone.now() - timedelta(minutes=5))
    tasks.send_payouts()
    assert (Payout.objects.get().status, transfers(mock_gateway)) == ("paid", 1)
    assert broken() == set()


# --- Statements -----------------------------------------------------------------------------------------------------------


def test_a_statement_adds_up_to_its_payout(due: Payout, customer: Person, goods: Goods) -> None:
    first = prepared()
    found = statements.statement_of(first)
    assert (found.opening, [each.amount for each in found.lines], found.closing) == (
        kes(0),
        [kes(12_500)],
        first.amount,
    )
    rows = statements.as_csv(found).decode().splitlines()
    assert rows[0] == "When,What,Order,Journal,Amount,Currency"
    assert rows[-1] == f",Payout,,{first.reference},125.00,KES"
    assert statements.as_pdf(found).startswith(b"%PDF-")


def test_a_statement_with_letters_of_any_script_is_made(due: Payout, owner: Person) -> None:
    type(owner.vendor).objects.filter(pk=owner.vendor.pk).update(name="አማርኛ =SUM(1)")
    paper = statements.as_pdf(statements.statement_of(prepared()))
    assert paper.startswith(b"%PDF-")
    assert b"NotoSansEthiopic" in paper


# --- Planted faults -------------------------------------------------------------------------------------------------------

PLANTS: list[tuple[str, Callable[[Payout], object]]] = [
    ("I-Y1", lambda payout: Payout.objects.filter(pk=payout.pk).update(amount_minor=1)),
    ("I-Y2", lambda payout: Payout.objects.filter(pk=payout.pk).update(status="paid", proof="x")),
    ("I-Y2", lambda payout: Payout.objects.filter(pk=payout.pk).update(status="failed")),
    ("I-Y2b", lambda payout: PayoutAccount.objects.update(currency="USD")),
    ("I-Y3", lambda payout: Payout.objects.filter(pk=payout.pk).update(status="cancelled")),
    ("I-Y3b", lambda payout: Payout.objects.filter(pk=payout.pk).update(
        status="unknown", status_since=timezone.now() - timedelta(hours=2))),
]  # fmt: skip


@pytest.mark.parametrize(("name", "plant"), PLANTS, ids=[f"{name} {n}" for n, (name, _) in enumerate(PLANTS)])
def test_a_planted_fault_is_found(name: str, plant: Callable[[Payout], object], due: Payout) -> None:
    payout = prepared()
    assert broken() == set()
    plant(payout)
    assert name in broken()
