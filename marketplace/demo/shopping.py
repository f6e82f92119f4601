"""What buyers of the demo market put into their carts, and where they live."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from core.audiences import STOREFRONT
from core.money import Money
from core.resources import operations
from core.rules import Actor, actor_of, scope
from marketplace.accounts.models import User
from marketplace.carts import actions as carts
from marketplace.carts.models import CartLine
from marketplace.catalog.errors import NotEnoughStock
from marketplace.catalog.models import Listing, Stock, Variant
from marketplace.catalog.modes import BUY
from marketplace.demo.agenda import as_of
from marketplace.demo.lives import Life
from marketplace.demo.plots import Plot

CURRENCY = "KES"
MOST_OF_ONE = Money(60_000_00, CURRENCY)  # what costs more is bought once
ADDRESSES = (
    ("12 Moi Avenue", "Nairobi"), ("Argwings Kodhek Road, Hurlingham", "Nairobi"), ("Oginga Odinga Street", "Kisumu"),
    ("Nyali Road, behind the bridge", "Mombasa"), ("Kenyatta Avenue, opposite the post office", "Nakuru"),
    ("Uganda Road, Zion Mall", "Eldoret"), ("Kwame Nkrumah Road", "Thika"), ("Mumias Road", "Kakamega"),
    ("Kimathi Way", "Nyeri"), ("Ngong Road, Prestige Plaza", "Nairobi"),
)  # fmt: skip


@dataclass(frozen=True)
class Choice:
    """A variant that can be bought, since when it is on show, and how much people want it."""

    variant: int
    vendor: str
    since: datetime
    is_dear: bool
    pull: int


@dataclass
class Assortment:
    """All that can be bought now, by vendor."""

    dice: Random
    by_vendor: dict[str, list[Choice]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of_the_market(cls, dice: Random) -> "Assortment":
        assortment = cls(dice)
        shown = scope(Actor(audience=STOREFRONT), Listing).filter(price_currency=CURRENCY)
        buyable = {row.pk: row for row in shown.select_related("vendor") if BUY in row.modes}
        for variant in Variant.objects.filter(listing__in=buyable, stock__on_hand__gt=0).order_by("pk"):
            listing = buyable[variant.listing_id]
            assert listing.published_at is not None
            price = variant.price or listing.price
            assortment.by_vendor[listing.vendor.name].append(
                Choice(
                    variant.pk,
                    listing.vendor.name,
                    max(listing.published_at, listing.approved_at or listing.published_at),
                    price.amount > MOST_OF_ONE.amount,
                    int(dice.paretovariate(1.2) * 100),
                )
            )
        return assortment

    def choose(self, plot: Plot, at: datetime) -> Iterator[tuple[int, int]]:
        """Variants and how many of each: of so many vendors as the plot wants, and what was on show and in stock by then."""
        there = {
            vendor: [offer for offer in offers if offer.since < at] for vendor, offers in sorted(self.by_vendor.items())
        }
        others = [vendor for vendor, offers in there.items() if offers and vendor != plot.of]
        left = plot.vendors
        for vendor in [plot.of, *self.dice.sample(others, len(others))]:
            chosen = list(self._of(there.get(vendor, [])))
            yield from chosen
            left -= bool(chosen)
            if not left:
                return

    def _of(self, offers: list[Choice]) -> Iterator[tuple[int, int]]:
        free = {
            row.variant_id: row.on_hand - row.reserved
            for row in Stock.objects.filter(variant__in=[offer.variant for offer in offers])
        }
        left = [offer for offer in offers if free[offer.variant] > 0]
        for _turn in range(self.dice.choices((1, 2, 3), (66, 26, 8))[0]):
            if not left:
                return
            offer = self.dice.choices(left, [each.pull for each in left])[0]
            left.remove(offer)
            most = 1 if offer.is_dear else self.dice.choices((1, 2, 3, 4), (64, 22, 9, 5))[0]
            yield offer.variant, min(most, free[offer.variant])


def address_of(buyer: User) -> dict[str, str]:
    """Where somebody has things sent to: always the same place."""
    street, town = ADDRESSES[buyer.pk % len(ADDRESSES)]
    return {
        "recipient": buyer.full_name, "phone": str(buyer.phone or "+254700000100"), "street": street, "town": town,
        "country": "KE",
    }  # fmt: skip


def fill_carts(life: Life, assortment: Assortment, cast: User, others: list[User]) -> None:
    """Carts that nobody has ordered yet; in that of the cast one price has changed since."""
    now = life.now
    for place, user in enumerate([cast, *others]):
        at = now - timedelta(hours=2 + 9 * place)
        by = actor_of(user, STOREFRONT)
        for variant, quantity in assortment.choose(Plot(at, "cart", vendors=2), at):
            try:
                carts.add(variant, by=by, at=at, quantity=quantity)
            except NotEnoughStock:
                continue  # in the cart already, and no more of it
    line = CartLine.objects.filter(cart__user=cast).select_related("variant__listing__vendor").order_by("pk").first()
    if line is None:
        return  # a market so small that nothing can be bought
    listing = line.variant.listing
    assert listing.price is not None
    with as_of(now - timedelta(minutes=50)):
        cheaper = listing.price - listing.price.share(500)
        operations.update(listing, {"price": cheaper}, by=life.town.owner_of(listing.vendor.name))
