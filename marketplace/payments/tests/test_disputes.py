"""A payer disputes a payment: the gateway is asked, once told of or each hour; it is written down once; we may answer once."""

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from core import events
from core.errors import Missing
from core.models import OutboxEvent
from core.money import Money
from marketplace.cast import Person
from marketplace.payments import actions, disputes, flows, reactions, tasks
from marketplace.payments.actions.disputing import takes_evidence
from marketplace.payments.errors import (
    GatewayDisagrees,
    GatewayUnavailable,
    NothingToSend,
    PaymentUnderWay,
    TooLateForEvidence,
)
from marketplace.payments.events import (
    ChargebackClosed,
    ChargebackOpened,
    ChargebackTold,
    ChargebackUpdated,
    EvidenceGiven,
    WebhookReceived,
)
from marketplace.payments.gateways import Dispute, GatewayFault, NotTaken, stripe
from marketplace.payments.gateways.wire import Reply
from marketplace.payments.mockgateway.control import GatewayProcess
from marketplace.payments.models import Chargeback, Payment, WebhookDelivery
from marketplace.payments.queries import ANSWERING, answering, chargebacks_of, unanswered
from marketplace.payments.tests import factories
from marketplace.payments.tests.factories import GATEWAY, kes

pytestmark = pytest.mark.django_db
EVIDENCE = "Delivered on Tuesday at the door, signed for by the buyer."


