"""What stands beside a listing on its page in the admin: higher domains say it here, so that this one need not know them."""

from collections.abc import Callable
from typing import Any

from core.rules import Actor
from marketplace.catalog.models import Listing

type Beside = Callable[[Listing, Actor], list[tuple[str, Any]]]
_beside: list[Beside] = []


def beside_listing(say: Beside) -> Beside:
    """Register facts, as (title, words), to be shown to whoever may see the listing."""
    _beside.append(say)
    return say


def said_of(listing: Listing, actor: Actor) -> list[tuple[str, Any]]:
    """All that is said of a listing."""
    return [fact for say in _beside for fact in say(listing, actor)]
