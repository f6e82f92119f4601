"""Money moves in three steps: one claims, asks the gateway under a key that stays the same, and records what it said.

Each step is a transaction of its own and no step waits for the gateway inside of one. Whoever dies between two leaves
something that the next one, or the clock, finds and finishes: what may have been done is asked for and never guessed.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import timedelta

import structlog

from core import context
from core.errors import Busy, DomainError, WrongState
from core.faults import here
from core.rules import Actor
from marketplace.payments import actions, disputes, queries, states
from marketplace.payments.actions.paying import SURELY_LOST
from marketplace.payments.breakers import breaker_of
from marketplace.payments.errors import GatewayDisagrees, GatewayUnavailable, SourceNeeded
from marketplace.payments.gateways import Answer, Gateway, GatewayFault, NotThere, gateway_of, names
from marketplace.payments.models import Payment, Refund, WebhookAttempt, WebhookDelivery

#: So long a webhook waits for what it is about.
KEPT_WAITING = timedelta(days=1)
Outcome = WebhookAttempt.Outcome
log = structlog.get_logger("payments")


def judge_source(gateway: str, source: str) -> None:
    """Whether one can pay through this gateway, or the usual one, from such a source. Refuses with 422 `unknown_gateway` and
    `source_needed`, before anything is written."""
    if gateway_of(gateway or next(iter(names()), "")).needs == "source" and not source:
        raise SourceNeeded()


def charge(payment: Payment, *, source: str, by: Actor) -> Payment:
    """Take what a payment is of from a source. What was begun is gone on with under the same key, so nobody pays twice.

    What the gateway left open is `unknown` or waits for its payer; the reconciler ends it. Of what somebody began and did
    not end, the gateway is asked first; if it has not heard of it, it is sent again. Refuses with 503
    `gateway_unavailable` before anything is claimed, with 409 `payment_under_way` while somebody else asks, with 422
    `source_needed` where the gateway has no page of its own.
    """
    try:
        if payment.status in states.OPEN and (answer := _find(payment)):
            payment = _book(payment, answer)
        if payment.status not in states.PAYMENT.sources("claim"):
            return payment
        gateway = _reachable(payment)
        if gateway.needs == "source" and not source:
            raise SourceNeeded()
    except GatewayFault:
        return payment  # it cannot even be asked, so whoever pays is not kept waiting for a second call
    except GatewayUnavailable:
        if payment.status in states.OPEN:
            return payment  # it may have been taken: to say that nothing was charged would be a guess
        raise
    try:
        payment = actions.claim(payment.pk, by=by)
    except WrongState:
        return Payment.objects.get(pk=payment.pk)  # somebody else was asked the same, and has the answer by now
    here("payment.after_claim")
    amount, subject = payment.amount, payment.subject
    return _ask(
        gateway, payment, lambda: gateway.charge(key=payment.key, amount=amount, source=source, subject=subject)
    )


def send_refund(refund: Refund, *, by: Actor) -> Refund:
    """Have the gateway give back what was promised, under the same key however often. Refuses as `charge` does."""
    gateway = _reachable(refund.payment)
    refund = actions.claim_refund(refund.pk, by=by)
    here("refund.after_claim")
    paid_as, amount = refund.payment.gateway_id, refund.amount
    return _ask(gateway, refund, lambda: gateway.refund(key=refund.key, gateway_id=paid_as, amount=amount))


def reconcile(payment: Payment) -> Payment:
    """Ask the gateway what became of a payment, by our key and then by its id, and record that.

    One that it has not heard of long after it was sent, and that nobody sends again, is given up; one that was called off
    and still waits is ended there. Refuses with 503 `gateway_unavailable`.
    """
    try:
        answer = _find(payment)
    except GatewayFault:
        return payment
    if answer is not None:
        return _end_unwanted(_book(payment, answer))
    is_old = context.now() - payment.status_since > SURELY_LOST
    return actions.give_up(payment.pk, by=_gateway(payment)) if is_old else payment


def _end_unwanted(payment: Payment) -> Payment:
    """Have the gateway end what was called off and waits. Its answer counts: its payer may have been faster, and then the
    money has come."""
    if payment.called_off_at is None or payment.status not in states.OPEN or not payment.gateway_id:
        return payment
    gateway = _reachable(payment)
    try:
        with breaker_of(gateway.name).watching():
            answer = gateway.cancel(payment.gateway_id)
    except GatewayFault as fault:
        log.warning("gateway_not_asked", gateway=gateway.name, about=payment.reference, why=str(fault))
        return payment
    here("payment.after_cancel")
    return _book(payment, answer)


def reconcile_refund(refund: Refund) -> Refund:
    """Ask the gateway what became of a refund, and send it if it has not heard of it. Refuses with 503 `gateway_unavailable`."""
    try:
        answer = None if refund.status == "requested" else _find(refund)
    except GatewayFault:
        return refund
    return send_refund(refund, by=_gateway(refund)) if answer is None else _book(refund, answer)


def hear(gateway: str, raw: bytes, headers: Mapping[str, str]) -> bool:
    """Keep what a gateway told, if it was the gateway. Is it new? Refuses with 400 `bad_signature`; then nothing is kept."""
    event = gateway_of(gateway).read_event(raw, headers)
    by = Actor.system(f"{gateway} webhook")
    return actions.receive(event, by=by, gateway=gateway, body=raw.decode(errors="replace")) is not None


def apply(delivery: WebhookDelivery) -> WebhookDelivery:
    """Act on what a gateway told: ask it for the very thing, compare, and record. Does nothing once that is done.

    What is not here yet, or cannot be asked for now, is tried again later; what does not fit is refused, and says why.
    """
    if delivery.status != "waiting":
        return delivery
    outcome, error = _heard(delivery)
    if outcome == Outcome.REFUSED:
        log.error("webhook_refused", gateway=delivery.gateway, event_id=delivery.event_id, why=error)
    by = Actor.system(f"{delivery.gateway} webhook")
    return actions.note(delivery.pk, by=by, outcome=outcome, error=error)


def _heard(delivery: WebhookDelivery) -> tuple[Outcome, str]:
    if delivery.about == "other":
        return Outcome.APPLIED, "Nothing here acts on this."
    row = None if delivery.about == "dispute" else queries.told_of(delivery)
    late = context.now() - delivery.received_at > KEPT_WAITING
    unknown = Outcome.REFUSED if late else Outcome.WAITING
    if row is None and delivery.about != "dispute":
        return unknown, "Nothing here has this key."
    try:
        if row is None:
            is_known = disputes.ask(delivery.gateway, delivery.gateway_id) is not None
            return (Outcome.APPLIED, "") if is_known else (unknown, "Nothing here was paid under this id.")
        gateway = _reachable(_payment(row))
        with breaker_of(gateway.name).watching():
            answer = gateway.fetch(delivery.gateway_id)
        _finish(_record(row, answer), answer)
    except (GatewayFault, Busy, GatewayUnavailable) as fault:
        what = Outcome.REFUSED if isinstance(fault, NotThere) else Outcome.WAITING
        return what, str(fault)
    except DomainError as refusal:
        return Outcome.REFUSED, refusal.detail
    return Outcome.APPLIED, ""


def _reachable(payment: Payment) -> Gateway:
    """The gateway of a payment, if it is not known to be down."""
    gateway = gateway_of(payment.gateway)
    breaker_of(gateway.name).pass_through()
    return gateway


def _find(row: Payment | Refund) -> Answer | None:
    """What the gateway knows by the id that it once said, or by our key; None where it never heard of it."""
    gateway = _reachable(_payment(row))
    row.asked_at = context.now()
    row.save(update_fields=["asked_at"])
    try:
        with breaker_of(gateway.name).watching():
            if row.gateway_id:
                with suppress(NotThere):
                    return gateway.fetch(row.gateway_id)
            if isinstance(row, Refund):
                return gateway.find_refund(key=row.key, gateway_id=row.payment.gateway_id)
            return gateway.find(key=row.key, since=row.started_at)
    except GatewayFault as fault:
        log.warning("gateway_not_asked", gateway=gateway.name, about=row.reference, why=str(fault))
        raise


def _ask[M: Payment | Refund](gateway: Gateway, row: M, ask: Callable[[], Answer]) -> M:
    """The call itself, for a row that is claimed, and what came of it."""
    kind = row._meta.model_name
    try:
        with breaker_of(gateway.name).watching():
            answer = ask()
    except GatewayFault as fault:
        return _lose(row, f"No usable answer came: {fault}")
    here(f"{kind}.after_gateway")
    row = _book(row, answer)
    here(f"{kind}.after_record")
    return row


def _book[M: Payment | Refund](row: M, answer: Answer) -> M:
    """Record what was said, and take the money that a payer consented to. What cannot be believed stays open, for people
    to look at."""
    try:
        return _finish(_record(row, answer), answer)
    except GatewayDisagrees as refusal:
        log.error("gateway_disagrees", about=row.reference, why=refusal.detail)
        return _lose(row, refusal.detail)


def _finish[M: Payment | Refund](row: M, answer: Answer) -> M:
    """Take what a payer has consented to, unless nobody wants it any more: then the consent is given back."""
    if answer.status != "requires_capture" or isinstance(row, Refund) or row.status not in states.OPEN:
        return row
    if row.called_off_at is not None:
        return _end_unwanted(row)  # type: ignore[return-value]
    here("payment.before_capture")
    key, paid_as, amount = f"{row.key}-C", row.gateway_id, row.amount
    try:
        gateway = _reachable(row)
        with breaker_of(gateway.name).watching():
            taken = gateway.capture(key=key, gateway_id=paid_as, amount=amount)
    except (GatewayFault, GatewayUnavailable) as fault:
        return _lose(row, f"The payer has consented, and no usable answer came to taking it: {fault}")
    return _record(row, taken)


def _record[M: Payment | Refund](row: M, answer: Answer) -> M:
    verb = actions.record_refund if isinstance(row, Refund) else actions.record
    return verb(row.pk, by=_gateway(row), answer=answer)


def _lose[M: Payment | Refund](row: M, why: str) -> M:
    verb = actions.lose_refund if isinstance(row, Refund) else actions.lose
    return verb(row.pk, by=_gateway(row), why=why)


def _payment(row: Payment | Refund) -> Payment:
    return row.payment if isinstance(row, Refund) else row


def _gateway(row: Payment | Refund) -> Actor:
    """Who acts when the gateway's word is written down."""
    return Actor.system(f"{_payment(row).gateway} gateway")
