"""Whom each gateway is tried against: the same cases for all, and a word on those that a counterpart cannot decide."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from core.money import Money
from marketplace.payments.gateways import Answer, Gateway
from marketplace.payments.gateways.mock import connect
from marketplace.payments.mockgateway.control import GatewayProcess, Sent
from marketplace.payments.tests import excuses

#: Fixture → the cases (names of tests) that its counterpart cannot decide, with the reason. A gateway joins with a line here
#: and a fixture that makes a Counterpart. The mock gateway of our own decides every case.
COUNTERPARTS: dict[str, Mapping[str, str]] = {
    "mock_counterpart": {},
    "localstripe_counterpart": excuses.LOCALSTRIPE,
    "stateful_counterpart": excuses.STATEFUL,
    "chapa_counterpart": excuses.CHAPA,
    "paypal_counterpart": excuses.PAYPAL,
}

#: What a thief or a fault makes of a webhook; "" is a genuine one.
FORGERIES = ("secret", "header", "v0", "body", "old", "future")

SUBJECT = "SK-7K3M-Q9XF-2DWP"
TOTAL = Money(150_000, "KES")
_numbers = count(1)


@dataclass(frozen=True)
class Counterpart:
    """A gateway of ours with somebody who answers it. `sources` says by which word its answers are had."""

    gateway: Gateway
    sources: Mapping[str, str]
    #: Make it do something to whoever asks next: "drop the reply", "leave refunds open".
    misbehave: Callable[[str], None]
    #: Decide what waits: settle(gateway_id, approve=True).
    settle: Callable[..., None]
    #: The webhooks that went out since the beginning.
    webhooks: Callable[[], list[Sent]]
    #: Turn forgeries on: forge("old").
    forge: Callable[[str], None]
    #: Nobody listens within the block.
    stopped: Callable[[], AbstractContextManager[None]]
    #: All that moved, as the counterpart's own books say: (captured or refunded, amount).
    moved: Callable[[], list[tuple[str, Money]]]
    #: What it can make of a webhook that is not its own, or not of this moment.
    forgeries: tuple[str, ...] = FORGERIES
    #: What it calls what happened.
    kinds: Mapping[str, str] = field(default_factory=dict)
    #: Its payer pays on a page of its own, after the charge: a good source is one who does, a declined one who turns away.
    has_page: bool = False
    #: It knows a payment by our key, too: otherwise by nothing but its own id.
    finds_by_key: bool = True
    #: An id as it gives them, that it never gave.
    stranger: str = "pay_0123456789abcdef01234567"

    def kind(self, ours: str) -> str:
        """What this gateway calls it."""
        return self.kinds.get(ours, ours)


def mock_counterpart(process: GatewayProcess) -> Counterpart:
    """The gateway named mock with the mock gateway server, which decides everything."""
    manners: dict[str, dict[str, Any]] = {
        "drop the reply": {"drop_replies": 1},
        "leave refunds open": {"pending_refunds": True},
        "keep what waits": {"keep_waiting": True},
        "be down": {"down": True},
        "be up": {"down": False},
        "change its secret": {"other_secret": "whsec_that_comes_next"},
        "say it twice": {"duplicate": 2},
    }
    return Counterpart(
        gateway=connect(),
        sources={
            "good": "tok_ok",
            "declined": "tok_declined",
            "poor": "tok_no_funds",
            "asks": "tok_requires_action",
            "waits": "tok_processing",
            "mute": "tok_drop_reply",
            "down": "tok_down",
        },
        misbehave=lambda manner: process.switch(**manners[manner]),
        settle=process.settle,
        webhooks=process.webhooks,
        forge=lambda how: process.switch(forged=how),
        stopped=process.stopped,
        moved=lambda: [(line["kind"], Money(line["amount"], line["currency"])) for line in process.statement()],
    )


def new_key() -> str:
    return f"KEY-{next(_numbers):08}"


def charged(counterpart: Counterpart, source: str = "good", *, key: str = "") -> Answer:
    """What the gateway says to the usual amount from a source of that sort."""
    gateway, key = counterpart.gateway, key or new_key()
    answer = gateway.charge(key=key, amount=TOTAL, source=counterpart.sources[source], subject=SUBJECT)
    if not counterpart.has_page or answer.status != "requires_action" or source not in ("good", "declined"):
        return answer
    counterpart.settle(answer.gateway_id, approve=source == "good")
    return taken(counterpart, answer.gateway_id)


def taken(counterpart: Counterpart, gateway_id: str) -> Answer:
    """What a payment is once its payer has decided, and we have taken what was consented to."""
    gateway = counterpart.gateway
    answer = gateway.fetch(gateway_id)
    if answer.status != "requires_capture":
        return answer
    return gateway.capture(key=f"{gateway_id}-C", gateway_id=gateway_id, amount=TOTAL)


def known(counterpart: Counterpart, key: str, answer: Answer) -> Answer | None:
    """What the gateway knows of a payment, by our key wherever it knows it by that."""
    gateway = counterpart.gateway
    return gateway.find(key=key) if counterpart.finds_by_key else gateway.fetch(answer.gateway_id)


def at_once(times: int, ask: Callable[[], Answer]) -> list[Answer]:
    """All that was answered to one question, asked by so many threads."""
    with ThreadPoolExecutor(times) as pool:
        return [each.result() for each in [pool.submit(ask) for _ in range(times)]]
