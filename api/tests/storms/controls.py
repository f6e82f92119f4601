"""Guards taken away, for positive controls: Django apps that a storm hands to its web processes by SOKO_APPS.

The product has no switch for any of this. Each names what it replaces, by what a shop without the guard would do.
"""

from typing import Any

from django.apps import AppConfig


class _Control(AppConfig):
    name = "api.tests.storms"
    label = "storm_control"


class StockLookedAtFirst(_Control):
    """Stock is read, found sufficient, and written a moment later."""

    def ready(self) -> None:
        from django.db import connection  # what follows needs the models, which are there only now
        from django.db.models import F

        from core.rules import Actor
        from marketplace.catalog.errors import NotEnoughStock
        from marketplace.catalog.models import Stock, Variant
        from marketplace.orders.actions import shelf

        def looked_first(variant: Variant, *, by: Actor, reserved: int = 0, on_hand: int = 0, **_rest: Any) -> None:
            stock = Stock.objects.get(variant=variant)
            if stock.free < reserved:
                raise NotEnoughStock(sku=variant.sku, free=stock.free, wanted=reserved)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(1)")
            Stock.objects.filter(variant=variant).update(
                reserved=F("reserved") + reserved, on_hand=F("on_hand") + on_hand
            )

        shelf.move_stock = looked_first  # type: ignore[assignment]


class LinesAsTheyLie(_Control):
    """Lines are taken in the order of the cart, with a moment between two."""

    def ready(self) -> None:
        from django.db import connection  # as above

        from marketplace.orders.actions import shelf

        taken = shelf.move_stock

        def slowly(*given: Any, **named: Any) -> None:
            taken(*given, **named)
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.2)")

        shelf.move_stock = slowly
        shelf.sorted = lambda lines, key: list(lines)  # type: ignore[attr-defined]


class KeysNotLookedAt(_Control):
    """A repeated request is done again."""

    def ready(self) -> None:
        from core import idempotency  # as above

        idempotency._once = lambda _request, _key, run, **_how: run()
