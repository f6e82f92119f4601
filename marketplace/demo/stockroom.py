"""Variants and stock for what can be bought: one of a thing, or several by colour or size."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from random import Random

from core.money import Money
from core.rules import Actor
from marketplace.catalog.models import Listing, Variant
from marketplace.catalog.modes import BUY
from marketplace.demo import actions, goods

BY_SIZE = {"attr.clothing_sizes": str.upper, "attr.shoe_sizes": lambda code: f"EU {code.removeprefix('eu')}"}
#: What things weigh when they are packed, by category; and whatever else.
GRAMS = {"smartphones": 450, "laptops": 2_600, "televisions": 12_000, "sofas": 45_000, "beds": 60_000, "tables": 18_000}
USUAL_GRAMS = 900
MORE_STORAGE = {"64": "128", "128": "256", "256": "512"}


def fill(rows: Sequence[goods.Row], keys: Mapping[str, int], *, by: Actor, at: datetime, dice: Random) -> int:
    """Give every listing of the rows that sells online its variants and their stock. Returns how many variants."""
    buyable = [row for row in rows if BUY in row["modes"].split("|")]
    if not buyable:
        return 0
    listings = Listing.objects.in_bulk([keys[row["reference"]] for row in buyable])
    variants = [each for row in buyable for each in variants_of(row, listings[keys[row["reference"]]])]
    options = {keys[row["reference"]]: option_of(row) for row in buyable}
    several = Counter(each.listing_id for each in variants)
    return actions.stock_variants(
        variants,
        by=by,
        at=at,
        quantities=[quantity(dice) for _ in variants],
        options={key: name for key, name in options.items() if several[key] > 1},
    )


def option_of(row: goods.Row) -> str:
    """In what the variants of a row differ, where there are several."""
    return "Size" if any(row.get(column) for column in BY_SIZE) else "Storage"


def quantity(dice: Random) -> int:
    """How many are on hand: mostly a few, sometimes many, now and then none."""
    return dice.choices((0, 1, 2, 3, 5, 8, 14, 30, 60), (6, 18, 18, 16, 14, 12, 8, 5, 3))[0]


def variants_of(row: goods.Row, listing: Listing) -> Iterator[Variant]:
    """By size where there are sizes, by storage for a new phone, else one."""
    for column, words in BY_SIZE.items():
        sizes = [size for size in row.get(column, "").split("|") if size]
        if sizes:
            for position, size in enumerate(sizes, start=1):
                yield _variant(listing, row, words(size), size, position)
            return
    storage, more = row.get("attr.storage", ""), MORE_STORAGE.get(row.get("attr.storage", ""))
    if row["category"] == "smartphones" and more and row.get("attr.condition") == "brand_new":
        yield _variant(listing, row, f"{storage} GB", storage, 1)
        yield _variant(listing, row, f"{more} GB", more, 2, dearer=True)
    else:
        yield _variant(listing, row, row.get("attr.colour", "").capitalize() or "Standard", "1", 1)


def _variant(
    listing: Listing, row: goods.Row, title: str, mark: str, position: int, *, dearer: bool = False
) -> Variant:
    sku, grams = f"{row['reference']}-{mark.upper()}", GRAMS.get(row["category"], USUAL_GRAMS)
    variant = Variant(listing=listing, sku=sku, title=title, position=position, weight_grams=grams)
    if dearer and isinstance(listing.price, Money):
        variant.price = listing.price + listing.price.share(1_800)
    return variant
