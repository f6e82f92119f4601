"""A listing is looked at: noted in the buffer and nowhere else, judged by the same rules as a contact."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

import redis
import structlog
from django.conf import settings
from django.utils import timezone

from core import context
from core.buffers import Share, buffer
from core.limits import LIMITS
from core.rules import Actor
from marketplace.contacts.agents import NAMELESS, agent_of
from marketplace.contacts.classes import REPEAT_WITHIN, Circumstances, Klass, classify

log = structlog.get_logger("views")
#: The buffer in which views wait.
VIEWS = "views"


@dataclass(frozen=True)
class Mark:
    """What is kept of a view until it is counted. Whose it is matters only to tell a vendor's own people from others."""

    listing_id: int
    day: date
    klass: Klass
    user_id: int | None

    def __str__(self) -> str:
        return f"{self.listing_id}|{self.day}|{self.klass.value}|{self.user_id or ''}"

    @classmethod
    def read(cls, text: str) -> "Mark":
        listing, day, klass, user = text.split("|")
        return cls(int(listing), date.fromisoformat(day), Klass(klass), int(user) if user else None)


def note(listing_id: int, *, by: Actor, address: str, agent: str) -> None:
    """Somebody looks at a listing. Writes nothing to the database, and never fails: without Redis the view is not counted."""
    seen, day = agent_of(agent), timezone.localdate(context.now())

    def mark(**more: bool) -> str:
        verdict = classify(Circumstances(is_bot=seen.is_bot, is_nameless=seen is NAMELESS, **more))
        return str(Mark(listing_id, day, verdict.klass, by.user_id))

    try:
        if seen.is_bot:
            buffer(VIEWS).note(mark())
            return
        source = _keyed(f"person {by.user_id}" if by.is_signed_in else f"address {address}")
        who = source if by.is_signed_in else _keyed(f"address {address} {seen.family}")
        limit = LIMITS["view"]
        buffer(VIEWS).note_once(
            f"{listing_id}:{who}",
            int(REPEAT_WITHIN.total_seconds()),
            first=mark(),
            again=mark(is_repeat=True),
            share=Share(source, limit.quota * settings.LIMITS_FACTOR, limit.window, over=mark(is_over_limit=True)),
        )
    except redis.RedisError as fault:
        log.error("view_not_counted", fault=type(fault).__name__)


def _keyed(who: str) -> str:
    """A visitor for half an hour in the buffer: a keyed hash that is stored nowhere else."""
    return hmac.new(settings.SECRET_KEY.encode(), who.encode(), sha256).hexdigest()[:32]


def read(counts: Mapping[str, int]) -> dict[Mark, int]:
    """What a batch says."""
    return {Mark.read(text): count for text, count in counts.items()}
