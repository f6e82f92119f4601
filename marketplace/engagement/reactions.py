"""What engagement does when something fits a search."""

from core.events import later
from marketplace.engagement import flows
from marketplace.engagement.events import SearchesMatched


@later(SearchesMatched)
def mail_matches(event: SearchesMatched) -> None:
    """Whose searches they are gets one mail about all of them."""
    flows.mail_matches(event.user_id, event.matches)
