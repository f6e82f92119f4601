"""Disputes: opened by buyers and banks, answered by vendors, decided once; money goes back within what is left."""

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import context
from core.errors import Denied, DomainError, Missing
from core.models import OutboxEvent
from marketplace.cast import Goods, Person
from marketplace.orders import actions, reactions, tasks
from marketplace.orders.actions import deciding, disputing
from marketplace.orders.approvals import given_alone
from marketplace.orders.errors import TakeUpFirst
from marketplace.orders.models import Dispute, DisputeEntry, Order, RefundRequest
from marketplace.orders.tests.factories import SYSTEM, paid, shares_of
from marketplace.orders.tests.holding import broken
from marketplace.orders.tests.test_cancelling_lines import now, refused
from marketplace.orders.tests.test_refund_parts import parts
from marketplace.orders.tests.test_refund_requests import of
from marketplace.orders.tests.test_returns import delivered
from marketplace.payments.events import ChargebackClosed, ChargebackOpened, ChargebackTold, ChargebackUpdated
from marketplace.payments.models import Payment, Refund
from marketplace.payments.tests import factories as payments

pytestmark = pytest.mark.django_db
SAID: dict[str, Any] = {"why": "broken", "text": "It came in two pieces."}


@pytest.fixture
def order(customer: Person, goods: Goods) -> Order:
    return delivered(paid(customer.user, {goods.mug: 3, goods.lamp: 1}))


@pytest.fixture
def case(order: Order, customer: Person) -> Dispute:
    return actions.open_dispute(order.pk, by=customer.actor(), share=shares_of(order)[0].reference, **SAID)


def told(name: str) -> list[dict[str, Any]]:
    return [each.payload for each in OutboxEvent.objects.filter(name=f"orders.{name}").order_by("pk")]


