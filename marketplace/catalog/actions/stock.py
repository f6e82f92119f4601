"""Variants come with a stock of their own; stock changes by movements that say why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from django.db import transaction
from django.db.models import F
from pydantic import Field

from core import deeds
from core.actions import action
from core.events import append_many
from core.inputs import Ask, Reason
from core.resources.declaration import Resource
from core.resources.operations import plain_create
from core.rules import Actor
from marketplace.catalog.errors import NotEnoughStock
from marketplace.catalog.models import Stock, StockMove, Variant

Change = Annotated[
    int, Field(ge=-1_000_000, le=1_000_000), Ask("Change", "How many more; with a minus, how many less.")
]


def create_variant(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> Variant:
    """Make a variant and its empty stock."""
    with transaction.atomic():
        variant = plain_create(resource, values, by=by, reason=reason)
        Stock.objects.create(variant=variant)
    return variant


@action(label="Adjust stock", icon="inventory")
def adjust_stock(variant: Variant, *, by: Actor, quantity: Change, reason: Reason) -> Variant:
    """Add to what is on hand, or take away. Refuses with 409 `not_enough_stock` to take what is reserved or not there."""
    kind = StockMove.Kind.RECEIVED if quantity > 0 else StockMove.Kind.CORRECTED
    change = Movement(variant, on_hand=quantity)
    note_moves([change], by=by, kind=kind, reason=reason)
    move_stock(change)
    return variant


@dataclass(frozen=True)
class Movement:
    """What changes of one variant's stock."""

    variant: Variant
    on_hand: int = 0
    reserved: int = 0


def note_moves(moves: Sequence[Movement], *, by: Actor, kind: str, reason: str = "", reference: str = "") -> None:
    """Append the facts of these movements, all of one kind. They lock no stock, so they come before move_stock."""
    if not moves:
        return
    deed = deeds.require(moves[0].variant)
    append_many(
        [
            StockMove(
                variant=each.variant, kind=kind, on_hand_change=each.on_hand, reserved_change=each.reserved, reason=reason,
                reference=reference, at=deed.at, deed=deed.id, actor_id=by.user_id, actor_name=by.name[:120],
            )
            for each in moves
        ]
    )  # fmt: skip


def move_stock(move: Movement) -> None:
    """Change a variant's stock by a condition and a change in one; its fact is noted. Refuses with 409 `not_enough_stock`."""
    variant, on_hand, reserved = move.variant, move.on_hand, move.reserved
    fitting = Stock.objects.filter(
        variant=variant, reserved__gte=-reserved, on_hand__gte=F("reserved") + reserved - on_hand
    )
    change = {"on_hand": F("on_hand") + on_hand, "reserved": F("reserved") + reserved}
    if not fitting.update(**change):
        stock, is_new = Stock.objects.get_or_create(variant=variant)  # one made outside of here has none yet
        if not is_new or not fitting.update(**change):
            raise NotEnoughStock(sku=variant.sku, free=stock.free, wanted=max(reserved, -on_hand, 0))
