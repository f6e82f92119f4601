"""Money goes back: asked for within what came, sent under one key, ended by what the gateway says."""

from django.db.models import F, Sum
from pydantic import InstanceOf

from core import context, deeds, references, writing
from core.actions import action, lock
from core.errors import FieldError, Invalid
from core.events import append, publish
from core.faults import here
from core.inputs import Reason, asking
from core.money import MixedCurrency, Money
from core.rules import Actor
from marketplace.payments import states
from marketplace.payments.actions.paying import lease
from marketplace.payments.errors import Disputed, GatewayDisagrees, PaymentUnderWay, RefundExceedsCapture
from marketplace.payments.events import ReconcileAsked, RefundFailed, RefundRequested, RefundSucceeded
from marketplace.payments.gateways import Answer
from marketplace.payments.models import MoneyMove, Payment, Refund

Why = asking(
    ("The buyer's bank has it", "Paid by bank transfer", "The buyer wants something else"), help="Kept with the refund."
)
EXTRA = "The money came after another payment had taken its place, so all of it goes back."


@action(label="Ask for a refund", audited=False)
def request_refund(payment: Payment | int, /, *, by: Actor, amount: Money, reason: Reason, about: str = "") -> Refund:
    """Promise to give this much of a payment back; it is sent after the commit. `about` names the part that it is for.

    Whoever calls has judged that this may be given back. Refuses with 409 `refund_exceeds_capture` more than has come and
    is not yet given back or promised, `mixed_currency`; with 422 an amount of nothing.
    """
    row = lock(Payment, payment)
    if amount.currency != row.amount.currency:
        raise MixedCurrency(one=amount.currency, other=row.amount.currency)
    if amount.amount < 1:
        raise Invalid(errors=[FieldError("/amount", "greater_than_equal", "Give back something.")])
    refund = Refund(payment=row, reason=reason, about=about)
    refund.amount = amount
    return _promise(refund, by)


def _promise(refund: Refund, by: Actor) -> Refund:
    """Set the money of a new refund aside, and write it down under a key of its own. Its payment is locked."""
    row, amount = refund.payment, refund.amount
    before = writing.snapshot(row)
    if not hold(row, amount.amount):
        raise RefundExceedsCapture(left=str(Money(row.captured_minor - row.held_minor, amount.currency)))
    refund.reference, refund.key = references.new("RF"), references.new("KEY")
    refund.asked_by_id, refund.asked_by_name = by.user_id, by.name[:120]
    refund.save(force_insert=True)
    deed = deeds.require(refund)
    writing.audit(deed, refund, writing.created(refund))
    writing.settle(deed, row, before)
    publish(RefundRequested(refund_id=refund.pk))
    here("refund.after_promise")
    return refund


def hold(payment: Payment, minor: int) -> bool:
    """Set so much of what came aside to go back, by a condition and a change in one. False where too little is left."""
    fitting = Payment.objects.filter(pk=payment.pk, held_minor__lte=F("captured_minor") - minor)
    held = fitting.update(held_minor=F("held_minor") + minor)
    payment.refresh_from_db(fields=["held_minor", "captured_minor"])
    return bool(held)


@action(label="Send")
def claim(refund: Refund, *, by: Actor) -> Refund:
    """Take it upon oneself to ask the gateway. Refuses with 409 `payment_under_way` while another does, `wrong_state` at its end."""
    if refund.status == "sending" and context.now() - refund.status_since < lease():
        raise PaymentUnderWay()
    states.REFUND.move(refund, "claim")
    return refund


@action(label="Lose sight")
def lose(refund: Refund, *, by: Actor, why: str) -> Refund:
    """No usable answer came, so what the gateway did is unknown until it says. Does nothing where it has said by now."""
    if refund.status == "sending":
        states.REFUND.move(refund, "lose")
    if refund.status in states.PENDING:
        refund.trouble = why[:300]
    return refund


@action(label="Record")
def record(refund: Refund, *, by: Actor, answer: InstanceOf[Answer]) -> Refund:
    """Book what the gateway said of a refund, once however often it is said. The payment is held meanwhile.

    Refuses with 409 `gateway_disagrees` an answer about another amount, currency or refund, or one against what it said
    before; then nothing is booked.
    """
    payment = Payment.objects.get(pk=refund.payment_id)
    _compare(refund, payment, answer)
    refund.gateway_id = answer.gateway_id or refund.gateway_id
    if answer.status == "succeeded" and refund.status != "succeeded":
        _give_back(refund, payment)
    elif answer.status == "failed" and refund.status in states.PENDING:
        states.REFUND.move(refund, "fail")
        refund.failure_code, refund.failure_sentence = (
            (answer.failure_code or "failed")[:48],
            answer.failure_sentence[:300],
        )
        refund.trouble = ""
        _settle(payment, held=-refund.amount.amount)
        publish(RefundFailed(refund_id=refund.pk, payment_id=payment.pk, subject=payment.subject))
    return refund


