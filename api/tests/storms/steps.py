"""Steps that a storm takes in a process of its own (stage.py): `[{"do": "cancel", "of": ["SK-…"], "at": "…"}]`.

`do` is a function below, or the path of one that takes nothing. A step with `at` is taken by a child that dies at this crash point
(SIGKILL: nothing is cleaned up, what was begun is rolled back by PostgreSQL alone). What each came to is "done", the code of a refusal,
"killed", or a fault.
"""

import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib import import_module
from typing import Any


def arrived(*orders: str) -> None:
    """All that is in these paid orders was sent, came, and may be paid out."""
    from django.utils import timezone

    from marketplace.ledger import tasks as ledger
    from marketplace.ledger.tests.factories import delivered
    from marketplace.orders.models import VendorOrder

    shares = VendorOrder.objects.filter(order__reference__in=orders)
    for share in shares.order_by("pk"):
        delivered(share)
    shares.update(state_since=timezone.now() - timedelta(days=400))
    ledger.catch_up()


def cancel(order: str) -> None:
    """The market calls an order off."""
    from marketplace.orders import actions
    from marketplace.orders.models import Order

    actions.cancel(Order.objects.get(reference=order).pk, by=_system(), reason="The vendor asked us to.")


def refund(order: str) -> None:
    """All the money of an order is asked back."""
    from marketplace.orders import actions
    from marketplace.orders.models import Order

    actions.refund(Order.objects.get(reference=order).pk, by=_system(), reason="It takes too long.")


def complete(order: str) -> None:
    """Somebody notices that the money of an order has come."""
    from marketplace.orders import actions
    from marketplace.orders.models import Order

    actions.complete(Order.objects.get(reference=order).pk, by=_system())


def send_refunds(order: str) -> None:
    """What of an order is to go back is sent, as soon as it was asked for."""
    from marketplace.payments import flows
    from marketplace.payments.models import Refund

    for each in Refund.objects.filter(payment__subject=order).select_related("payment").order_by("pk"):
        flows.reconcile_refund(each)


def prepare(*vendors: int) -> None:
    """A payout of these vendors is prepared, and approved by somebody else."""
    from marketplace.payouts import actions
    from marketplace.payouts.actions import preparing

    batch = actions.prepare(by=_system())
    if batch is not None:
        preparing.approve(batch.pk, by=_system())


def send_payout(vendor: int) -> None:
    """The payouts of a vendor are sent, or asked about."""
    from marketplace.payouts import flows
    from marketplace.payouts.models import Payout

    for each in Payout.objects.filter(vendor=vendor).order_by("pk"):
        flows.send(each)


def pay(order: str) -> None:
    """The buyer of an order pays, again and again with the same card."""
    from core.audiences import STOREFRONT
    from core.rules import actor_of
    from marketplace.orders import flows
    from marketplace.orders.models import Order

    found = Order.objects.get(reference=order)
    flows.pay(found, gateway="mock", source="tok_ok", by=actor_of(found.customer, STOREFRONT))


def told() -> None:
    """Everything that waits in the outbox is heard, here and now."""
    from django.test.utils import override_settings

    from core.relay import relay

    with override_settings(TASKS={"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}):
        while relay():
            pass


def _system() -> Any:
    from core.rules import Actor

    return Actor.system("storm")


def _function(name: str) -> Callable[..., object]:
    module, _dot, function = name.rpartition(".")
    return getattr(import_module(module), function) if module else globals()[name]


def _take(step: dict[str, Any]) -> str:
    from core.errors import DomainError

    try:
        _function(step["do"])(*step.get("of", ()))
    except DomainError as refusal:
        return refusal.code
    except Exception as fault:
        return f"{type(fault).__name__}: {fault}"
    return "done"


def _take_and_die(step: dict[str, Any]) -> str:
    from django.conf import settings
    from django.db import connections

    connections.close_all()  # what a child writes it writes over a connection of its own
    child = os.fork()
    if not child:
        settings.CRASH_AT = step["at"]
        said = _take(step)
        sys.stderr.write(f"It lived: {said}\n")
        sys.stderr.flush()
        os._exit(0)
    _pid, status = os.waitpid(child, 0)
    return "killed" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL else "lived"


def take_all(steps: Sequence[dict[str, Any]]) -> list[str]:
    return [_take_and_die(each) if each.get("at") else _take(each) for each in steps]
