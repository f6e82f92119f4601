"""The gateways whose payers pay on a page of theirs, with our stand-ins for them."""

from typing import Any

from core.money import Money
from marketplace.payments.gateways.chapa import ChapaGateway
from marketplace.payments.gateways.paypal import PayPalGateway
from marketplace.payments.standins.control import StandInProcess
from marketplace.payments.standins.paypal import CLIENT, WEBHOOK
from marketplace.payments.tests.counterparts import Counterpart

MANNERS: dict[str, dict[str, Any]] = {
    "drop the reply": {"drop_replies": 2},  # what may be put twice is put twice
    "leave refunds open": {"pending_refunds": True},
    "be down": {"down": True},
    "be up": {"down": False},
    "say it twice": {"duplicate": 2},
}


def chapa_counterpart(process: StandInProcess) -> Counterpart:
    """Chapa's client with the stand-in for Chapa."""
    gateway = ChapaGateway(url=process.url, secret=process.secret, webhook_secret=process.secret)
    return _counterpart(
        process, gateway, "chapa", ("secret", "header", "body"), {"payment.succeeded": "charge.success"}
    )


def paypal_counterpart(process: StandInProcess) -> Counterpart:
    """PayPal's client with the stand-in for PayPal."""
    gateway = PayPalGateway(url=process.url, client=CLIENT, secret=process.secret, webhook=WEBHOOK)
    kinds = {"payment.succeeded": "PAYMENT.CAPTURE.COMPLETED", "refund.succeeded": "PAYMENT.CAPTURE.REFUNDED"}
    return _counterpart(process, gateway, "paypal", ("secret", "header", "body", "old", "future"), kinds)


def _counterpart(
    process: StandInProcess, gateway: Any, of: str, forgeries: tuple[str, ...], kinds: dict[str, str]
) -> Counterpart:
    def moved() -> list[tuple[str, Money]]:
        return [(line["kind"], Money(line["amount"], line["currency"])) for line in process.moved_by(of)]

    return Counterpart(
        gateway=gateway,
        sources=dict.fromkeys(("good", "declined", "asks"), "page"),
        misbehave=lambda manner: process.switch(**MANNERS[manner]),
        settle=process.settle,
        webhooks=lambda: process.told_by(of),
        forge=lambda how: process.switch(forged=how),
        stopped=process.stopped,
        moved=moved,
        forgeries=forgeries,
        kinds=kinds,
        has_page=True,
        finds_by_key=of != "paypal",
        stranger="7XB01234567890123",
    )