def _compare(refund: Refund, payment: Payment, answer: Answer) -> None:
    said = answer.status == "succeeded"
    if answer.amount != refund.amount and (said or answer.amount is not None):
        raise GatewayDisagrees(what=f"it gave {answer.amount} back, and {refund.amount} was asked for")
    if answer.subject not in ("", payment.subject):
        raise GatewayDisagrees(what=f"it gave money back for {answer.subject}, and not for {payment.subject}")
    if said and not answer.gateway_id:
        raise GatewayDisagrees(what="it gave the money back under no id")
    if refund.gateway_id and answer.gateway_id not in ("", refund.gateway_id):
        raise GatewayDisagrees(what=f"it calls this refund {answer.gateway_id}, and {refund.gateway_id} before")
    same = Refund.objects.filter(payment__gateway=payment.gateway, gateway_id=answer.gateway_id).exclude(pk=refund.pk)
    if answer.gateway_id and same.exists():
        raise GatewayDisagrees(what=f"{answer.gateway_id} is another refund")
    if refund.status == "succeeded" and not said:
        raise GatewayDisagrees(what=f"this is {answer.status}, and the money had gone back")


def _give_back(refund: Refund, payment: Payment) -> None:
    states.REFUND.move(refund, "succeed")
    refund.trouble, refund.is_stuck = "", False
    deed = deeds.require(refund)
    move = MoneyMove(
        payment=payment, refund=refund, kind=MoneyMove.Kind.REFUNDED, gateway=payment.gateway,
        gateway_id=refund.gateway_id, at=deed.at, deed=deed.id,
    )  # fmt: skip
    move.amount = refund.amount
    append(move)
    _settle(payment, refunded=refund.amount.amount)
    publish(RefundSucceeded(refund_id=refund.pk, payment_id=payment.pk, subject=payment.subject))


def _settle(payment: Payment, *, held: int = 0, refunded: int = 0) -> None:
    """Change what the payment, which is locked with its refund, says of money that goes back."""
    before = writing.snapshot(payment)
    payment.held_minor += held
    payment.refunded_minor += refunded
    writing.settle(deeds.require(payment), payment, before)


@action(label="Return extra money", audited=False)
def return_extra(payment: Payment | int, /, *, by: Actor) -> Refund | None:
    """Ask all the money of a payment back that came though another had taken its place.

    None where that is done, or is not so, or the gateway refused it: then people decide what becomes of it.
    """
    row = lock(Payment, payment)
    left = row.captured_minor - row.held_minor
    if not row.is_extra or not left or row.refunds.filter(status__in=states.LEFT).exists():
        return None
    return request_refund(row, by=by, amount=Money(left, row.amount.currency), reason=EXTRA)


def is_pending(refund: Refund) -> bool:
    """Is there anything to ask the gateway about?"""
    return refund.status in states.PENDING


@action(label="Ask the gateway", icon="sync", when=is_pending)
def reconcile(refund: Refund, *, by: Actor) -> Refund:
    """Have the gateway asked what became of it, and have it sent if it never was; the answer is recorded within seconds."""
    publish(ReconcileAsked(payment_id=0, refund_id=refund.pk))
    return refund


def has_failed(refund: Refund) -> bool:
    """Did the gateway refuse it, and has nobody tried again?"""
    return refund.status == "failed"


def what_is_tried(refund: Refund) -> str:
    """What trying again does, in numbers."""
    return f"{refund.amount} is asked of the gateway once more, as a new refund for the same reason."


@action(label="Try again", icon="replay", when=has_failed, effect=what_is_tried)
def try_again(refund: Refund, *, by: Actor) -> Refund:
    """Ask for the money of a failed refund once more: a new refund of as much, for the same reason. Once for each that failed.

    Refuses with 409 `wrong_state` one that has not failed or was tried again, `refund_exceeds_capture` where its money has gone
    back otherwise meanwhile, and `disputed` where the payer's bank is taking it, or took it.
    """
    states.REFUND.move(refund, "try_again")
    again = Refund(payment=lock(Payment, refund.payment_id), repeats=refund, reason=refund.reason, about=refund.about)
    again.amount = refund.amount
    _refuse_what_banks_took(again)
    _promise(again, by)
    return refund


def what_is_given_up(refund: Refund) -> str:
    """What giving it up does, in numbers."""
    return f"Nobody asks the gateway for {refund.amount} again, and the books go on as if it had never been asked back."


@action(label="Give up", icon="do_not_disturb_on", when=has_failed, effect=what_is_given_up)
def give_up(refund: Refund, *, by: Actor, reason: Why) -> Refund:  # type: ignore[valid-type]
    """Leave a failed refund be: its money is settled outside of the gateway, or a bank has it. The reason is kept with it.

    No money moves, and what it was for may be given back by another refund. Refuses with 409 `wrong_state` one that has not failed
    or was tried again.
    """
    states.REFUND.move(refund, "give_up")
    return refund


def _refuse_what_banks_took(refund: Refund) -> None:
    """What a payer's bank takes, or has taken, back is not given back a second time. The payment is locked."""
    paid = refund.payment
    rows = paid.chargebacks.filter(status__in=("open", "lost"))
    taken = rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    if taken and refund.amount.amount > paid.captured_minor - paid.held_minor - taken:
        raise Disputed()
