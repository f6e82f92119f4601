"""How carriers over HTTP are asked, and the faults in which that ends: those of the port, and no others."""

from typing import Any

import orjson
from django.conf import settings

from core import asking
from marketplace.shipping.carriers import CarrierDown, NotCarried, NotKnown, OutcomeUnknown, Parcel

LEAST_GRAMS = 500  # what a parcel of unknown weight is told as: no carrier quotes for nothing
BOX_CM = (30, 20, 15)  # what a parcel is told to measure: the market knows no sizes


def kilograms(parcel: Parcel) -> orjson.Fragment:
    """A JSON number of kilograms, written out digit by digit."""
    whole, rest = divmod(max(parcel.weight_grams, LEAST_GRAMS), 1000)
    return orjson.Fragment(f"{whole}.{rest:03d}")


def told(
    method: str,
    url: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes | None = None,
    params: dict[str, str] | None = None,
    basic: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """Ask a carrier. 404 is NotKnown, other refusals of what was asked are NotCarried; of who asks, or how often, CarrierDown."""
    try:
        sent = ({"Content-Type": "application/json"} if body is not None else {}) | (headers or {})
        reply = asking.ask(
            method, url, seconds=settings.CARRIER_SECONDS, headers=sent, content=body, params=params, auth=basic
        )
        if reply.status in (401, 403, 429):
            raise CarrierDown(f"It answered with {reply.status}.")
        if reply.status == 404:
            raise NotKnown("It knows no such thing.")
        if 400 <= reply.status < 500:
            raise NotCarried(f"It answered with {reply.status}.")
        if not 200 <= reply.status < 300:
            raise OutcomeUnknown(f"It answered with {reply.status}.")
        return reply.said
    except asking.NotAsked as fault:
        raise CarrierDown(str(fault)) from fault
    except asking.NoReply as fault:
        raise OutcomeUnknown(str(fault)) from fault


def sentence(said: Any) -> str:
    """What people read: of bounded length, and nothing in it that a database or a page would stumble over."""
    return "".join(each for each in str(said or "") if each.isprintable())[:200].strip()


def word(said: Any) -> str:
    """A number or code of theirs: short, and of letters and digits. ValueError for anything else."""
    text = str(said)
    if not (text.isascii() and text.replace("_", "").isalnum() and len(text) <= 60):
        raise ValueError("Not a word of theirs.")
    return text
