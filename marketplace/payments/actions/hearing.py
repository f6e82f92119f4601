"""What a gateway told is kept once, acted on later, and may be acted on again."""

from django.db import IntegrityError, transaction

from core import deeds, writing
from core.actions import action
from core.events import append, publish
from core.rules import Actor
from marketplace.payments import states
from marketplace.payments.events import WebhookReceived
from marketplace.payments.gateways import GatewayEvent
from marketplace.payments.models import WebhookAttempt, WebhookDelivery

Outcome = WebhookAttempt.Outcome


@action(label="Receive", audited=False)
def receive(event: GatewayEvent, /, *, by: Actor, gateway: str, body: str) -> WebhookDelivery | None:
    """Keep an event whose signature was good, to be acted on after the commit. None where it is kept already."""
    row = WebhookDelivery(
        gateway=gateway, event_id=event.event_id, kind=event.kind, gateway_id=event.gateway_id, key=event.key,
        about=event.about, body=body,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return None
    writing.audit(deeds.require(row), row, writing.created(row))
    publish(WebhookReceived(delivery_id=row.pk))
    return row


@action(label="Note")
def note(delivery: WebhookDelivery, *, by: Actor, outcome: str, error: str = "") -> WebhookDelivery:
    """Keep what came of a try. What was applied or refused waits no longer."""
    deed = deeds.require(delivery)
    append(WebhookAttempt(delivery=delivery, at=deed.at, outcome=outcome, error=error[:500]))
    verb = {Outcome.APPLIED: "apply", Outcome.REFUSED: "refuse"}.get(Outcome(outcome))
    if verb and delivery.status == "waiting":
        states.DELIVERY.move(delivery, verb)
    return delivery


@action(label="Replay", icon="replay")
def replay(delivery: WebhookDelivery, *, by: Actor) -> WebhookDelivery:
    """Act on it once more: what it is about is asked of the gateway again. Refuses with 409 `wrong_state` while it waits."""
    states.DELIVERY.move(delivery, "replay")
    publish(WebhookReceived(delivery_id=delivery.pk))
    return delivery
