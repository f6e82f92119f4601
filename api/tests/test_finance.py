"""Finance over the API and in the admin: what waits and what differs, to those who read the market's money and nobody else."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace.cast import Goods, Person
from marketplace.finance import reconciliation
from marketplace.ledger import tasks as ledger
from marketplace.ledger.models import Account, Journal
from marketplace.ledger.tests.factories import booked, rule
from marketplace.orders.models import Order
from marketplace.orders.tests.factories import shares_of
from marketplace.payments.tests import factories as payments

pytestmark = pytest.mark.django_db
PAGES = ("/admin/finance/", "/admin/finance/reconciliation/")
PATHS = ("/finance/work", "/finance/reconciliation", "/finance/differences")


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has just moved is compared too."""
    monkeypatch.setattr(reconciliation, "GRACE", -timedelta(minutes=1))


def kes(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "KES"}


@pytest.fixture
def sold(customer: Person, goods: Goods) -> None:
    """10 % of a mug, a rug and a lamp, all booked."""
    rule(1000)
    booked(customer.user, {goods.mug: 1, goods.rug: 1, goods.lamp: 1})


def test_only_those_who_see_money_have_it(
    sold: None, finance: Person, admin: Person, moderator: Person, support: Person, owner: Person, member: Person
) -> None:
    for who in (finance, admin):
        for page in PAGES:
            assert who.admin.get(page).status_code == 200
        for path in PATHS:
            assert who.api("operations").get(path).status_code == 200
    for who in (moderator, support, owner, member):
        for page in PAGES:
            assert who.admin.get(page).status_code == 404
    for who in (moderator, support):
        for path in PATHS:
            assert who.api("operations").get(path).status_code == 403
    for path in PATHS:
        assert owner.api("vendor").get(path).status_code == 404
        assert owner.api("operations").get(path).status_code in (401, 403)


def test_the_work_is_told_with_the_address_of_its_rows(sold: None, finance: Person) -> None:
    payments.lost(amount=payments.kes(700))
    api = finance.api("operations")
    told = api.get("/finance/work").json()
    (waiting,) = [each for each in told["items"] if each["count"]]
    assert (waiting["kind"], waiting["amounts"], waiting["due_at"]) == ("unknown_payments", [kes(700)], None)
    assert waiting["oldest_at"]
    rows = api.get(waiting["rows"].removeprefix("/api/operations/v1")).json()["items"]
    assert [each["amount"] for each in rows] == [kes(700)]
    assert {each["name"]: each["amounts"] for each in told["today"]} == {
        "captured": [kes(15_500)],
        "refunded": [],
        "commission": [kes(1_550)],
    }
    assert api.get("/finance/work", {"kind": "x"}).status_code == 422


def test_the_comparison_agrees_and_names_what_does_not(sold: None, finance: Person) -> None:
    api = finance.api("operations")
    told = api.get("/finance/reconciliation").json()
    assert told["agrees"] is True
    (total,) = told["totals"]
    assert (total["gateway"], total["kind"]) == ("mock", "captured")
    assert (total["orders"], total["books"], total["statement"]) == (kes(15_500), kes(15_500), None)
    assert [each["day"] for each in told["days"]] == [timezone.localdate().isoformat()]
    back = payments.given_back()
    told = api.get("/finance/reconciliation").json()
    assert told["agrees"] is False
    assert {each["kind"]: each["books_differ"] for each in told["totals"]} == {
        "captured": kes(-150_000),
        "refunded": kes(-50_000),
    }
    assert {each["fault"]: each["count"] for each in told["faults"] if each["count"]} == {
        "payment_not_booked": 1,
        "refund_not_booked": 1,
    }
    first = api.get("/finance/differences", {"limit": "1"}).json()
    second = api.get("/finance/differences", {"limit": "1", "cursor": first["next"]}).json()
    named = [(each["about_model"], each["about"]) for page in (first, second) for each in page["items"]]
    assert named == [("payments.payment", back.payment.reference), ("payments.refund", back.reference)]
    assert second["next"] is None
    ledger.catch_up()
    assert api.get("/finance/reconciliation").json()["agrees"] is True


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"since": "2026-13-01"},
        {"since": "2026-W47-7"},
        {"until": "0001-01-01"},
        {"since": "2026-11-02", "until": "2026-11-01"},
        {"since": "2026-01-01", "until": "2026-11-01"},
        {"gateway": "nobody"},
        {"day": "1"},
    ],
)
def test_a_span_that_makes_no_sense_is_refused(query: dict[str, str], sold: None, finance: Person) -> None:
    api = finance.api("operations")
    for path in PATHS[1:]:
        assert api.get(path, query).status_code == 422
    page = finance.admin.get(PAGES[1], query)
    assert page.status_code == 200


def test_a_cursor_of_elsewhere_is_refused(sold: None, finance: Person) -> None:
    assert finance.api("operations").get("/finance/differences", {"cursor": "x:y"}).status_code == 422
    for after in ("x", "9-1", "1", "-", "1-2-3", "٣-1", "0-99999999999999999999999"):
        assert finance.admin.get(PAGES[1], {"after": after}).status_code == 200


