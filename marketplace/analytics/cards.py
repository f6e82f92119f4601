"""The cards of the landing pages: each a number of rows, and the address of exactly those rows."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model, QuerySet

from core import context
from core.admin.landing import Card, changelist_url
from core.admin.words import age
from core.models import OutboxDelivery, OutboxEvent, ScheduledJob
from core.rules import Actor, scope
from marketplace.accounts.models import User
from marketplace.analytics.queries import valid_contacts
from marketplace.analytics.spans import last_days
from marketplace.catalog.models import Listing, LowStock, Revision
from marketplace.contacts.models import ContactClick
from marketplace.moderation.models import Decision
from marketplace.orders.models import Order, VendorOrder
from marketplace.payments.models import Payment
from marketplace.vendors.models import Vendor

MONTH = 30
SOON = timedelta(days=7)
PROMISE = timedelta(hours=24)


def in_state(model: type[Model], state: str) -> Callable[[Actor], QuerySet]:
    """The rows of a state."""
    return lambda actor: scope(actor, model).filter(status=state)


def since(
    model: type[Model], column: str, begins: Callable[[], datetime], rows: Callable[[Actor], QuerySet], **also: str
) -> dict[str, Any]:
    """The rows since a moment, and the link that shows them."""
    return {
        "query": lambda actor: rows(actor).filter(**{f"{column}__gte": begins()}),
        "link": lambda actor: changelist_url(model, {f"{column}_min": begins().isoformat(), **also}),
    }


def month() -> datetime:
    return last_days(MONTH).begins


def today() -> datetime:
    return last_days(1).begins


def soon() -> datetime:
    """The end of the day a week from now."""
    return last_days(1).ends + SOON


def oldest(_actor: Actor, rows: QuerySet) -> str:
    """How long the oldest has waited, against what vendors are promised."""
    first = rows.order_by("status_since").values_list("status_since", flat=True).first()
    if first is None:
        return ""
    return f"Oldest {age(first)}, promised within 24 h{': late' if context.now() - first > PROMISE else ''}."


def in_share_state(state: str) -> Callable[[Actor], QuerySet]:
    """The shares of orders in a state."""
    return lambda actor: scope(actor, VendorOrder).filter(state=state)


def longest(_actor: Actor, rows: QuerySet) -> str:
    """Since when the buyer of the oldest share has waited."""
    first = rows.order_by("state_since").values_list("state_since", flat=True).first()
    return f"Oldest {age(first)}." if first else ""


def expiring(actor: Actor) -> QuerySet:
    """Listings on show whose time ends within a week."""
    return scope(actor, Listing).filter(status="approved", expires_at__lte=soon())


def expiring_link(_actor: Actor) -> str:
    return changelist_url(Listing, {"status": "approved", "expires_at_max": soon().isoformat()})


LISTINGS_WAITING = Card(
    "Listings waiting", in_state(Listing, "pending"), {"status": "pending"},
    done="No listing waits.", icon="rule", tone="warning", note=oldest,
)  # fmt: skip
CHANGES_WAITING = Card(
    "Changes waiting", in_state(Revision, "pending"), {"status": "pending"},
    done="No changes wait.", icon="difference", tone="warning", note=oldest,
)  # fmt: skip
VENDORS_WAITING = Card(
    "Vendors to verify", in_state(Vendor, "pending"), {"status": "pending"},
    done="No vendor waits.", icon="verified", tone="warning", note=oldest,
)  # fmt: skip
DECIDED_TODAY = Card(
    "Decided today", icon="gavel", tone="primary", done="Nothing has been decided today.",
    **since(Decision, "at", today, lambda actor: scope(actor, Decision)),
)  # fmt: skip
ON_SHOW = Card(
    "Listings approved",
    in_state(Listing, "approved"),
    {"status": "approved"},
    icon="sell",
    tone="success",
    done="None yet.",
)
EXPIRING = Card(
    "Expiring within a week",
    expiring,
    link=expiring_link,
    icon="timer",
    tone="warning",
    done="None expires within a week.",
)
NEW_LISTINGS = Card(
    "Approved in 30 days", icon="add_circle", tone="primary", done="None in 30 days.",
    **since(Listing, "approved_at", month, lambda actor: scope(actor, Listing)),
)  # fmt: skip
NEW_VENDORS = Card(
    "New vendors in 30 days", icon="storefront", tone="primary", done="None in 30 days.",
    **since(Vendor, "created_at", month, lambda actor: scope(actor, Vendor)),
)  # fmt: skip
SUSPENDED = Card(
    "Suspended vendors", in_state(Vendor, "suspended"), {"status": "suspended"},
    icon="pause_circle", tone="danger", done="No vendor is suspended.",
)  # fmt: skip
CONTACTS_MONTH = Card(
    "Contacts in 30 days", icon="call", tone="primary", done="Nobody has called or written in 30 days.",
    **since(ContactClick, "at", month, valid_contacts, klass="valid"),
)  # fmt: skip
CONTACTS_TODAY = Card(
    "Contacts today", icon="call", tone="primary", done="Nobody has called or written today.",
    **since(ContactClick, "at", today, valid_contacts, klass="valid"),
)  # fmt: skip
DEACTIVATED = Card(
    "Deactivated accounts", lambda actor: scope(actor, User).filter(is_active=False), {"is_active": "false"},
    icon="person_off", tone="warning", done="Every account is active.",
)  # fmt: skip
EVENTS_WAITING = Card(
    "Events to be told", lambda actor: scope(actor, OutboxEvent).filter(relayed_at=None), {"has_relayed_at": "false"},
    icon="bolt", tone="warning", done="Everything has been told.",
)  # fmt: skip
GIVEN_UP = Card(
    "Deliveries given up", lambda actor: scope(actor, OutboxDelivery).exclude(failed_at=None), {"has_failed_at": "true"},
    icon="outbound", tone="danger", done="None has been given up.",
)  # fmt: skip
FAILED_SCHEDULES = Card(
    "Schedules that failed", lambda actor: scope(actor, ScheduledJob).exclude(last_fault=""),
    icon="schedule", tone="danger", done="All ran well.", link=lambda _actor: "",
)  # fmt: skip
CHANGES_REQUESTED = Card(
    "Changes asked of you", in_state(Listing, "changes_requested"), {"status": "changes_requested"},
    icon="edit_note", tone="warning", done="Nothing to change.",
)  # fmt: skip
REJECTED = Card(
    "Rejected",
    in_state(Listing, "rejected"),
    {"status": "rejected"},
    icon="block",
    tone="danger",
    done="None was rejected.",
)
DRAFTS = Card(
    "Drafts to finish",
    in_state(Listing, "draft"),
    {"status": "draft"},
    icon="draft",
    tone="primary",
    done="No draft is left.",
)
IN_REVIEW = Card(
    "Waiting for review", in_state(Listing, "pending"), {"status": "pending"},
    icon="hourglass_top", tone="primary", done="Nothing is in review.",
)  # fmt: skip
LOW_STOCK = Card(
    "Low stock", lambda actor: scope(actor, LowStock),
    icon="production_quantity_limits", tone="warning", done="Nothing runs low.",
)  # fmt: skip
TO_ACCEPT = Card(
    "Orders to accept", in_share_state("to_accept"), {"state": "to_accept"},
    done="No order waits for you.", icon="shopping_bag", tone="warning", note=longest,
)  # fmt: skip
TO_SHIP = Card(
    "Orders to ship", in_share_state("to_ship"), {"state": "to_ship"},
    done="Everything has been sent.", icon="local_shipping", tone="warning", note=longest,
)  # fmt: skip
ORDERS_MONTH = Card(
    "Orders in 30 days", icon="receipt_long", tone="primary", done="Nobody has ordered in 30 days.",
    **since(Order, "placed_at", month, lambda actor: scope(actor, Order)),
)  # fmt: skip
STUCK_PAYMENTS = Card(
    "Stuck payments", lambda actor: scope(actor, Payment).filter(is_stuck=True), {"is_stuck": "true"},
    icon="error", tone="danger", done="No payment is stuck.",
)  # fmt: skip
