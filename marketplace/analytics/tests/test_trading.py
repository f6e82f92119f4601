"""What sales bring: the API, the panels and the charts tell what the orders and refunds themselves come to, and the postings too."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from core import context
from core.money import Money
from core.rules import Actor
from marketplace.accounts.models import User
from marketplace.analytics import charts, sales
from marketplace.analytics.spans import Span, last_days
from marketplace.analytics.tests.market import recomputed, told, trade
from marketplace.analytics.trading import trade_by_day, trade_by_listing, trade_by_vendor, trade_in
from marketplace.carts.tests.factories import on_sale
from marketplace.cast import Goods, Person
from marketplace.ledger import tasks
from marketplace.ledger.models import Journal, Posting
from marketplace.ledger.tests.factories import asked_back, booked, rule
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.tests.factories import paid, refund_succeeds, shares_of
from marketplace.payments.models import Refund
from marketplace.vendors.models import Vendor
from marketplace.vendors.tests.factories import make_member, make_vendor

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["vendor", "market"])
def remits(request: pytest.FixtureRequest, settings: Any) -> bool:
    """Who remits tax: does the market?"""
    settings.TAX_REMITTED_BY = request.param
    return request.param == "market"


@pytest.fixture
def abroad(remits: bool, customer: Person, buyer: Person, goods: Goods) -> Vendor:
    return trade(cast(User, customer.user), cast(User, buyer.user), goods)


def figures(answer: Any) -> dict[str, dict[str, int]]:
    """The figures of an API's answer by currency, in the words of the recomputation."""
    assert answer.status_code == 200, answer.content
    found = {}
    for each in answer.json()["trade"]["figures"]:
        amounts = {name: value["amount"] for name, value in each.items() if name != "orders"}
        found[each["revenue"]["currency"]] = {"orders": each["orders"], **amounts}
    return found


def of(vendor: Vendor | None) -> list[VendorOrder]:
    return list(VendorOrder.objects.filter(vendor=vendor))


def test_the_market_s_figures_are_what_orders_and_refunds_come_to(
    abroad: Vendor, remits: bool, finance: Person
) -> None:
    by_hand = recomputed(VendorOrder.objects.all(), market_remits=remits)
    assert by_hand["KES"] == {
        "orders": 5, "revenue": 1_600 + 2_820 + 13_000 + 1_500 + 12_000, "refunds": 800 + 3_000 + 500 + 1_700 + 12_000,
        "borne": 200 + 200, "commission": 100 + 300 + 900 + 50, "fees": (100 + 300 + 900 + 50) * 12 // 10,
        "tax": 80 + 320 if remits else 0, "to_vendors": 11_300 if remits else 11_700,
    }  # fmt: skip
    assert by_hand["UGX"] == {
        "orders": 1, "revenue": 14_000, "refunds": 0, "borne": 0, "commission": 1_400, "fees": 1_680, "tax": 0,
        "to_vendors": 12_320,
    }  # fmt: skip
    found = trade_in(finance.actor("operations"), last_days(30))
    assert {each.currency: told(each) for each in found.figures} == by_hand
    assert (found.orders, found.before) == (6, 0)
    assert [each.to_market.amount for each in found.figures] == [1_620 - 400, 1_680]
    assert figures(finance.api("operations").get("/analytics/summary")) == by_hand


def test_each_vendor_reads_its_own_figures_and_no_other_s(
    abroad: Vendor, remits: bool, finance: Person, owner: Person, rival: Person
) -> None:
    own = {person.vendor: recomputed(of(person.vendor), market_remits=remits) for person in (owner, rival)}
    for person in (owner, rival):
        assert figures(person.api("vendor").get("/analytics")) == own[person.vendor]
        assert [each.vendor_id for each in trade_by_vendor(person.actor("vendor"), last_days(30))] == [
            person.vendor.pk  # type: ignore[union-attr]
        ]
    assert own[rival.vendor]["KES"]["orders"] == 1
    items = finance.api("operations").get("/analytics/vendors").json()["items"]
    assert [(each["name"], each["orders"], each["revenue"]) for each in items] == [
        ("Omar's Shop", 4, {"amount": 28_100, "currency": "KES"}),
        ("Rita's Rival Shop", 1, {"amount": 2_820, "currency": "KES"}),
        ("Uli's Abroad Shop", 1, {"amount": 14_000, "currency": "UGX"}),
    ]
    summary = figures(finance.api("operations").get("/analytics/summary"))
    for currency, whole in summary.items():
        of_currency = [each for each in items if each["revenue"]["currency"] == currency]
        for name, amount in whole.items():
            assert amount == sum(each[name] if name == "orders" else each[name]["amount"] for each in of_currency)