def test_the_screen_shows_red_and_names_what_differs(sold: None, finance: Person) -> None:
    agreed = finance.admin.get(PAGES[1]).content.decode()
    assert "All agree" in agreed
    assert "data-soko-differs" not in agreed
    row = payments.paid()
    page = finance.admin.get(PAGES[1]).content.decode()
    assert "All agree" not in page
    assert "data-soko-differs" in page
    assert f"KES 1,500.00 came for {row.subject}; the books have nothing of it on that day." in page
    assert f"/admin/payments/payment/{row.pk}/change/" in page


def links(page: str) -> set[str]:
    return {html.unescape(each) for each in re.findall(r'href="(/admin/[^"#]+)"', page)}


def test_every_way_from_the_pages_leads_somewhere(sold: None, finance: Person) -> None:
    payments.lost()
    payments.paid()
    for path in PAGES:
        for link in links(finance.admin.get(path).content.decode()):
            answer = finance.admin.get(link)
            assert answer.status_code in (200, 302), link
            told = answer.context.get("messages") if answer.status_code == 200 and answer.context else None
            assert not [str(each) for each in told or ()], link


def test_the_numbers_of_the_comparison_lead_to_the_postings_that_they_are_the_sum_of(
    sold: None, finance: Person
) -> None:
    page = finance.admin.get(PAGES[1]).content.decode()
    gateway = Account.objects.get(kind="gateway")
    ways = [
        each for each in links(page) if each.startswith(f"/admin/ledger/posting/?account={gateway.pk}&kind=capture")
    ]
    assert ways
    shown = finance.admin.get(sorted(ways)[0]).context["cl"].queryset
    assert sum(each.amount_minor for each in shown) == 15_500


def test_the_sidebar_s_money_is_short_and_begins_with_finance(sold: None, finance: Person, owner: Person) -> None:
    def lines(person: Person) -> list[str]:
        groups = person.admin.get("/admin/").context["sidebar_navigation"]
        return [line["title"] for each in groups if each["title"] == "Money" for line in each["items"]]

    assert lines(finance)[:4] == ["Finance", "Payments", "Refunds", "Refund requests"]
    assert not {"Accounts", "Postings", "Webhooks", "Movements of money", "Payout accounts"} & set(lines(finance))
    assert {"Postings", "Balances", "Payouts", "Payout accounts"} <= set(lines(owner))
    assert "Finance" not in lines(owner)


def test_finance_lands_on_it(sold: None, finance: Person) -> None:
    page = finance.admin.get("/admin/").content.decode()
    assert "What waits" in page
    assert 'data-soko-figure="captured"' in page
    assert "KES 155.00" in page


def test_an_order_s_money_leads_to_the_journals_that_make_it(
    sold: None, finance: Person, support: Person, owner: Person
) -> None:
    journal = Journal.objects.get(kind="capture")
    order = Order.objects.get(reference=journal.subject)
    share = shares_of(order)[0]
    page = finance.admin.get(f"/admin/orders/order/{share.order_id}/change/").content.decode()
    way = f"/admin/ledger/journal/?subject={journal.subject}"
    assert way in page
    assert finance.admin.get(way).context["cl"].result_count == 3  # the capture, and a sale for each of two vendors
    assert f"/admin/ledger/journal/?share={share.reference}" in page
    assert way not in support.admin.get(f"/admin/orders/order/{share.order_id}/change/").content.decode()
    mine = next(each for each in shares_of(order) if owner.vendor and each.vendor_id == owner.vendor.pk)
    seen = owner.admin.get(f"/admin/orders/vendororder/{mine.pk}/change/").content.decode()
    assert "/admin/ledger/journal/" not in seen
    assert f"/admin/ledger/posting/?share={mine.reference}" in seen


def test_a_vendor_reads_its_money_on_its_first_screen_and_each_month_s_statement(
    sold: None, owner: Person, rival: Person, member: Person, finance: Person
) -> None:
    assert owner.vendor is not None
    page = owner.admin.get("/admin/").content.decode()
    assert "Your money" in page
    assert "KES 112.50" in page
    assert "/admin/ledger/account/statement/" in page
    assert "Your money" not in member.admin.get("/admin/").content.decode()
    now = owner.admin.get("/admin/ledger/account/statement/")
    (month,) = now.context["months"]
    assert (str(month.opening), str(month.closing)) == ("KES 0.00", "KES 112.50")
    assert [(each.title, str(each.amount)) for each in month.changes] == [("Sold", "KES 112.50")]
    lines = owner.admin.get(month.changes[0].link).context["cl"].queryset
    assert [-each.amount_minor for each in lines] == [11_250]
    assert owner.admin.get("/admin/ledger/account/statement/", {"month": "2001-01"}).context["months"] == []
    for wrong in ("2026-13", "x", "0001-01"):
        assert owner.admin.get("/admin/ledger/account/statement/", {"month": wrong}).status_code == 200
    theirs = rival.admin.get("/admin/ledger/account/statement/", {"vendor": str(owner.vendor.pk)}).context["months"]
    assert [str(each.closing) for each in theirs] == ["KES 27.00"]
    asked = finance.admin.get("/admin/ledger/account/statement/", {"vendor": str(owner.vendor.pk)}).context["months"]
    assert [str(each.closing) for each in asked] == ["KES 112.50"]
    assert [-each.amount_minor for each in finance.admin.get(asked[0].changes[0].link).context["cl"].queryset] == [
        11_250
    ]
    assert finance.admin.get("/admin/ledger/account/statement/").context["months"] == []
