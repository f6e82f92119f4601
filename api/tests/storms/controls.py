"""Guards taken away, for positive controls: Django apps that a storm hands to web processes of its own by SOKO_APPS.

The product has no switch for any of this. Each names what it replaces, by what a shop without the guard would do. One process may
lack several: each is of a rule of its own, and whoever is to look first waits only in the storm that is about it.
"""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.apps import AppConfig


class Control(AppConfig):
    """A guard that is not there."""

    name = "api.tests.storms"
    label = "storm_control"


class Looking(Control):
    """Something is read, found sufficient, and written when as many have looked as `looks` (a sequence) is to reach."""

    looks: ClassVar[str]
    enough = 3

    @classmethod
    def wait_for_the_others(cls) -> None:
        from django.db import connection  # what follows needs the models, which are there only now

        with connection.cursor() as cursor:
            cursor.execute(f"SELECT nextval('{cls.looks}')")
            for _moment in range(200):
                cursor.execute(f"SELECT last_value FROM {cls.looks}")
                if cursor.fetchone()[0] >= cls.enough:
                    break
                cursor.execute("SELECT pg_sleep(0.1)")


class StockLookedAtFirst(Looking):
    """Stock is read and then written."""

    looks = "storm_looks"

    def ready(self) -> None:
        from django.db.models import F  # as above

        from marketplace.catalog.actions.stock import Movement
        from marketplace.catalog.errors import NotEnoughStock
        from marketplace.catalog.models import Stock
        from marketplace.orders.actions import shelf

        def looked_first(move: Movement) -> None:
            stock = Stock.objects.get(variant=move.variant)
            if stock.free < move.reserved:
                raise NotEnoughStock(sku=move.variant.sku, free=stock.free, wanted=move.reserved)
            self.wait_for_the_others()
            Stock.objects.filter(variant=move.variant).update(
                reserved=F("reserved") + move.reserved, on_hand=F("on_hand") + move.on_hand
            )

        shelf.move_stock = looked_first


class CouponsLookedAtFirst(Looking):
    """A coupon's count is read and then written."""

    looks = "storm_coupon_looks"

    def ready(self) -> None:
        from django.db.models import F  # as above

        from marketplace.coupons import actions
        from marketplace.coupons.errors import CouponUsedUp
        from marketplace.coupons.models import CouponTally

        def looked_first(uses: list[Any]) -> None:
            for each in uses:
                tally = CouponTally.objects.get(coupon=each.coupon_id)
                if tally.limit is not None and tally.used >= tally.limit:
                    raise CouponUsedUp(coupon=each.code)
                self.wait_for_the_others()
                CouponTally.objects.filter(pk=tally.pk).update(used=F("used") + 1)

        actions.take_uses = looked_first  # type: ignore[assignment]


class LinesAsTheyLie(Control):
    """Lines are taken in the order of the cart, with a moment between two."""

    def ready(self) -> None:
        from threading import local  # as above

        from django.db import connection

        from marketplace.orders.actions import shelf

        taken, cart = shelf.move_stock, local()

        def slowly(*given: Any, **named: Any) -> None:
            taken(*given, **named)
            if cart.lines > 1:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_sleep(0.2)")

        def as_they_lie[T](lines: Iterable[T], key: Any) -> list[T]:
            found = list(lines)
            cart.lines = len(found)
            return found

        shelf.move_stock = slowly
        shelf.sorted = as_they_lie  # type: ignore[attr-defined]


class KeysNotLookedAt(Control):
    """A repeated request is done again."""

    def ready(self) -> None:
        from core import idempotency  # as above

        idempotency._once = lambda _request, _key, run, **_how: run()


class CountsWritten(Looking):
    """What was counted is written as a number, when others have done something since what is there was read."""

    looks, enough = "storm_count_looks", 2

    def ready(self) -> None:
        from marketplace.catalog.actions import stock  # as above
        from marketplace.catalog.models import Stock

        moved = stock.move_stock

        def written(move: stock.Movement, *, was: int | None = None) -> None:
            if was is None:
                return moved(move)
            self.wait_for_the_others()
            Stock.objects.filter(variant=move.variant).update(on_hand=was + move.on_hand)
            return None

        stock.move_stock = written


class SlugsOfTitles(Looking):
    """A listing is called by its title; whether another one is called so is looked at first."""

    looks = "storm_slug_looks"

    def ready(self) -> None:
        from django.utils.text import slugify  # as above

        from marketplace.catalog.models import Listing

        derived = Listing.derive

        def by_title(listing: Listing) -> None:
            derived(listing)
            if not listing._state.adding:
                return
            words = slugify(listing.title)
            if not hasattr(listing, "may_have_it"):  # it is derived more than once before it is written
                listing.may_have_it = not Listing.objects.filter(slug=words).exists()
                self.wait_for_the_others()
            listing.slug = words if listing.may_have_it else listing.slug

        Listing.derive = by_title  # type: ignore[method-assign]


class TreeNotHeld(Looking):
    """A category is moved with no look at who else changes the tree."""

    looks, enough = "storm_tree_looks", 2

    def ready(self) -> None:
        from types import SimpleNamespace  # as above

        from marketplace.catalog.actions import categories
        from marketplace.catalog.models import Category

        read = Category.subtree_keys

        def looked_first(key: int) -> list[int]:
            found = read(key)
            self.wait_for_the_others()
            return found

        categories.documents = SimpleNamespace(bump=lambda: None)  # type: ignore[assignment]
        Category.subtree_keys = looked_first  # type: ignore[method-assign, assignment]


class BatchesNotKnown(Looking):
    """Views are counted with no look at whether they were, by all who have them in hand."""

    looks = "storm_view_looks"

    def ready(self) -> None:
        from marketplace.engagement.models import ViewFlush  # as above

        made = ViewFlush.objects.get_or_create

        def always_new(**named: Any) -> tuple[Any, bool]:
            self.wait_for_the_others()
            return made(**named)[0], True

        ViewFlush.objects.get_or_create = always_new  # type: ignore[method-assign, assignment]


class PeopleNotHeld(Looking):
    """Whether somebody keeps a listing in view is looked at first, and nobody waits for what they do at the same moment."""

    looks, enough = "storm_favourite_looks", 2

    def ready(self) -> None:
        from marketplace.engagement.actions import favourites  # as above
        from marketplace.engagement.models import Favourite

        written = Favourite.save

        def looked_first(made: Favourite, **how: Any) -> None:
            self.wait_for_the_others()
            written(made, **how)

        favourites.held = lambda by: by.user_id  # type: ignore[assignment, return-value]
        Favourite.save = looked_first  # type: ignore[method-assign, assignment]
