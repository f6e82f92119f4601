"""Sending payouts in three steps: claim, ask the gateway under a key that stays the same, record what it said."""

from contextlib import suppress

import structlog

from core import context
from core.errors import WrongState
from core.faults import here
from core.rules import Actor
from marketplace.payments.breakers import breaker_of
from marketplace.payments.errors import GatewayDisagrees
from marketplace.payments.gateways import Answer, GatewayFault
from marketplace.payouts import actions, states
from marketplace.payouts.gateways import OFFLINE, TransferGateway, gateway_of
from marketplace.payouts.models import Payout

log = structlog.get_logger("payouts")


def send(payout: Payout) -> Payout:
    """Have an approved payout sent. One that somebody has begun is asked about first, and sent again only if the gateway has
    not heard of it. What is settled by hand is left alone. Refuses with 503 `gateway_unavailable` before anything is claimed,
    with 409 `payout_under_way` while somebody else asks."""
    if payout.gateway == OFFLINE or payout.status not in ("approved", *states.ASKED):
        return payout
    gateway = gateway_of(payout.gateway)
    breaker_of(gateway.name).pass_through()
    if payout.status in states.ASKED:
        try:
            answer = _find(gateway, payout)
        except GatewayFault as fault:
            log.warning("gateway_not_asked", about=payout.reference, why=str(fault))
            return payout
        if answer is not None:
            return _book(payout, answer)
    with suppress(WrongState):  # somebody else has the answer by now
        payout = actions.claim(payout.pk, by=_by(payout))
        here("payout.after_claim")
        return _ask(gateway, payout)
    return Payout.objects.get(pk=payout.pk)


def _find(gateway: TransferGateway, payout: Payout) -> Answer | None:
    payout.asked_at = context.now()
    payout.save(update_fields=["asked_at"])
    with breaker_of(gateway.name).watching():
        return gateway.find_transfer(key=payout.key)


def _ask(gateway: TransferGateway, payout: Payout) -> Payout:
    amount, to = payout.amount, payout.account.number
    try:
        with breaker_of(gateway.name).watching():
            answer = gateway.transfer(key=payout.key, amount=amount, destination=to, subject=payout.reference)
    except GatewayFault as fault:
        return actions.lose(payout.pk, by=_by(payout), why=f"No usable answer came: {fault}")
    here("payout.after_gateway")
    return _book(payout, answer)


def _book(payout: Payout, answer: Answer) -> Payout:
    """Record what was said. What cannot be believed stays open, for people to look at."""
    try:
        payout = actions.record(payout.pk, by=_by(payout), answer=answer)
    except GatewayDisagrees as refusal:
        log.error("gateway_disagrees", about=payout.reference, why=refusal.detail)
        return actions.lose(payout.pk, by=_by(payout), why=refusal.detail)
    here("payout.after_record")
    if answer.status == "processing" and payout.status == "sending":
        return actions.lose(payout.pk, by=_by(payout), why="The gateway has it and has not sent it yet.")
    return payout


def _by(payout: Payout) -> Actor:
    return Actor.system(f"{payout.gateway} gateway")
