"""What couriers see in the admin: their list, each parcel as a card with where to fetch and bring it, and its proof."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString

from core.admin import words
from core.admin.landing import Card, Landing, Panel
from core.audiences import OPERATIONS
from core.resources.admin.rows import Button, buttons, legal_verbs, row_url
from core.rules import Actor, allows, scope
from marketplace.orders import shapes_deliveries, states
from marketplace.orders.actions.delivering import MOST_PHOTOS
from marketplace.orders.models import Delivery
from marketplace.orders.resources import Deliveries

MOST_TASKS = 100


@dataclass(frozen=True)
class Task:
    """One parcel that is to be brought, or that was."""

    row: Delivery
    link: str
    state: SafeString
    pieces: int
    origin: Mapping[str, str]
    to: Mapping[str, str] | None
    map_link: str
    proof: Mapping[str, Any] | None
    photos: Sequence[str]
    photo_link: str
    verbs: Sequence[Button]


def delivers(actor: Actor) -> bool:
    """Is bringing parcels all that this actor does here?"""
    return actor.audience is OPERATIONS and actor.is_narrow and actor.has("deliver")


def mine(actor: Actor) -> QuerySet[Delivery]:
    return scope(actor, Delivery, "pick_up")


def to_bring(actor: Actor) -> QuerySet[Delivery]:
    return mine(actor).filter(state__in=states.DELIVERY_OPEN)


def tasks_of(rows: Sequence[Delivery], actor: Actor) -> list[Task]:
    """Deliveries as cards, with the verbs that are legal on each now for this actor."""
    legal = legal_verbs(actor, Deliveries, rows)
    return [_task(row, actor, buttons(row, legal[row.pk])) for row in rows]


def _task(row: Delivery, actor: Actor, verbs: Sequence[Button]) -> Task:
    to, link = shapes_deliveries.whither(row), row_url(row)
    place = ", ".join((to["street"], to["town"], to["country"])) if to else ""
    photos = sorted(each.pk for each in row.photos.all())
    may_add = row.state in ("picked_up", "delivered") and len(photos) < MOST_PHOTOS and allows(actor, "hand_over", row)
    return Task(
        row=row, link=link, state=words.state(states.DELIVERY, row), pieces=shapes_deliveries.pieces(row),
        origin=shapes_deliveries.origin(row), to=to,
        map_link=f"https://www.openstreetmap.org/search?query={quote_plus(place)}" if place else "",
        proof=shapes_deliveries.proof(row),
        photos=[reverse("admin:orders_delivery_photo_file", args=(row.pk, key)) for key in photos],
        photo_link=reverse("admin:orders_delivery_photo", args=(row.pk,)) if may_add else "", verbs=verbs,
    )  # fmt: skip


def whole(rows: QuerySet[Delivery]) -> QuerySet[Delivery]:
    """With everything that a card shows, in as many queries for one as for ten."""
    return rows.select_related(
        "shipment__vendor_order__order", "shipment__vendor_order__vendor", "courier"
    ).prefetch_related("shipment__lines", "photos")


def list_of(actor: Actor) -> dict[str, Any]:
    """What is to be brought now, the longest waiting first."""
    rows = list(whole(to_bring(actor)).order_by("assigned_at", "pk")[:MOST_TASKS])
    return {"tasks": tasks_of(rows, actor)}


def of_delivery(row: Delivery, actor: Actor) -> dict[str, Any]:
    """The page of one delivery."""
    return {"task": tasks_of([whole(scope(actor, Delivery)).get(pk=row.pk)], actor)[0]}


def in_state(state: str) -> Any:
    return lambda actor: mine(actor).filter(state=state)


DELIVERING = Landing(
    "My deliveries",
    cards=(
        Card(
            "To fetch", in_state("assigned"), {"state": "assigned"}, done="Nothing waits for you.",
            icon="inventory_2", tone="warning",
        ),
        Card("With you", in_state("picked_up"), {"state": "picked_up"}, done="You carry nothing.", icon="two_wheeler"),
        Card(
            "To try again", in_state("failed_attempt"), {"state": "failed_attempt"}, done="Nothing failed.",
            icon="replay", tone="danger",
        ),
    ),
    panels=(Panel("To bring", "orders/tasks.html", list_of),),
)  # fmt: skip
