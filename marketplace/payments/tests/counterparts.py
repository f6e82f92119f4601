"""Whom each gateway is tried against: the same cases for all, and a word on those that a counterpart cannot decide."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from typing import Any

from core.money import Money
from marketplace.payments.gateways import Answer, Gateway
from marketplace.payments.gateways.mock import connect
from marketplace.payments.mockgateway.control import GatewayProcess, Sent

#: Fixture → the cases (names of tests) that its counterpart cannot decide, with the reason. A gateway joins with a line here
#: and a fixture that makes a Counterpart. The mock gateway of our own decides every case.
COUNTERPARTS: dict[str, Mapping[str, str]] = {"mock_counterpart": {}}

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
    return counterpart.gateway.charge(
        key=key or new_key(), amount=TOTAL, source=counterpart.sources[source], subject=SUBJECT
    )


def at_once(times: int, ask: Callable[[], Answer]) -> list[Answer]:
    """All that was answered to one question, asked by so many threads."""
    with ThreadPoolExecutor(times) as pool:
        return [each.result() for each in [pool.submit(ask) for _ in range(times)]]
