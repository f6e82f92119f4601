"""What the checkout's bench finds: things to buy, buyers signed in, and their empty carts; written in bulk, with their history.

`python .ci/bench_goods.py BUYERS` in the environment of a database; answers in JSON, by kind, the keys of the variants of each
shelf, and of each buyer a token and the cart. "hot" are four things that everybody wants, "wide" a thousand of ten vendors,
"scarce" four of which there is far too little.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import django

PRICE, PLENTY = 1_000, 1_000_000
#: Vendors, listings of each, variants of each listing, pieces of each variant.
SHELVES = {"hot": (1, 4, 1, PLENTY), "wide": (10, 4, 25, PLENTY), "scarce": (1, 4, 1, 0)}


def main(buyers: int) -> dict[str, Any]:
    from core import writing
    from core.rules import Actor
    from core.testing import writing_as_system
    from marketplace.accounts import tokens
    from marketplace.accounts.models import User
    from marketplace.carts.models import Cart
    from marketplace.catalog.actions.stock import Movement, note_moves
    from marketplace.catalog.models import Listing, Stock, Variant
    from marketplace.catalog.modes import BUY, CONTACT
    from marketplace.catalog.tests import factories
    from marketplace.search import actions as search
    from marketplace.vendors.tests.factories import make_vendor

    by, place = Actor.system("bench"), factories.category("Things")

    def variants(name: str) -> Iterator[tuple[Variant, int]]:
        vendors, listings, forms, pieces = SHELVES[name]
        pieces = pieces or max(1, buyers // 10)  # a quarter of the buyers want each of the four
        for shop in range(vendors):
            vendor = make_vendor(name=f"{name} {shop}")
            for number in range(listings):
                of: Listing = factories.listing(
                    vendor=vendor, category=place, status="approved", price=PRICE, modes=[CONTACT, BUY],
                    title=f"{name.title()} thing {shop}-{number}",
                )  # fmt: skip
                yield from (
                    (Variant(listing=of, sku=f"{of.pk}-{form}", title=f"Form {form}"), pieces) for form in range(forms)
                )

    made = {name: list(variants(name)) for name in SHELVES}
    every = [each for many in made.values() for each in many]
    rows = [variant for variant, _pieces in every]
    people = [
        User(full_name=f"Buyer {number}", email=f"b{number}@soko.example", password="!") for number in range(buyers)
    ]
    with writing_as_system("bench") as deed:
        for many in (rows, people):
            writing.insert_many(deed, many)
            writing.audit_new(deed, many)
        Stock.objects.bulk_create(Stock(variant=variant, on_hand=pieces) for variant, pieces in every)
        moves = [Movement(variant, on_hand=pieces) for variant, pieces in every]
        note_moves(moves, by=by, kind="received", reason="Delivered")
    carts = Cart.objects.bulk_create(Cart(user=each) for each in people)
    search.index(sorted({each.listing_id for each in rows}), by=by)
    return {
        "variants": {name: [variant.pk for variant, _pieces in many] for name, many in made.items()},
        "buyers": [
            {"token": tokens.start(each).access_token, "cart": cart.pk}
            for each, cart in zip(people, carts, strict=True)
        ],
    }


if __name__ == "__main__":
    django.setup()
    sys.stdout.write(json.dumps(main(int(sys.argv[1]))))
