"""Who reads the market's money as a whole."""

from core.audiences import OPERATIONS
from core.errors import Denied
from core.rules import Actor

GRANT = "view_money"


def sees_finance(actor: Actor) -> bool:
    """May the actor read all of the market's money? Vendors read their own elsewhere."""
    return actor.audience is OPERATIONS and actor.has(GRANT)


def require(actor: Actor) -> None:
    """Refuse with 403 who may not."""
    if not sees_finance(actor):
        raise Denied()
