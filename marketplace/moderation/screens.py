"""What moderators see in the admin: the two queues with their chips, and their own last decisions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html

from core.admin.landing import Panel, Queue, changelist_url
from core.resources.admin.rows import Button, buttons, legal_verbs, row_url
from core.rules import Actor, scope
from marketplace.catalog.actions import take_back
from marketplace.catalog.models import Listing, Revision
from marketplace.catalog.queries import listings_waiting, revisions_waiting
from marketplace.catalog.resources import Listings
from marketplace.moderation.models import Decision
from marketplace.moderation.queries import Facts, facts_of, my_decisions
from marketplace.moderation.risk import price_words

LAST = 10
PENDING = {"status": "pending"}


@dataclass(frozen=True)
class HintedQueue(Queue):
    """A queue whose rows tell price, vendor's record and hints; the facts of all rows are read together."""

    def draw(self, actor: Actor) -> dict[str, Any]:
        listings = [listing_of(row) for row in self.query(actor)[: self.most]]
        facts = facts_of(listings)
        hinted = replace(self, chips=lambda row: chips(listing_of(row), facts[listing_of(row).pk]))
        return Queue.draw(hinted, actor)


def listing_of(row: Listing | Revision) -> Listing:
    return row if isinstance(row, Listing) else row.listing


def chips(listing: Listing, facts: Facts) -> Sequence[str]:
    """Who sells it and with what record, what it costs and what is usual, and each reason to look twice."""
    said = [f"{listing.vendor.name}: {facts.standing.words}"]
    if listing.price is not None:
        usual = price_words(facts.usual)
        said.append(f"{listing.price}, {usual}" if usual else str(listing.price))
    return [*said, *(format_html('<b title="{}">{}</b>', hint.sentence, hint.chip) for hint in facts.hints)]


LISTINGS = HintedQueue(
    title="Listings that wait",
    query=listings_waiting,
    verbs=("approve", "reject", "request_changes"),
    filters=PENDING,
    done="No listing waits.",
)
CHANGES = HintedQueue(
    title="Changes that wait",
    query=revisions_waiting,
    verbs=("approve_revision", "reject_revision"),
    filters=PENDING,
    done="No changes wait.",
)


def last_decisions(actor: Actor) -> dict[str, Any]:
    """The moderator's last ten decisions, each with its way to what was judged and, while it may be taken back, with undo."""
    rows = list(my_decisions(actor)[:LAST])
    undo = undo_buttons(actor, rows)
    return {
        "decisions": [
            {"row": row, "link": row_url(row.listing or row.vendor), "undo": undo.get(row.pk)} for row in rows
        ],
        "more": changelist_url(Decision, {"by_id": str(actor.user_id)}) if rows else "",
    }


def undo_buttons(actor: Actor, rows: Sequence[Decision]) -> dict[int, Button]:
    """By the key of a decision (the latest first), the button that takes it back: of the last one about each listing."""
    last = {row.listing: row for row in reversed(rows) if row.subject == Decision.Subject.LISTING and row.listing}
    legal = legal_verbs(actor, Listings, list(last))
    return {
        row.pk: replace(buttons(listing, [take_back])[0], label="Undo", main=False, key="")
        for listing, row in last.items()
        if take_back in legal[listing.pk]
    }


DECISIONS = Panel("My last ten decisions", "moderation/decisions.html", last_decisions, aside=True)


def queue_link() -> str:
    """The list of listings that wait."""
    return f"{reverse('admin:catalog_listing_changelist')}?status=pending"


def pending(actor: Actor) -> QuerySet:
    """Listings that wait, for the badge in the sidebar."""
    return scope(actor, Listing).filter(status="pending")


def changes_pending(actor: Actor) -> QuerySet:
    """Changes that wait for this actor: work only for those who judge."""
    rows = scope(actor, Revision).filter(status="pending")
    return rows if actor.has("moderate_listings") else rows.none()
