"""Arranges what a storm needs in the database that the environment of its stage names.

Takes {"goods": {name: [price, stock]}, "carts": [{name: quantity}], "coupon": {…}, "staff": [role], "vendors": 1, "accounts": false}
and answers which variants they became, with a token and the user's key for each cart, each role and each vendor's owner. Prices are in
minor units; goods go to the vendors in turn. With `accounts`, each vendor has a verified place to be paid to.
"""

from itertools import cycle
from typing import Any
from uuid import uuid4


def arrange(
    goods: dict[str, list[int]],
    carts: list[dict[str, int]],
    coupon: dict[str, Any] | None = None,
    staff: tuple[str, ...] = (),
    vendors: int = 1,
    accounts: bool = False,
) -> dict[str, Any]:
    from core.rules import Actor
    from core.testing import writing_as_system  # models are there once Django is set up
    from marketplace.accounts import tokens
    from marketplace.accounts.models import HeldRole, Role, User
    from marketplace.carts.tests.factories import filled, on_sale
    from marketplace.catalog.tests.factories import category
    from marketplace.coupons.tests.factories import coupon as issued
    from marketplace.payouts.tests.factories import account
    from marketplace.search import actions as search
    from marketplace.vendors.tests.factories import make_vendor

    mark = uuid4().hex[:12]

    def person(number: int | str, *roles: str) -> User:
        with writing_as_system("storm"):
            user = User(full_name=f"Person {number}", email=f"{mark}-{number}@soko.example", password="!")
            user.save(force_insert=True)
            for role in roles:
                HeldRole(user=user, role=Role.objects.get(name=role)).save(force_insert=True)
        return user

    def signed_in(user: User) -> list[Any]:
        return [tokens.start(user).access_token, user.pk]

    place = category(f"Things {mark}")
    owners = [person(f"vendor{number}") for number in range(vendors)]
    shops = [make_vendor(owner=each, name=f"Shop {mark} {number}") for number, each in enumerate(owners)]
    for each in shops if accounts else ():
        account(each)
    found = {
        name: on_sale(shop, price=price, stock=stock, category=place, title=f"{name.title()} {mark}")
        for (name, (price, stock)), shop in zip(goods.items(), cycle(shops), strict=False)
    }
    search.index([each.listing_id for each in found.values()], by=Actor.system("storm"))  # nobody tells it of factories
    people = [person(number) for number in range(len(carts))]
    for each, wanted in zip(people, carts, strict=True):
        filled(each, {found[name]: quantity for name, quantity in wanted.items()})
    if coupon is not None:
        issued(**coupon)
    return {
        "variants": {name: each.pk for name, each in found.items()},
        "listings": {name: each.listing_id for name, each in found.items()},
        "buyers": [signed_in(each) for each in people],
        "staff": {role: signed_in(person(role, role)) for role in staff},
        "owners": [signed_in(each) for each in owners],
        "vendors": [each.pk for each in shops],
        "category": place.pk,
    }
