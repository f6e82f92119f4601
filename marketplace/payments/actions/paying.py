"""A payment is started, claimed by whoever asks the gateway, and ended by what the gateway says."""

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from pydantic import InstanceOf

from core import context, deeds, references, writing
from core.actions import action, locked
from core.events import append, publish
from core.money import Money
from core.rules import Actor
from marketplace.accounts.models import User
from marketplace.payments import gateways, states
from marketplace.payments.errors import AlreadyPaid, CurrencyNotTaken, GatewayDisagrees, PaymentUnderWay
from marketplace.payments.events import PaymentCalledOff, PaymentFailed, PaymentSucceeded, ReconcileAsked
from marketplace.payments.gateways import Answer
from marketplace.payments.models import MoneyMove, Payment

#: After so long, what a gateway has never heard of will not reach it any more: far longer than a call may take.
SURELY_LOST = timedelta(minutes=3)


def lease() -> timedelta:
    """How long a claim is left to whoever made it: longer than any call to a gateway takes, so after it that one is gone.

    Should it be alive all the same, it asks under the same key as whoever follows, and the gateway does it once.
    """
    return timedelta(seconds=2 * settings.GATEWAY_SECONDS + 3)


@action(label="Start a payment", audited=False)
def start(*, by: Actor, payer: InstanceOf[User], subject: str, amount: Money, gateway: str = "") -> Payment:
    """Write down that somebody is to pay for a subject; nobody is asked yet. Gives the one that is under way, if there is one.

    Whoever calls has judged that this may be paid. Refuses with 409 `already_paid`, `payment_under_way` by somebody else or
    of another amount; with 422 `unknown_gateway`, and `currency_not_taken` by that gateway.
    """
    name = gateway or next(iter(gateways.names()), "")
    currencies = gateways.gateway_of(name).currencies
    if currencies is not None and amount.currency not in currencies:
        raise CurrencyNotTaken(currency=amount.currency, taken=", ".join(sorted(currencies)))
    live = locked(Payment).filter(subject=subject, is_extra=False).exclude(status="failed").first()
    if live is not None:
        if live.status == "succeeded":
            raise AlreadyPaid()
        if (live.payer_id, live.amount) != (payer.pk, amount):
            raise PaymentUnderWay()
        return live
    payment = Payment(
        reference=references.new("PAY"), gateway=name, subject=subject, payer=payer, key=references.new("KEY")
    )
    payment.amount = amount
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError:  # somebody was faster by a moment
        raise PaymentUnderWay() from None
    writing.audit(deeds.require(payment), payment, writing.created(payment))
    return payment


@action(label="Pay", rule="view")
def claim(payment: Payment, *, by: Actor) -> Payment:
    """Take it upon oneself to ask the gateway: nobody else will meanwhile.

    Refuses with 409 `payment_under_way` while another does, with `wrong_state` what has ended or waits for its payer.
    """
    if payment.status == "sending" and context.now() - payment.status_since < lease():
        raise PaymentUnderWay()
    states.PAYMENT.move(payment, "claim")
    return payment


@action(label="Lose sight")
def lose(payment: Payment, *, by: Actor, why: str) -> Payment:
    """No usable answer came, so what the gateway did is unknown until it says. Does nothing where it has said by now."""
    if payment.status == "sending":
        states.PAYMENT.move(payment, "lose")
    if payment.status in states.OPEN:
        payment.trouble = why[:300]
    return payment


@action(label="Record")
def record(payment: Payment, *, by: Actor, answer: InstanceOf[Answer]) -> Payment:
    """Book what the gateway said of a payment: the one place that does, and once however often it is said.

    Refuses with 409 `gateway_disagrees` an answer about another amount, currency, subject or payment, or one against what
    it said before; then nothing is booked.
    """
    _compare(payment, answer)
    payment.gateway_id = answer.gateway_id or payment.gateway_id
    if answer.status == "succeeded" and payment.status != "succeeded":
        _capture(payment)
    elif answer.status == "failed" and payment.status != "failed":
        states.PAYMENT.move(payment, "fail")
        _say(payment, answer.failure_code or "failed", answer.failure_sentence)
        publish(PaymentFailed(payment_id=payment.pk, subject=payment.subject))
    elif answer.status == "requires_action" and payment.status in states.OPEN:
        if payment.status in ("sending", "unknown"):
            states.PAYMENT.move(payment, "require_action")
            _say(payment)
        payment.action_url = answer.action_url
    elif answer.status == "requires_capture" and payment.status in states.OPEN:
        payment.action_url = ""  # the payer has done what there was to do
    return payment


