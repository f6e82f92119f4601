"""A query finds nothing: noted in a buffer and nowhere else, without a trace of who asked; counted later by a task."""

import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import redis
import structlog
from django.conf import settings

from core.buffers import buffer
from core.limits import spend
from core.rules import Actor
from marketplace.contacts.agents import agent_of
from marketplace.search.models import folded_query

log = structlog.get_logger("unmet")
#: The buffer in which searches without hits wait.
UNMET = "unmet"
#: The same person who asks the same again within so many seconds asks once: pages are turned and buttons pressed twice.
ONCE_IN = 1800
AGAIN = "again"
#: An address or a number of somebody: seven digits or more, however they are parted. Such a query is not kept.
PERSONAL = re.compile(r"@|(?:\d[\s().+/_-]*){7}")


@dataclass(frozen=True)
class Mark:
    """What is kept of a search without hits until it is counted."""

    query: str
    place: str
    meant: str

    def __str__(self) -> str:
        return json.dumps([self.query, self.place, self.meant])

    @classmethod
    def read(cls, text: str) -> "Mark":
        return cls(*json.loads(text))


def note(text: str, place: Any, meant: str, *, by: Actor, address: str, agent: str) -> None:
    """Somebody searches and finds nothing. Writes nothing to the database, and never fails: without Redis it is not counted."""
    query = folded_query(text)
    if not query or PERSONAL.search(text) or agent_of(agent).is_bot:
        return
    mark = Mark(query, "" if place is None or isinstance(place, list | tuple) else str(place)[:80], meant)
    try:
        source = _keyed(f"person {by.user_id}" if by.is_signed_in else f"address {address}")
        if spend("unmet", source).allowed and spend("unmet_all", "market").allowed:
            who = _keyed(f"{source} {agent} {query} {mark.place}")
            buffer(UNMET).note_once(who, ONCE_IN, first=str(mark), again=AGAIN)
    except redis.RedisError as fault:
        log.error("unmet_search_not_counted", fault=type(fault).__name__)


def _keyed(who: str) -> str:
    """A visitor for half an hour in the buffer: a keyed hash that is stored nowhere else."""
    return hmac.new(settings.SECRET_KEY.encode(), who.encode(), sha256).hexdigest()[:32]


def read(counts: Mapping[str, int]) -> dict[Mark, int]:
    """What a batch says, less what was only asked again."""
    return {Mark.read(text): count for text, count in counts.items() if text != AGAIN}