def test_the_figures_are_the_sums_of_the_postings_of_these_journals(abroad: Vendor, finance: Person) -> None:
    """Added up one by one, of every journal there is: nothing else touches revenue, tax, coupons, refunds or disputes."""
    totals: Counter[tuple[str, str]] = Counter()
    for each in Posting.objects.select_related("account", "journal"):
        totals[each.amount_currency, each.account.kind] += each.amount_minor
        if each.account.kind == "clearing":
            totals[each.amount_currency, f"clearing of {each.journal.kind}"] += each.amount_minor
    for each in trade_in(finance.actor("operations"), last_days(30)).figures:
        stands = {kind: amount for (currency, kind), amount in totals.items() if currency == each.currency}
        assert told(each) == {
            "orders": Journal.objects.filter(kind="sale", share__total_currency=each.currency).count(),
            "revenue": stands["clearing of sale"],
            "refunds": -stands.get("clearing of reversal", 0),
            "borne": sum(stands.get(kind, 0) for kind in ("coupons", "refunds", "disputes")),
            "commission": -sum(
                row.amount_minor for row in Posting.objects.filter(account__kind="revenue", account__part="commission")
                if row.amount_currency == each.currency
            ),
            "fees": -stands["revenue"],
            "tax": -stands.get("tax", 0),
            "to_vendors": -sum(amount for kind, amount in stands.items() if kind.startswith("vendor_")),
        }  # fmt: skip
        assert stands.get("clearing", 0) == 0


def test_panels_and_charts_tell_the_same_figures(abroad: Vendor, finance: Person, owner: Person) -> None:
    actor, span = finance.actor("operations"), last_days(30)
    kenya = trade_in(actor, span).figures[0]
    panel = sales.by_vendor(actor)
    amounts = [each["amount"] for each in panel["amounts"] if each["amount"].startswith("KES")]
    assert str(kenya.revenue) in amounts
    assert {str(kenya.refunds), str(kenya.commission), str(kenya.fees), str(kenya.to_market)} <= set(amounts)
    assert panel["rows"][0]["cells"][0] == "KES 281.00"
    drawn: Any = charts.revenue(actor)
    assert {each["label"]: each["sum"] for each in drawn["datasets"]} == {
        "Revenue, KES": str(kenya.revenue), "Refunds, KES": str(kenya.refunds), "The 30 before": "UGX 0",
        "Revenue, UGX": "UGX 14,000", "Refunds, UGX": "UGX 0",
    }  # fmt: skip
    assert drawn["datasets"][0]["data"][-1] == kenya.revenue.amount / 100
    own = trade_in(owner.actor("vendor"), span).figures[0]
    assert {"label": "You keep", "amount": str(own.to_vendors)} in sales.by_listing(owner.actor("vendor"))["amounts"]
    mug = next(each for each in trade_by_listing(owner.actor("vendor"), span, most=5) if each.title == "Mug")
    assert (mug.units, mug.revenue, mug.refunds) == (
        9,
        Money(1_600 + 1_000 + 1_500, "KES"),
        Money(800 + 500 + 1_500, "KES"),
    )


def test_who_may_not_see_money_reads_no_figures(
    abroad: Vendor, moderator: Person, support: Person, member: Person, owner: Person, customer: Person
) -> None:
    packer = Person(make_member(cast(Vendor, owner.vendor), "work_orders").user, owner.vendor)
    for person in (moderator, support):
        answer = person.api("operations").get("/analytics/summary")
        assert (answer.status_code, answer.json()["trade"]) == (200, None)
        assert person.api("operations").get("/analytics/vendors").status_code == 403
    for person in (member, packer):
        assert person.api("vendor").get("/analytics").json()["trade"] is None
        assert trade_in(person.actor("vendor"), last_days(30)).figures == []
        assert trade_by_vendor(person.actor("vendor"), last_days(30)) == []
        assert trade_by_listing(person.actor("vendor"), last_days(30), most=5) == []
        assert trade_by_day(person.actor("vendor"), last_days(30)) == {}
    assert customer.api("operations").get("/analytics/vendors").status_code == 403


