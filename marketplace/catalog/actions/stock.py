"""Variants come with a stock of their own; stock changes by movements that say why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from django.db import transaction
from django.db.models import F
from pydantic import Field

from core import compiled, deeds
from core.actions import action, retrying_locks
from core.errors import FieldError, Invalid
from core.events import append_many
from core.inputs import Ask, asking
from core.resources.declaration import Resource
from core.resources.operations import plain_create, plain_update
from core.rules import Actor
from marketplace.catalog.actions.options import MOST_VARIANTS, hold
from marketplace.catalog.errors import NotEnoughStock, StockMoved, TooManyVariants
from marketplace.catalog.models import Listing, Stock, StockMove, Variant

Change = Annotated[
    int, Field(ge=-1_000_000, le=1_000_000), Ask("Change", "How many more; with a minus, how many less.")
]
#: What people may say there is. What comes back from buyers is put back above it, too: the column has room for twice as many.
MOST_PIECES = 1_000_000_000
Counted = Annotated[
    int, Field(ge=0, le=MOST_PIECES), Ask("On hand", "How many there are, those that are reserved included.")
]
Before = Annotated[
    int | None,
    Field(ge=0, le=MOST_PIECES),
    Ask("On hand before", "Optional: what you were told when you counted. Refused if it is another number by now."),
]
Why = asking(("Delivery", "Stocktake", "Broken in store", "Sold elsewhere"), help="Kept with the movement.")
Kind = Annotated[
    Literal["received", "corrected", "damaged", "lost", "found"] | None,
    Ask("Kind", "Unless said, more is received and less is a correction."),
]
MORE, LESS = ("received", "found"), ("damaged", "lost")
COUNTED, FIRST = "Counted.", "First stock."
#: What changing a variant takes for its stock.
OF_STOCK = ("on_hand", "on_hand_before", "stock_reason")


def create_variant(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> Variant:
    """Make a variant and its stock, empty unless said. Refuses with 409 `too_many_variants` one more than a listing may have."""
    with retrying_locks(), transaction.atomic():
        hold(Listing, values.get("listing"))
        own = {name: value for name, value in values.items() if name not in OF_STOCK}
        variant = plain_create(resource, own, by=by, reason=reason)
        count = Variant.objects.filter(listing=variant.listing_id).count()
        if count > MOST_VARIANTS:
            raise TooManyVariants(most=MOST_VARIANTS, count=count)
        Stock.objects.create(variant=variant)
        if values.get("on_hand"):
            why = values.get("stock_reason") or reason or FIRST
            adjust_stock(variant, by=by, quantity=values["on_hand"], reason=why)
    return variant


@action(label="Adjust stock", icon="inventory")
def adjust_stock(variant: Variant, *, by: Actor, quantity: Change, reason: Why, kind: Kind = None) -> Variant:  # type: ignore[valid-type]
    """Add to what is on hand, or take away. Refuses with 409 `not_enough_stock` to take what is reserved or not there.

    Refuses with 422 a kind that the change cannot be: what is damaged or lost is less, what is received or found is more; and
    more than a billion on hand.
    """
    if kind in (LESS if quantity > 0 else MORE):
        raise Invalid(
            errors=[FieldError("/kind", "direction", f"What is {kind} is {'less' if quantity > 0 else 'more'}.")]
        )
    found = Stock.objects.filter(variant=variant).values_list("on_hand", flat=True).first() or 0
    if quantity > 0:
        _refuse_too_many("/quantity", found + quantity)
    usual = StockMove.Kind.RECEIVED if quantity > 0 else StockMove.Kind.CORRECTED
    change = Movement(variant, on_hand=quantity)
    note_moves([change], by=by, kind=kind or usual, reason=reason)  # type: ignore[arg-type]
    move_stock(change)
    return variant


@action(label="Count stock", icon="fact_check")
def count_stock(
    variant: Variant, *, by: Actor, on_hand: Counted, on_hand_before: Before = None, reason: Why = COUNTED  # type: ignore[valid-type]
) -> Variant:  # fmt: skip
    """Say how many there are. What differs from the books becomes a movement; where nothing differs, there is none.

    Refuses with 409 `stock_moved` where the books say another number than the count was based on, or are moved meanwhile, and
    `not_enough_stock` where more is reserved than was counted.
    """
    _refuse_too_many("/on_hand", on_hand)
    found = Stock.objects.filter(variant=variant).values_list("on_hand", flat=True).first() or 0
    if on_hand_before is not None and found != on_hand_before:
        raise StockMoved(sku=variant.sku, on_hand=found, said=on_hand_before)
    if on_hand != found:
        change = Movement(variant, on_hand=on_hand - found)
        note_moves([change], by=by, kind=StockMove.Kind.COUNTED, reason=reason)  # type: ignore[arg-type]
        move_stock(change, was=found)
    return variant


def _refuse_too_many(pointer: str, pieces: int) -> None:
    if pieces > MOST_PIECES:
        said = f"No more than {MOST_PIECES} can be on hand; these would be {pieces}."
        raise Invalid(errors=[FieldError(pointer, "less_than_equal", said)])


def change_variant(
    resource: type[Resource], row: Any, values: Mapping[str, Any], *, by: Actor, version: int | None = None, reason: str = ""
) -> Variant:  # fmt: skip
    """Change a variant as declared, and its stock as counted. Refuses as both do; then neither is changed."""
    own = {name: value for name, value in values.items() if name not in OF_STOCK}
    told = {name: value for name, value in values.items() if name in OF_STOCK}
    if told and "on_hand" not in told:
        raise Invalid(errors=[FieldError("/on_hand", "required", "Say how many there are.")])
    if not told:
        return plain_update(resource, row, own, by=by, version=version, reason=reason)
    with retrying_locks(), transaction.atomic():
        if own:
            row = plain_update(resource, row, own, by=by, version=version, reason=reason)
            version = None
        why = told.get("stock_reason") or reason or COUNTED
        return count_stock(
            row, by=by, version=version, on_hand=told["on_hand"], on_hand_before=told.get("on_hand_before"), reason=why
        )


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


def move_stock(move: Movement, *, was: int | None = None) -> None:
    """Change a variant's stock by a condition and a change in one; its fact is noted. Refuses with 409 `not_enough_stock`.

    With `was`, only where so many are on hand: else it refuses with 409 `stock_moved`.
    """
    variant, on_hand, reserved = move.variant, move.on_hand, move.reserved
    said = [variant.pk, on_hand, reserved, -reserved, reserved - on_hand, *([] if was is None else [was])]
    if not compiled.update(_moved, values=said):
        stock, is_new = Stock.objects.get_or_create(variant=variant)  # one made outside of here has none yet
        if not is_new or not compiled.update(_moved, values=said):
            if was is not None and stock.on_hand != was:
                raise StockMoved(sku=variant.sku, on_hand=stock.on_hand, said=was)
            raise NotEnoughStock(sku=variant.sku, free=stock.free, wanted=max(reserved, -on_hand, 0))


def _moved(
    variant_id: int, on_hand: int, reserved: int, given_back: int, taken: int, was: int | None = None
) -> compiled.Change:
    """A variant's stock, where so much is reserved and free, with these added."""
    fitting = Stock.objects.filter(variant_id=variant_id, reserved__gte=given_back, on_hand__gte=F("reserved") + taken)
    if was is not None:
        fitting = fitting.filter(on_hand=was)
    return fitting, {"on_hand": F("on_hand") + on_hand, "reserved": F("reserved") + reserved}
