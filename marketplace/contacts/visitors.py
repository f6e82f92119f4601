"""Visitors as keyed hashes: the same for one day, unlinkable from one day to another, meaningless once salts are forgotten."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.conf import settings

from marketplace.contacts.classes import REPEAT_WITHIN
from marketplace.contacts.models import VisitorSalt

KEPT = timedelta(days=1)
_salts: dict[date, str] = {}


@dataclass(frozen=True)
class Visitor:
    """One visitor today: `key` is stored, `recent` are the keys under which the last half hour may know them.

    `source` is what their limit is counted by: whatever browser they claim to have, and no more an address than the rest.
    """

    key: str
    recent: Sequence[str]
    source: str


def visitor_of(address: str, agent_family: str, *, user_id: int | None, at: datetime) -> Visitor:
    """The visitor behind a request: a signed-in person wherever they are, else a network address with a browser family.

    Just after midnight the day before counts as well, so that a repeat is a repeat.
    """
    who = f"person {user_id}" if user_id is not None else f"address {address} {agent_family}"
    days = dict.fromkeys((at.date(), (at - REPEAT_WITHIN).date()))
    keys = [keyed(who, day) for day in days]
    source = f"person {user_id}" if user_id is not None else f"address {address}"
    return Visitor(keys[0], tuple(keys), keyed(source, at.date()))


def keyed(who: str, day: date) -> str:
    """The hash of a visitor under a day's salt and the platform's own secret: neither alone is enough to guess it."""
    key = f"{settings.SECRET_KEY}{salt_of(day)}".encode()
    return hmac.new(key, who.encode(), sha256).hexdigest()[:32]


def salt_of(day: date) -> str:
    """The day's salt, made at its first use; then those of former days are forgotten."""
    if day not in _salts:
        VisitorSalt.objects.bulk_create([VisitorSalt(day=day, secret=secrets.token_hex(32))], ignore_conflicts=True)
        secret = VisitorSalt.objects.values_list("secret", flat=True).get(day=day)
        forget_before(day - KEPT)
        _salts[day] = secret
    return _salts[day]


def forget_before(day: date) -> int:
    """Destroy the salts of days before this one: what they hashed can never be linked to anybody again."""
    for known in [each for each in _salts if each < day]:
        del _salts[known]
    forgotten, _by_model = VisitorSalt.objects.filter(day__lt=day).delete()
    return forgotten
