"""The pages and lists of orders cost as many queries for five of anything as for one."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.tests.factories import make_user
from marketplace.carts.tests.factories import filled, on_sale
from marketplace.cast import Person
from marketplace.orders import actions
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import SYSTEM, money_comes, paid, place, shares_of
from marketplace.orders.tests.test_screens import ORDERS, SHARES, page
from marketplace.vendors.tests.factories import make_vendor

pytestmark = pytest.mark.django_db


def counted(person: Person, path: str) -> int:
    """How many queries a page costs, once what is kept between requests is there; what is kept may just end, so twice. Where Redis is
    slow the session is read from its table, which is not counted. A failure shows which they were."""
    page(person, path)
    costs = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as made:
            page(person, path)
        asked = [each["sql"][:160] for each in made if '"django_session"' not in each["sql"]]
        print(f"{len(asked)} for {path}:", *asked, sep="\n")  # noqa: T201  read where it fails
        costs.append(len(asked))
    return min(costs)


def bought(buyer: Person, vendors: int, lines: int) -> Order:
    """A paid order of so many lines from each of so many vendors, each with a parcel on its way and a refund asked for."""
    sold = [on_sale(make_vendor(), stock=10) for _ in range(vendors)]
    wanted = {on_sale(each.listing.vendor, stock=10): 1 for each in sold for _ in range(lines - 1)}
    order = place(buyer.user, dict.fromkeys(sold, 1) | wanted)
    money_comes(order)
    actions.complete(order.pk, by=SYSTEM)
    for share in shares_of(order):
        actions.accept(share.pk, by=SYSTEM)
        actions.ship(share.pk, by=SYSTEM, carrier="G4S")
    return order


def test_an_order_of_five_vendors_costs_what_one_of_one_costs(
    customer: Person, support: Person, finance: Person
) -> None:
    small, large = bought(customer, 1, 1), bought(customer, 5, 3)
    for person in (support, finance):
        costs = [counted(person, f"{ORDERS}{each.pk}/change/") for each in (small, large)]
        assert costs[0] == costs[1]
    costs = [counted(support, f"{SHARES}{shares_of(each)[0].pk}/change/") for each in (small, large)]
    assert costs[0] == costs[1]


def test_a_share_of_five_lines_costs_its_vendor_what_one_of_one_costs(customer: Person, owner: Person) -> None:
    paths = []
    for lines in (1, 5):
        order = paid(customer.user, {on_sale(owner.vendor): 1 for _ in range(lines)})  # type: ignore[arg-type]
        paths.append(f"{SHARES}{shares_of(order)[0].pk}/change/")
    assert counted(owner, paths[0]) == counted(owner, paths[1])


@pytest.mark.parametrize("path", [ORDERS, SHARES, "/admin/payments/payment/", "/admin/carts/cart/"])
def test_lists_cost_the_same_for_one_row_and_for_five(path: str, customer: Person, admin: Person) -> None:
    def one_more(lines: int) -> None:
        buyer = Person(make_user("customer"))
        bought(buyer, lines, 2)
        filled(buyer.user, {on_sale(make_vendor()): 1 for _ in range(lines)})  # type: ignore[arg-type]

    one_more(1)
    before = counted(admin, path)
    for _ in range(4):
        one_more(3)
    assert counted(admin, path) == before