def _compare(payment: Payment, answer: Answer) -> None:
    said = answer.status == "succeeded"
    if answer.amount != payment.amount and (said or answer.amount is not None):
        raise GatewayDisagrees(what=f"it took {answer.amount}, and {payment.amount} was asked for")
    if answer.subject != payment.subject and (said or answer.subject):
        raise GatewayDisagrees(what=f"it was paid for {answer.subject or 'nothing'}, and not for {payment.subject}")
    if said and not answer.gateway_id:
        raise GatewayDisagrees(what="it took the money under no id")
    if payment.gateway_id and answer.gateway_id not in ("", payment.gateway_id):
        raise GatewayDisagrees(what=f"it calls this payment {answer.gateway_id}, and {payment.gateway_id} before")
    same = Payment.objects.filter(gateway=payment.gateway, gateway_id=answer.gateway_id).exclude(pk=payment.pk)
    if answer.gateway_id and same.exists():
        raise GatewayDisagrees(what=f"{answer.gateway_id} is another payment")
    if payment.status == "succeeded" and not said:
        raise GatewayDisagrees(what=f"this is {answer.status}, and the money had come")


def _capture(payment: Payment) -> None:
    """The money has come: also for one that had been given up, beside which another may stand by now."""
    others = Payment.objects.filter(subject=payment.subject, is_extra=False).exclude(status="failed")
    payment.is_extra = payment.status == "failed" and others.exists()
    states.PAYMENT.move(payment, "succeed")
    payment.captured_minor = payment.amount.amount
    _say(payment)
    deed = deeds.require(payment)
    move = MoneyMove(
        payment=payment, kind=MoneyMove.Kind.CAPTURED, gateway=payment.gateway, gateway_id=payment.gateway_id,
        at=deed.at, deed=deed.id,
    )  # fmt: skip
    move.amount = payment.amount
    append(move)
    publish(PaymentSucceeded(payment_id=payment.pk, subject=payment.subject))


def _say(payment: Payment, code: str = "", sentence: str = "") -> None:
    """Why it failed, or nothing. What was unclear before is clear now."""
    payment.failure_code, payment.failure_sentence = code[:48], sentence[:300]
    payment.action_url, payment.trouble, payment.is_stuck = "", "", False


@action(label="Give up")
def give_up(payment: Payment, *, by: Actor) -> Payment:
    """End a payment of which the gateway has never heard, so long after it was sent that it will not arrive any more.

    Does nothing where somebody has sent it again meanwhile, or the gateway has answered.
    """
    sent = payment.status in ("sending", "unknown") and not payment.gateway_id
    if sent and context.now() - payment.status_since > SURELY_LOST:
        states.PAYMENT.move(payment, "fail")
        _say(payment, "not_received", "The gateway never received it; nothing was charged.")
        publish(PaymentFailed(payment_id=payment.pk, subject=payment.subject))
    return payment


@action(label="Abandon")
def abandon(payment: Payment, *, by: Actor) -> Payment:
    """End a payment that was started and never sent to anybody. Refuses with 409 `wrong_state` any other."""
    states.PAYMENT.move(payment, "abandon")
    _say(payment, "abandoned", "It was never sent to the gateway; nothing was charged.")
    publish(PaymentFailed(payment_id=payment.pk, subject=payment.subject))
    return payment


@action(label="Call off")
def call_off(payment: Payment, *, by: Actor) -> Payment:
    """Say that nobody wants this payment any more. One that was never sent ends now; one that waits is ended at its gateway,
    after the commit and until that has worked. Money that comes all the same counts, and so does what has come.
    """
    if payment.status == "started":
        states.PAYMENT.move(payment, "abandon")
        _say(payment, "called_off", "It was called off before it was sent to the gateway; nothing was charged.")
        publish(PaymentFailed(payment_id=payment.pk, subject=payment.subject))
    elif payment.status in states.OPEN and payment.called_off_at is None:
        payment.called_off_at = context.now()
        publish(PaymentCalledOff(payment_id=payment.pk))
    return payment


def may_be_asked_about(payment: Payment) -> bool:
    """Is there anything to ask the gateway about? Money may have come also of what was given up here."""
    return payment.status in (*states.OPEN, "failed")


@action(label="Ask the gateway", icon="sync", when=may_be_asked_about)
def reconcile(payment: Payment, *, by: Actor) -> Payment:
    """Have the gateway asked what became of it; the answer is recorded within seconds."""
    publish(ReconcileAsked(payment_id=payment.pk, refund_id=0))
    return payment