@pytest.fixture(autouse=True)
def _ears(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger listens to these; here somebody does in its place, so that they are kept."""
    from core import events
    from marketplace.orders.events import DisputeHeld, DisputeLost, DisputeMoved, DisputeReleased

    for kind in (DisputeHeld, DisputeLost, DisputeReleased, DisputeMoved):
        monkeypatch.setitem(events._later, kind, [*events._later.get(kind, []), lambda event: None])


def test_a_buyer_opens_a_case_that_knows_what_was_bought_and_holds_the_money(case: Dispute) -> None:
    assert (case.state, case.amount.amount, case.wanted) == ("awaiting_vendor", 1_500, "refund")
    said = [(each.kind, each.party) for each in DisputeEntry.objects.order_by("pk")]
    assert said == [("record", "market"), ("record", "market"), ("message", "buyer")]
    assert "3 × Mug" in DisputeEntry.objects.order_by("pk")[0].text
    (held,) = told("DisputeHeld")
    assert (held["dispute_id"], held["amount_minor"], held["currency"]) == (case.pk, 1_500, "KES")
    assert broken() == {}


def test_the_vendor_answers_and_the_market_decides_for_the_buyer(case: Dispute, owner: Person, finance: Person) -> None:
    disputing.answer(case.pk, by=owner.actor("vendor"), text="It was packed well.")
    assert Dispute.objects.get().state == "awaiting_market"
    deciding.lose(case.pk, by=finance.actor("operations"), reason="The proof is clear.", amount_minor=700)
    row = Dispute.objects.get()
    assert (row.state, row.decision, row.refund) == ("lost", "The proof is clear.", Refund.objects.get())
    assert parts() == [("Mug", 0, 700, 0)]
    assert [(each["amount_minor"], each["by_gateway"]) for each in told("DisputeLost")] == [(700, False)]
    assert broken() == {}


def test_above_the_limit_two_people_decide_for_the_buyer(
    case: Dispute, order: Order, finance: Person, admin: Person, customer: Person, owner: Person, settings: Any
) -> None:
    settings.REFUND_APPROVAL = ["KES 6.99"]
    first, second = finance.actor("operations"), admin.actor("operations")
    clerk = replace(second, user_id=-1, name="Carl Clerk", grants=second.grants - {"approve_refund"})
    said = {"reason": "The proof is clear.", "amount_minor": 700}
    with pytest.raises(TakeUpFirst):
        deciding.lose(case.pk, by=first, **said)
    disputing.escalate(case.pk, by=first)
    deciding.lose(case.pk, by=first, **said)
    row = Dispute.objects.get()
    assert (row.state, row.verdict_minor, row.verdict_by_name, row.decision) == ("awaiting_market", 700, first.name, "")
    assert Refund.objects.count() == 0
    deciding.lose(case.pk, by=first, **said)  # again: it is still one person
    deciding.lose(case.pk, by=clerk, **said)  # who may allow none, and whose word it is now
    deciding.lose(case.pk, by=second, **said | {"amount_minor": 701})  # more than the first one said
    assert (Dispute.objects.get().verdict_minor, Refund.objects.count()) == (701, 0)
    page = f"/admin/orders/dispute/{case.pk}/change/"
    assert "it waits for a second person" in finance.admin.get(page).content.decode()
    assert "second person" not in owner.admin.get(page).content.decode()
    past = page.replace("change", "history")
    assert "The proof is clear." in finance.admin.get(past).content.decode()
    assert "The proof is clear." not in owner.admin.get(past).content.decode()
    assert "second person lets it go" in deciding.lose.look.effect(Dispute.objects.get())  # type: ignore[misc]
    deciding.lose(case.pk, by=first, **said)
    row = Dispute.objects.get()
    assert (row.state, row.verdict_by_name, row.allowed_by_name) == ("lost", second.name, first.name)
    assert parts() == [("Mug", 0, 700, 0)]
    assert broken() == {}


def test_who_may_only_allow_has_the_second_word_and_never_the_first(
    case: Dispute, finance: Person, admin: Person, settings: Any
) -> None:
    """Who asks and who allows may be two roles."""
    settings.REFUND_APPROVAL = ["KES 6.99"]
    whole = finance.actor("operations")
    clerk = replace(whole, grants=whole.grants - {"approve_refund"})
    manager = replace(whole, user_id=-1, name="Mia Manager", grants=whole.grants - {"refund"})
    disputing.escalate(case.pk, by=clerk)
    with pytest.raises(Denied):
        deciding.lose(case.pk, by=manager, reason="The proof is clear.", amount_minor=100)
    assert deciding.lose.look.unless(Dispute.objects.get(), manager) != ""  # type: ignore[misc]
    deciding.lose(case.pk, by=clerk, reason="The proof is clear.", amount_minor=700)
    assert deciding.lose.look.unless(Dispute.objects.get(), manager) == ""  # type: ignore[misc]
    with pytest.raises(Denied):
        deciding.lose(case.pk, by=manager, reason="The proof is clear.", amount_minor=701)
    deciding.lose(case.pk, by=manager, reason="The proof is clear.", amount_minor=700)
    row = Dispute.objects.get()
    assert (row.state, row.verdict_by_name, row.allowed_by_name) == ("lost", clerk.name, "Mia Manager")


def test_what_disputes_and_refunds_give_back_by_one_word_is_one_sum(
    case: Dispute, order: Order, finance: Person, admin: Person, customer: Person, goods: Goods, settings: Any
) -> None:
    settings.REFUND_APPROVAL = ["KES 10.00"]
    by, share = finance.actor("operations"), case.vendor_order_id
    actions.refund_lines(share, by=by, lines=of(goods.mug, amount_minor=400), reason="It is broken.")
    disputing.escalate(case.pk, by=by)
    deciding.lose(case.pk, by=by, reason="The proof is clear.", amount_minor=601)
    assert (Dispute.objects.get().state, Refund.objects.count()) == ("awaiting_market", 1)
    deciding.lose(case.pk, by=by, reason="The proof is clear.", amount_minor=600)
    row = Dispute.objects.get()
    assert (row.state, row.allowed_by_name, Refund.objects.count()) == ("lost", "", 2)
    actions.refund_lines(share, by=by, lines=of(goods.mug, amount_minor=1), reason="It is broken.")
    assert RefundRequest.objects.get(state="asked").amount.amount == 1
    assert broken() == {}


def test_what_the_vendor_gives_in_asks_for_no_second_person_and_counts_for_nobody(
    case: Dispute, finance: Person, owner: Person, goods: Goods, settings: Any
) -> None:
    settings.REFUND_APPROVAL = ["KES 1.00"]
    disputing.escalate(case.pk, by=finance.actor("operations"))
    deciding.lose(case.pk, by=finance.actor("operations"), reason="The proof is clear.", amount_minor=700)
    deciding.concede(case.pk, by=owner.actor("vendor"), reason="It was our mistake.")
    row = Dispute.objects.get()
    assert (row.state, row.verdict_minor, row.verdict_by_name) == ("lost", None, "")
    assert parts() == [("Mug", 0, 1_500, 0)]
    assert given_alone(row.vendor_order.order).amount == 0


def test_what_went_back_meanwhile_does_not_go_back_again(
    case: Dispute, order: Order, finance: Person, goods: Goods
) -> None:
    actions.refund_lines(case.vendor_order_id, by=finance.actor("operations"), lines=of(goods.mug, 2), reason="Broken.")
    deciding.lose(case.pk, by=finance.actor("operations"), reason="The proof is clear.")
    assert parts() == [("Mug", 2, 1_000, 0), ("Mug", 0, 500, 0)]
    assert broken() == {}


@pytest.mark.parametrize(
    ("verb", "role", "audience", "state"),
    [
        ("win", "finance", "operations", "won"),
        ("withdraw", "customer", "storefront", "withdrawn"),
        ("concede", "owner", "vendor", "lost"),
    ],
)
def test_each_side_can_end_it_in_its_own_way(
    verb: str, role: str, audience: str, state: str, case: Dispute, request: pytest.FixtureRequest
) -> None:
    by = request.getfixturevalue(role).actor(audience)
    press = {"win": disputing.win, "withdraw": disputing.withdraw, "concede": deciding.concede}[verb]
    press(case.pk, by=by, reason="The proof is clear.")
    assert (Dispute.objects.get().state, len(told("DisputeReleased")), len(told("DisputeLost"))) == (
        state, int(state != "lost"), int(state == "lost"),
    )  # fmt: skip
    with pytest.raises(DomainError) as refusal:
        disputing.win(case.pk, by=SYSTEM, reason="The proof is clear.")
    assert refusal.value.code == "wrong_state"
    assert broken() == {}


def test_a_share_has_one_open_dispute_and_none_of_more_than_is_left(
    case: Dispute, order: Order, customer: Person
) -> None:
    buyer, (mine, lamp) = customer.actor(), shares_of(order)
    for share, more, code in (
        (mine.reference, {}, "not_disputable"), ("SK-0000-0000-0000-A", {}, "invalid"),
        (lamp.reference, {"amount_minor": 3_001}, "invalid"),
    ):  # fmt: skip
        assert refused(order, actions.open_dispute, order.pk, buyer, share=share, **SAID, **more) == code
    assert Dispute.objects.count() == 1


def test_who_does_not_answer_in_time_has_lost_and_is_warned_before(case: Dispute) -> None:
    due = case.due_at
    token = context.clock.set(due - timedelta(hours=23))
    try:
        assert (tasks.watch_disputes(), tasks.watch_disputes()) == (1, 0)
        assert [each["is_reminder"] for each in told("DisputeMoved")] == [False, True]
        context.clock.set(due + timedelta(minutes=1))
        assert (tasks.watch_disputes(), tasks.watch_disputes()) == (1, 0)
    finally:
        context.clock.reset(token)
    assert (Dispute.objects.get().state, Refund.objects.get().amount.amount) == ("lost", 1_500)
    assert broken() == {}


def bank(kind: type[ChargebackTold], order: Order, outcome: str = "", amount: int = 4_500) -> Any:
    payment = Payment.objects.get(subject=order.reference)
    return kind(payment.pk, order.reference, "dp_1", amount, "KES", "fraudulent", "", outcome)


def test_what_a_bank_says_anew_is_in_the_case_with_a_word_about_it(order: Order) -> None:
    payment = Payment.objects.get(subject=order.reference)
    due = timezone.now() + timedelta(days=20)
    row = payments.disputed(payment, gateway_id="dp_1", reason="fraudulent", amount=payments.kes(4_500))
    reactions.follow_bank(bank(ChargebackOpened, order))
    Dispute.objects.update(reminded_at=timezone.now())
    heard = DisputeEntry.objects.count()
    payments.disputed(
        payment, gateway_id=row.gateway_id, reason="product_not_received", amount=payments.kes(1_500), due_at=due
    )
    for _ in range(2):  # the same word again changes nothing, and a late one is read as the bank tells it now
        reactions.follow_bank(bank(ChargebackUpdated, order, amount=9_999))
    rows = Dispute.objects.order_by("pk")
    assert [(each.amount.amount, each.why, each.due_at, each.reminded_at) for each in rows] == [
        (500, "not_received", due, None), (1_000, "not_received", due, None),
    ]  # fmt: skip
    said = list(DisputeEntry.objects.order_by("pk")[heard:])
    assert [(each.party, each.kind) for each in said] == [("gateway", "record")] * 2
    assert said[0].text == (
        "The buyer's bank says now: KES 5.00 is disputed, not KES 15.00; its reason is product_not_received; "
        f"it has to be answered by {due:%Y-%m-%d %H:%M} UTC."
    )
    reactions.follow_bank(bank(ChargebackClosed, order, "won"))
    assert {each.state for each in rows.all()} == {"awaiting_vendor"}, "the bank has not said so"
    payments.disputed(payment, "won", gateway_id=row.gateway_id, amount=payments.kes(4_500), due_at=due)
    for kind in (ChargebackUpdated, ChargebackClosed, ChargebackUpdated, ChargebackOpened):
        reactions.follow_bank(bank(kind, order))
    assert [(each.amount.amount, each.state) for each in rows.all()] == [(1_500, "won"), (3_000, "won")]
    assert broken() == {}


def test_a_bank_takes_money_of_all_shares_and_nothing_goes_back_twice(
    case: Dispute, order: Order, finance: Person, goods: Goods
) -> None:
    for _ in range(2):
        reactions.follow_bank(bank(ChargebackOpened, order))
    rows = Dispute.objects.exclude(gateway_dispute_id="").order_by("pk")
    assert [(each.state, each.amount.amount, each.why) for each in rows] == [
        ("awaiting_vendor", 1_500, "unauthorised"), ("awaiting_vendor", 3_000, "unauthorised"),
    ]  # fmt: skip
    case.refresh_from_db()
    assert case.state == "withdrawn"
    money = finance.actor("operations")
    again = {"lines": of(goods.mug, 1), "reason": "Broken."}
    assert refused(order, actions.refund_lines, case.vendor_order_id, money, **again) == "disputed"
    assert refused(order, actions.refund, order.pk, money, reason="Broken.") == "disputed"
    assert refused(order, disputing.win, rows[0].pk, money, reason="The proof is clear.") == "not_disputable"
    for _ in range(2):
        reactions.follow_bank(bank(ChargebackClosed, order, "lost"))
    assert [each.state for each in rows.all()] == ["lost", "lost"]
    assert [(each["amount_minor"], each["by_gateway"]) for each in told("DisputeLost")] == [
        (1_500, True),
        (3_000, True),
    ]
    assert refused(order, actions.refund, order.pk, money, reason="Broken.") == "disputed"
    assert Refund.objects.count() == 0


def test_a_bank_that_decides_for_the_vendor_lets_the_money_go(order: Order, finance: Person) -> None:
    reactions.follow_bank(bank(ChargebackClosed, order, "won"))
    assert set(Dispute.objects.values_list("state", flat=True)) == {"won"}
    assert len(told("DisputeReleased")) == 2
    actions.refund(order.pk, by=finance.actor("operations"), reason="We are generous.")
    assert Refund.objects.get().amount == order.total


def test_everybody_in_it_speaks_and_nobody_else(
    case: Dispute, order: Order, customer: Person, owner: Person, rival: Person, buyer: Person, support: Person
) -> None:
    for person, audience in ((customer, "storefront"), (owner, "vendor"), (support, "operations")):
        disputing.say(case.pk, by=person.actor(audience), text="We have a photo.", is_evidence=True)
    parties = DisputeEntry.objects.filter(kind="evidence").order_by("pk").values_list("party", flat=True)
    assert list(parties) == ["buyer", "vendor", "market"]
    before, count = now(order), DisputeEntry.objects.count()
    for person in (rival, buyer):
        for audience in ("storefront", "vendor", "operations"):
            for verb in (disputing.say, disputing.answer):
                with pytest.raises(Missing):
                    verb(case.pk, by=person.actor(audience), text="We have a photo.")
            with pytest.raises(Missing):
                actions.open_dispute(order.pk, by=person.actor(audience), share=case.vendor_order.reference, **SAID)
    with pytest.raises(DomainError) as refusal:
        deciding.lose(case.pk, by=support.actor("operations"), reason="The proof is clear.")
    assert refusal.value.code == "denied"
    assert (now(order), DisputeEntry.objects.count()) == (before, count)
    assert asdict(customer.actor())["user_id"] == order.customer_id
