"""Arranges what a storm needs in the database that the environment names: `python -m api.tests.storms.arrange '{…}'`.

Reads {"goods": {name: [price, stock]}, "carts": [{name: quantity}]} and answers which variants they became, with a token
and the user's key for each cart. Prices are in minor units; all things are of one vendor.
"""

import json
import sys
from typing import Any
from uuid import uuid4

import django


def arrange(goods: dict[str, list[int]], carts: list[dict[str, int]]) -> dict[str, Any]:
    from core.rules import Actor
    from core.testing import writing_as_system  # models are there once Django is set up
    from marketplace.accounts import tokens
    from marketplace.accounts.models import User
    from marketplace.carts.tests.factories import filled, on_sale
    from marketplace.catalog.tests.factories import category
    from marketplace.search import actions as search
    from marketplace.vendors.tests.factories import make_vendor

    mark = uuid4().hex[:12]

    def person(number: int | str) -> User:
        with writing_as_system("storm"):
            user = User(full_name=f"Person {number}", email=f"{mark}-{number}@soko.example", password="!")
            user.save(force_insert=True)
        return user

    place, vendor = category(f"Things {mark}"), make_vendor(owner=person("vendor"), name=f"Shop {mark}")
    found = {
        name: on_sale(vendor, price=price, stock=stock, category=place, title=f"{name.title()} {mark}")
        for name, (price, stock) in goods.items()
    }
    search.index([each.listing_id for each in found.values()], by=Actor.system("storm"))  # nobody tells it of factories
    people = [person(number) for number in range(len(carts))]
    for each, wanted in zip(people, carts, strict=True):
        filled(each, {found[name]: quantity for name, quantity in wanted.items()})
    return {
        "variants": {name: each.pk for name, each in found.items()},
        "tokens": [tokens.start(each).access_token for each in people],
        "users": [each.pk for each in people],
    }


if __name__ == "__main__":
    django.setup()
    wanted = json.loads(sys.argv[1])
    sys.stdout.write(json.dumps(arrange(wanted["goods"], wanted["carts"])))