_told: list[ChargebackTold] = []


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody wants to know of disputes, as orders will."""
    _told.clear()
    for kind in (ChargebackOpened, ChargebackUpdated, ChargebackClosed):
        monkeypatch.setitem(events._reacting, kind, [_told.append])


def published(kind: type[ChargebackTold]) -> list[dict[str, Any]]:
    """The events of a kind, in the order in which they were published."""
    return [asdict(each) for each in _told if type(each) is kind]


def hear_all(mock_gateway: GatewayProcess) -> None:
    """Every webhook that the gateway sent arrives, and is acted on."""
    for sent in mock_gateway.webhooks():
        flows.hear("mock", sent.raw, sent.headers)
    for delivery in WebhookDelivery.objects.filter(status="waiting"):
        reactions.hear(WebhookReceived(delivery_id=delivery.pk))


def charged(mock_gateway: GatewayProcess) -> Payment:
    return flows.charge(factories.started(), source="tok_ok", by=GATEWAY)


def test_a_dispute_that_the_gateway_tells_of_is_asked_for_and_published_once(mock_gateway: GatewayProcess) -> None:
    payment = charged(mock_gateway)
    mock_gateway.switch(duplicate=3)
    name = mock_gateway.dispute(payment.gateway_id, reason="fraudulent", amount=50_000)
    hear_all(mock_gateway)
    (row,) = chargebacks_of(payment.subject)
    assert (row.gateway_id, row.amount, row.reason, row.status) == (name, kes(50_000), "fraudulent", "open")
    (opened,) = published(ChargebackOpened)
    due_at = opened.pop("due_at")
    assert row.due_at is not None
    assert due_at == row.due_at.isoformat()
    assert opened == {
        "payment_id": payment.pk, "subject": payment.subject, "gateway_dispute_id": name, "amount_minor": 50_000,
        "currency": "KES", "reason": "fraudulent", "outcome": "",
    }  # fmt: skip
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"applied"}


@pytest.mark.parametrize(("won", "outcome"), [(True, "won"), (False, "lost")])
def test_what_the_bank_decides_is_published_once_with_its_outcome(
    mock_gateway: GatewayProcess, won: bool, outcome: str
) -> None:
    payment = charged(mock_gateway)
    name = mock_gateway.dispute(payment.gateway_id)
    hear_all(mock_gateway)
    mock_gateway.decide(name, won=won)
    hear_all(mock_gateway)
    tasks.compare_disputes()
    assert Chargeback.objects.get().status == outcome
    (closed,) = published(ChargebackClosed)
    assert (closed["subject"], closed["outcome"], closed["due_at"]) == (payment.subject, outcome, "")


def test_without_any_webhook_the_clock_finds_each_dispute_and_how_it_ended(mock_gateway: GatewayProcess) -> None:
    mock_gateway.switch(lost=True)
    payment = charged(mock_gateway)
    name = mock_gateway.dispute(payment.gateway_id)
    assert tasks.compare_disputes() == 1
    mock_gateway.decide(name, won=False)
    tasks.compare_disputes()
    tasks.compare_disputes()
    assert Chargeback.objects.get().status == "lost"
    assert (len(published(ChargebackOpened)), len(published(ChargebackClosed))) == (1, 1)


def test_a_dispute_ahead_of_its_payment_waits_for_it(mock_gateway: GatewayProcess) -> None:
    mock_gateway.switch(drop_replies=1)
    payment = charged(mock_gateway)
    assert payment.status == "unknown"
    mock_gateway.dispute(mock_gateway.statement()[0]["gateway_id"])
    dispute = mock_gateway.webhooks()[-1]
    flows.hear("mock", dispute.raw, dispute.headers)
    delivery = WebhookDelivery.objects.get()
    assert flows.apply(delivery).status == "waiting"
    flows.reconcile(payment)
    delivery.refresh_from_db()
    assert flows.apply(delivery).status == "applied"
    assert Chargeback.objects.get().payment == payment


def test_what_is_said_against_it_arrives_once_however_often_it_is_sent(mock_gateway: GatewayProcess) -> None:
    payment = charged(mock_gateway)
    mock_gateway.dispute(payment.gateway_id)
    tasks.compare_disputes()
    row = Chargeback.objects.get()
    actions.submit_evidence(row.pk, by=GATEWAY, evidence=EVIDENCE)
    mock_gateway.switch(down=True)
    with pytest.raises(GatewayFault):
        reactions.say_it(EvidenceGiven(chargeback_id=row.pk))
    mock_gateway.switch(down=False)
    assert [each["evidence"] for each in mock_gateway.disputes()] == [""]
    assert (tasks.answer_disputes(), tasks.answer_disputes()) == (1, 0)
    row.refresh_from_db()
    assert row.sent_at is not None
    assert (row.status, row.due_at) == ("open", None)
    assert [each["evidence"] for each in mock_gateway.disputes()] == [EVIDENCE]


def sent(row: Chargeback) -> Chargeback:
    """One that was answered, and whose gateway has it."""
    actions.submit_evidence(row.pk, by=GATEWAY, evidence=EVIDENCE)
    return actions.note_evidence(row.pk, by=GATEWAY)


def test_what_did_not_arrive_is_still_to_be_answered_and_says_why(mock_gateway: GatewayProcess) -> None:
    payment = charged(mock_gateway)
    mock_gateway.dispute(payment.gateway_id)
    tasks.compare_disputes()
    row = actions.submit_evidence(Chargeback.objects.get().pk, by=GATEWAY, evidence=EVIDENCE)
    assert (answering(row), row.trouble) == ("unsent", "")
    mock_gateway.switch(down=True)
    with pytest.raises(GatewayFault):
        reactions.say_it(EvidenceGiven(chargeback_id=row.pk))
    row.refresh_from_db()
    assert (answering(row), row.sent_at) == ("unsent", None)
    assert row.trouble == "No usable answer came: It answered with 503."
    assert list(Chargeback.objects.filter(unanswered())) == [row]
    mock_gateway.switch(down=False)
    actions.send_evidence_again(row.pk, by=GATEWAY)
    again = OutboxEvent.objects.filter(name="payments.EvidenceGiven")
    assert [each.payload["chargeback_id"] for each in again] == [row.pk, row.pk]
    for _time in range(2):
        reactions.say_it(EvidenceGiven(chargeback_id=row.pk))
    row.refresh_from_db()
    assert (answering(row), row.trouble) == ("answered", "")
    assert [each["evidence"] for each in mock_gateway.disputes()] == [EVIDENCE]
    assert not Chargeback.objects.filter(unanswered()).exists()
    with pytest.raises(NothingToSend):
        actions.send_evidence_again(row.pk, by=GATEWAY)


def test_a_gateway_that_is_left_alone_does_not_hide_why(monkeypatch: pytest.MonkeyPatch) -> None:
    row = actions.submit_evidence(factories.disputed().pk, by=GATEWAY, evidence=EVIDENCE)

    def refuses(_gateway: str, _question: Any) -> Dispute:
        raise GatewayUnavailable(retry_after=30)

    monkeypatch.setattr(disputes, "_asked", refuses)
    for why in ("", "No usable answer came: the line broke."):
        Chargeback.objects.filter(pk=row.pk).update(trouble=why)
        row.refresh_from_db()
        with pytest.raises(GatewayUnavailable):
            disputes.answer(row)
        row.refresh_from_db()
        assert row.trouble == (why or GatewayUnavailable(retry_after=30).detail)


def test_what_the_gateway_refuses_to_read_is_to_be_answered_in_other_words(monkeypatch: pytest.MonkeyPatch) -> None:
    row = actions.submit_evidence(factories.disputed().pk, by=GATEWAY, evidence=EVIDENCE)

    def refuses(_gateway: str, _question: Any) -> Dispute:
        raise NotTaken("It is too long.")

    monkeypatch.setattr(disputes, "_asked", refuses)
    assert tasks.answer_disputes() == 1
    found = Chargeback.objects.get()
    assert (answering(found), takes_evidence(found), found.evidence) == ("to_answer", True, "")
    assert (found.trouble, found.key != row.key) == ("It was not taken: It is too long.", True)
    actions.refuse_evidence(row.pk, by=GATEWAY, key=row.key, why="It is said once more.")
    again = actions.submit_evidence(row.pk, by=GATEWAY, evidence="It was delivered.")
    actions.refuse_evidence(row.pk, by=GATEWAY, key=row.key, why="It is said once more.")
    again.refresh_from_db()
    assert (again.evidence, again.trouble, answering(again)) == ("It was delivered.", "", "unsent")


def test_what_was_said_of_a_dispute_that_began_anew_meanwhile_is_not_noted_as_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    row = actions.submit_evidence(factories.disputed().pk, by=GATEWAY, evidence=EVIDENCE)
    said = {"gateway_id": row.gateway_id, "amount": row.amount}

    def answers(_gateway: str, _question: Any) -> Dispute:
        factories.disputed(row.payment, "won", **said)
        factories.disputed(row.payment, "open", **said)
        return Dispute(row.gateway_id, row.payment.gateway_id, row.amount, row.reason, "open", row.due_at)

    monkeypatch.setattr(disputes, "_asked", answers)
    disputes.answer(row)
    found = Chargeback.objects.get()
    assert (found.evidence, found.sent_at, answering(found)) == ("", None, "to_answer")
    again = actions.submit_evidence(found.pk, by=GATEWAY, evidence="It was delivered.")
    assert list(disputes.unsent()) == [again]


@pytest.mark.parametrize(("status", "is_taken"), [("needs_response", False), ("under_review", True), ("lost", True)])
def test_stripe_took_nothing_that_it_refuses_while_it_listens(
    monkeypatch: pytest.MonkeyPatch, status: str, is_taken: bool
) -> None:
    gateway = stripe.StripeGateway(
        url="http://stripe.invalid", secret="sk", webhook_secret="wh", return_url="", manual=False
    )
    said = {
        "id": "dp_1", "payment_intent": "pi_1", "amount": 100, "currency": "kes", "reason": "general", "status": status,
        "evidence_details": {"due_by": 2_000_000_000},
    }  # fmt: skip

    def ask(_call: str, ask: Any) -> Reply:
        return ask(Refusing(), {})

    class Refusing:
        def ask(self, method: str, _url: str, **_body: Any) -> Reply:
            error = {"error": {"type": "invalid_request_error", "message": "It is too long."}}
            return Reply(200, json.dumps(said).encode()) if method == "GET" else Reply(400, json.dumps(error).encode())

    monkeypatch.setattr(gateway, "_ask", ask)
    if is_taken:
        assert gateway.submit_evidence(key="CB-1", gateway_id="dp_1", text=EVIDENCE).due_at is None
    else:
        with pytest.raises(NotTaken, match="It is too long"):
            gateway.submit_evidence(key="CB-1", gateway_id="dp_1", text=EVIDENCE)


@pytest.mark.parametrize(
    "how",
    [
        {"status": "won"},
        {"status": "lost"},
        {"due_at": None},
        {"due_at": timezone.now() - timedelta(minutes=1)},
    ],
)
def test_what_is_decided_or_late_takes_no_evidence(how: dict[str, Any]) -> None:
    row = factories.disputed(**how)
    assert not takes_evidence(row)
    with pytest.raises(TooLateForEvidence):
        actions.submit_evidence(row.pk, by=GATEWAY, evidence=EVIDENCE)
    row.refresh_from_db()
    assert row.evidence == ""
    assert not OutboxEvent.objects.filter(name="payments.EvidenceGiven").exists()


def test_nothing_is_said_twice() -> None:
    row = factories.disputed()
    actions.submit_evidence(row.pk, by=GATEWAY, evidence=EVIDENCE)
    with pytest.raises(TooLateForEvidence):
        actions.submit_evidence(row.pk, by=GATEWAY, evidence="Something else, which is as long as it has to be.")
    row.refresh_from_db()
    assert row.evidence == EVIDENCE


def test_a_dispute_in_another_currency_is_not_believed() -> None:
    with pytest.raises(GatewayDisagrees):
        factories.disputed(amount=Money(1, "UGX"))
    assert not Chargeback.objects.exists()


def test_a_dispute_about_more_than_came_is_kept_as_the_bank_says_it(mock_gateway: GatewayProcess) -> None:
    payment = charged(mock_gateway)
    mock_gateway.dispute(payment.gateway_id, amount=payment.captured_minor + 7_000)
    hear_all(mock_gateway)
    row = Chargeback.objects.get()
    assert (row.amount.amount, row.beyond) == (payment.captured_minor + 7_000, kes(7_000))
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"applied"}
    assert [each["amount_minor"] for each in published(ChargebackOpened)] == [row.amount.amount]
    assert factories.disputed(amount=kes(150_000)).beyond is None


def test_an_amount_that_becomes_more_than_came_is_an_update() -> None:
    row = factories.disputed()
    said = Dispute(row.gateway_id, row.payment.gateway_id, kes(150_001), row.reason, "open", row.due_at)
    actions.book_dispute(row.payment_id, by=GATEWAY, dispute=said)
    assert [each["amount_minor"] for each in published(ChargebackUpdated)] == [150_001]


def test_a_dispute_over_what_has_not_come_is_not_taken_yet() -> None:
    payment = factories.lost()
    said = Dispute("dis_1", payment.gateway_id, payment.amount, "fraudulent", "open")
    with pytest.raises(PaymentUnderWay):
        actions.book_dispute(payment.pk, by=GATEWAY, dispute=said)
    assert not Chargeback.objects.exists()


def test_finance_answers_and_support_does_not(finance: Person, support: Person) -> None:
    row = factories.disputed()
    with pytest.raises(Missing):
        actions.submit_evidence(row.pk, by=support.actor("operations"), evidence=EVIDENCE)
    actions.submit_evidence(row.pk, by=finance.actor("operations"), evidence=EVIDENCE)
    row.refresh_from_db()
    assert row.evidence == EVIDENCE
    with pytest.raises(Missing):
        actions.send_evidence_again(row.pk, by=support.actor("operations"))
    actions.send_evidence_again(row.pk, by=finance.actor("operations"))


def test_a_changed_amount_is_told_as_an_update() -> None:
    row = factories.disputed()
    said = Dispute(row.gateway_id, row.payment.gateway_id, kes(1_000), row.reason, "open", row.due_at)
    for _each in range(2):
        actions.book_dispute(row.payment_id, by=GATEWAY, dispute=said)
    assert [each["amount_minor"] for each in published(ChargebackUpdated)] == [1_000]


def test_a_gateway_that_tells_of_no_disputes_is_not_asked(settings: Any) -> None:
    settings.GATEWAYS = []
    assert tasks.compare_disputes() == 0
    assert disputes.unsent() == []


def test_each_dispute_is_listed_by_the_word_that_it_says_of_itself() -> None:
    past = {"due_at": timezone.now() - timedelta(seconds=5)}
    rows = {
        "to_answer": factories.disputed(),
        "unsent": actions.submit_evidence(factories.disputed().pk, by=GATEWAY, evidence="It was handed over."),
        "answered": sent(factories.disputed()),
        "too_late": factories.disputed(**past),
        "not_taken": factories.disputed(due_at=None),
        "decided": factories.disputed(status="lost", **past),
    }
    assert {word: list(Chargeback.objects.filter(where)) for word, where in ANSWERING.items()} == {
        word: [row] for word, row in rows.items()
    }
    assert {answering(row): takes_evidence(row) for row in rows.values()} == {
        word: word == "to_answer" for word in ANSWERING
    }


def test_what_was_said_and_did_not_arrive_in_time_is_too_late() -> None:
    row = actions.submit_evidence(factories.disputed().pk, by=GATEWAY, evidence=EVIDENCE)
    Chargeback.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(seconds=5))
    row.refresh_from_db()
    assert (answering(row), list(Chargeback.objects.filter(unanswered()))) == ("too_late", [])
    assert disputes.unsent() == [row], "and it is tried all the same"
    Chargeback.objects.filter(pk=row.pk).update(due_at=None)
    row.refresh_from_db()
    assert (answering(row), list(Chargeback.objects.filter(unanswered()))) == ("unsent", [row])
