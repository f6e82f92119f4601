"""Guards taken away, for positive controls: Django apps that a storm hands to its web processes by SOKO_APPS.

The product has no switch for any of this. Each names what it replaces, by what a shop without the guard would do.
"""

from typing import Any

from django.apps import AppConfig


class _Control(AppConfig):
    name = "api.tests.storms"
    label = "storm_control"


class StockLookedAtFirst(_Control):
    """Stock is read, found sufficient, and written when as many have looked as `looks` (a sequence) is to reach."""

    looks, enough = "storm_looks", 3

    def ready(self) -> None:
        from django.db import connection  # what follows needs the models, which are there only now
        from django.db.models import F

        from marketplace.catalog.actions.stock import Movement
        from marketplace.catalog.errors import NotEnoughStock
        from marketplace.catalog.models import Stock
        from marketplace.orders.actions import shelf

        def looked_first(move: Movement) -> None:
            stock = Stock.objects.get(variant=move.variant)
            if stock.free < move.reserved:
                raise NotEnoughStock(sku=move.variant.sku, free=stock.free, wanted=move.reserved)
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT nextval('{self.looks}')")
                for _moment in range(200):
                    cursor.execute(f"SELECT last_value FROM {self.looks}")
                    if cursor.fetchone()[0] >= self.enough:
                        break
                    cursor.execute("SELECT pg_sleep(0.1)")
            Stock.objects.filter(variant=move.variant).update(
                reserved=F("reserved") + move.reserved, on_hand=F("on_hand") + move.on_hand
            )

        shelf.move_stock = looked_first


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