def test_as_many_queries_for_many_vendors_as_for_one(finance: Person, customer: Person) -> None:
    user = cast(User, customer.user)

    def spent() -> list[int]:
        found = []
        for read in (trade_in, trade_by_vendor, trade_by_day):
            with CaptureQueriesContext(connection) as queries:
                cast(Any, read)(finance.actor("operations"), last_days(30))
            found.append(len(queries))
        return found

    booked(user, {on_sale(make_vendor(), price=1_000): 1})
    one = spent()
    for _each in range(4):
        booked(user, {on_sale(make_vendor(), price=1_000): 1})
    assert spent() == one


def sold_at(user: User, moment: datetime, wanted: dict[Any, int]) -> Order:
    """An order whose money came at that moment, as the books have it."""
    order = paid(user, wanted)
    Order.objects.filter(pk=order.pk).update(paid_at=moment)
    tasks.catch_up()
    return order


def test_a_span_begins_and_ends_at_midnight_where_the_market_is(
    finance: Person, customer: Person, goods: Goods
) -> None:
    """The days are those of the time zone: in Nairobi half past nine in the evening by UTC is the next day."""
    actor, user = finance.actor("operations"), cast(User, customer.user)
    with timezone.override("Africa/Nairobi"):
        span = Span(date(2026, 3, 1), date(2026, 3, 7))
        first, end = datetime(2026, 2, 28, 21, tzinfo=UTC), datetime(2026, 3, 7, 21, tzinfo=UTC)
        for number, moment in enumerate(
            (first - timedelta(seconds=1), first, end - timedelta(seconds=1), end), start=1
        ):
            sold_at(user, moment, {goods.mug: number})
        found = trade_in(actor, span)
        assert (found.orders, found.before, found.figures[0].revenue) == (2, 1, Money(500 * (2 + 3), "KES"))
        days = {day: each.revenue for day, each in trade_by_day(actor, span)["KES"].items()}
        assert days == {span.first: 1_000, span.last: 1_500}
        assert [each.figures.revenue.amount for each in trade_by_vendor(actor, span)] == [2_500]
    with timezone.override("UTC"):
        assert trade_in(actor, span).figures[0].revenue == Money(500 * (3 + 4), "KES")


def test_what_goes_back_counts_when_it_went_back(finance: Person, customer: Person, goods: Goods) -> None:
    rule(1_000)
    now = timezone.now()
    order = sold_at(cast(User, customer.user), now - timedelta(days=40), {goods.mug: 2})
    refund = refund_succeeds(asked_back(order, 500, about=shares_of(order)[0].reference))
    Refund.objects.filter(pk=refund.pk).update(status_since=now - timedelta(days=3))
    tasks.catch_up()
    actor = finance.actor("operations")
    last, before = trade_in(actor, last_days(30)), trade_in(actor, last_days(30).before)
    assert (last.orders, last.before, [told(each) for each in last.figures]) == (
        0, 1, [{
            "orders": 0, "revenue": 0, "refunds": 500, "borne": 0, "commission": -50, "fees": -50, "tax": 0, "to_vendors": -450,
        }],
    )  # fmt: skip
    assert told(before.figures[0])["commission"] == 100
    assert [each.figures.refunds.amount for each in trade_by_vendor(actor, last_days(7))] == [500]


def test_today_is_the_last_day_of_the_span(finance: Person, customer: Person, goods: Goods) -> None:
    sold_at(cast(User, customer.user), timezone.now() - timedelta(days=6, hours=23), {goods.mug: 1})
    token = context.clock.set(timezone.now() + timedelta(days=2))
    try:
        assert trade_in(Actor.system("clock"), last_days(7)).orders == 0
        assert trade_in(Actor.system("clock"), last_days(7)).before == 1
    finally:
        context.clock.reset(token)
    assert trade_in(finance.actor("operations"), last_days(90)).orders == 1
