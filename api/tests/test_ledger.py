"""A vendor's money and the books, over the API and in the admin: whose they are, that they add up, and that numbers lead on."""

import html
import re
from urllib.parse import urlsplit

import pytest
from django.http import QueryDict
from django.utils import timezone

from api.operations import ledger as ledger_routes
from core.resources.admin import lists
from core.rules import scope
from core.testing import writing_as_system
from marketplace.cast import Goods, Person
from marketplace.ledger import screens
from marketplace.ledger.actions import Cause, Entry, post
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Account, CommissionRule, Journal, Posting
from marketplace.ledger.resources import Postings
from marketplace.ledger.tests.factories import booked, given_back, rule
from marketplace.orders.tests.factories import shares_of
from marketplace.vendors.models import Member

pytestmark = pytest.mark.django_db


def kes(amount: int) -> dict[str, object]:
    return {"amount": amount, "currency": "KES"}


@pytest.fixture
def sold(customer: Person, goods: Goods) -> None:
    """10 % of a mug and a rug of the owner's and a lamp of the rival's; half of the rug went back."""
    rule(1000)
    order = booked(customer.user, {goods.mug: 1, goods.rug: 1, goods.lamp: 1})
    given_back(order, 6250, about=shares_of(order)[0].reference)


def test_a_vendor_reads_its_own_balance_and_nobody_elses(sold: None, owner: Person, rival: Person) -> None:
    assert owner.vendor is not None
    nothing = {name: kes(0) for name in ("available", "reserved", "paying")}
    mine = {"vendor_id": owner.vendor.pk, "pending": kes(5625), "total": kes(5625), **nothing}
    assert owner.api("vendor").get("/balance").json() == {"items": [mine]}
    theirs = rival.api("vendor").get("/balance").json()["items"]
    assert [each["pending"] for each in theirs] == [kes(2700)]


def test_finance_reads_what_each_vendor_has_page_by_page(
    sold: None, finance: Person, moderator: Person, owner: Person, rival: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = finance.api("operations")
    found = api.get("/ledger/balances").json()
    mine, theirs = (person.api("vendor").get("/balance").json()["items"] for person in (owner, rival))
    assert found == {"items": sorted([*mine, *theirs], key=lambda each: each["vendor_id"]), "next": None}
    assert owner.vendor is not None
    assert api.get("/ledger/balances", {"vendor": str(owner.vendor.pk)}).json() == {"items": mine, "next": None}
    monkeypatch.setattr(ledger_routes, "PAGE", 1)
    first = api.get("/ledger/balances").json()
    rest = api.get("/ledger/balances", {"after": str(first["next"])}).json()
    assert ([*first["items"], *rest["items"]], rest["next"]) == (found["items"], None)
    assert api.get("/ledger/balances", {"vendor": "999999"}).json() == {"items": [], "next": None}
    for wrong in ({"vendor": "x"}, {"after": "-1"}, {"page": "2"}):
        assert api.get("/ledger/balances", wrong).status_code == 422, wrong
    assert moderator.api("operations").get("/ledger/balances").status_code == 403


def test_balances_of_many_vendors_come_by_pages_and_those_that_owe_too(
    sold: None, finance: Person, owner: Person, rival: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screens, "PAGE", 1)
    place = "/admin/ledger/account/balances/"
    assert owner.vendor is not None
    assert rival.vendor is not None
    mine, theirs = (f"statement/?vendor={each.pk}" for each in (owner.vendor, rival.vendor))
    first, second = (finance.admin.get(f"{place}{asked}").content.decode() for asked in ("", "?p=2"))
    assert [(mine in page, theirs in page) for page in (first, second)] == [(True, False), (False, True)]
    assert ("?p=2" in first, "?p=1" in second, "Trial balance" in second) == (True, True, True)
    for vendor in (owner.vendor, rival.vendor):
        owe(vendor.pk)
    first, second = (finance.admin.get(f"{place}?owes=true{asked}").content.decode() for asked in ("", "&p=2"))
    assert [(mine in page, theirs in page) for page in (first, second)] == [(True, False), (False, True)]
    assert "?owes=true&amp;p=2" in first or "?owes=true&p=2" in first
    assert "No vendor owes" not in second


@pytest.fixture
def two_currencies(sold: None, owner: Person, rival: Person) -> None:
    """The owner and the rival have money in birr, too, and at another gateway."""
    for person in (owner, rival):
        assert person.vendor is not None
        owe(person.vendor.pk, "ETB", 700)
    with writing_as_system():
        for part in ("mock", "chapa"):
            post(
                JournalKind.CORRECTION, Cause("vendors.vendor", part),
                [Entry(AccountKind.GATEWAY, 300, part=part), Entry(AccountKind.CLEARING, -300)],
                currency="ETB", at=timezone.now(),
            )  # fmt: skip


def shown_by(person: Person, link: str, audience: str) -> tuple[set[str], int]:
    """The currencies of the postings that a link of the admin shows to somebody, and what they come to."""
    actor = person.actor(audience)
    rows = scope(actor, Posting).filter(lists.asked(Postings, actor, QueryDict(urlsplit(html.unescape(link)).query)))
    assert person.admin.get(html.unescape(link)).status_code == 200
    return set(rows.values_list("amount_currency", flat=True)), sum(each.amount_minor for each in rows)


LINKS = re.compile(r'href="(/admin/ledger/posting/[^"]*)"[^>]*>[^<A-Z]*([A-Z]{3})[^<0-9]*([0-9,]+)\.([0-9]{2})<')


def test_every_number_of_the_balances_leads_to_the_postings_that_make_it(
    two_currencies: None, finance: Person, owner: Person
) -> None:
    for person, audience, many in ((finance, "operations", 12), (owner, "vendor", 2)):
        page = person.admin.get("/admin/ledger/account/balances/").content.decode()
        found = LINKS.findall(page)
        assert len(found) == many, found
        for link, currency, whole, cents in found:
            currencies, minor = shown_by(person, link, audience)
            assert (currencies, abs(minor)) == ({currency}, int(whole.replace(",", "") + cents)), link


def test_every_number_of_a_statement_leads_to_the_postings_that_make_it(
    two_currencies: None, finance: Person, owner: Person, rival: Person
) -> None:
    assert owner.vendor is not None
    with writing_as_system():
        Member(vendor=rival.vendor, user=owner.user, is_owner=True).save(force_insert=True)
    place = "/admin/ledger/account/statement/"
    for person, audience, asked, many in (
        (finance, "operations", f"?vendor={owner.vendor.pk}", 3),
        (owner, "vendor", "", 5),
    ):
        found = LINKS.findall(person.admin.get(f"{place}{asked}").content.decode())
        assert len(found) == many, found
        for link, currency, whole, cents in found:
            currencies, minor = shown_by(person, link, audience)
            assert (currencies, abs(minor)) == ({currency}, int(whole.replace(",", "") + cents)), link


def owe(vendor_id: int, currency: str = "KES", minor: int = 100_000) -> None:
    """Something is taken of a vendor that it has not."""
    cause = Cause("vendors.vendor", f"{vendor_id}-{currency}")
    with writing_as_system():
        post(
            JournalKind.CORRECTION, cause, [Entry(AccountKind.AVAILABLE, minor, vendor_id=vendor_id), Entry(AccountKind.CLEARING, -minor)],
            currency=currency, at=timezone.now(),
        )  # fmt: skip


def test_a_statement_adds_up_from_opening_to_closing(sold: None, owner: Person) -> None:
    api = owner.api("vendor")
    now = api.get("/statement").json()
    assert [(each["opening"], each["closing"]) for each in now["items"]] == [(kes(0), kes(5625))]
    assert now["items"][0]["changes"] == [
        {"kind": "reversal", "amount": kes(-5625)},
        {"kind": "sale", "amount": kes(11_250)},
    ]
    later = api.get("/statement", {"month": "2999-12"}).json()["items"][0]
    assert (later["opening"], later["changes"], later["closing"]) == (kes(5625), [], kes(5625))
    assert api.get("/statement", {"month": "2001-01"}).json()["items"] == []
    for wrong in ("2026-13", "november", "2026", "0001-01x", "2026-1"):
        assert api.get("/statement", {"month": wrong}).status_code == 422, wrong


def test_the_lines_of_a_balance_are_its_postings(sold: None, owner: Person, rival: Person) -> None:
    lines = owner.api("vendor").get("/postings", {"account_name": "vendor_pending"}).json()["items"]
    assert [each["change"]["amount"] for each in lines] == [-5625, 11_250]
    assert {each["what"] for each in lines} == {"Sold", "Sale taken back"}
    assert {"journal", "journal_id", "amount", "side"} & set(lines[0]) == set()
    fees = owner.api("vendor").get("/line-fees").json()["items"]
    assert [(each["words"], each["amount"]["amount"]) for each in fees] == [("10 %", 1200), ("10 %", 50)]
    assert len(rival.api("vendor").get("/line-fees").json()["items"]) == 1


def test_members_without_the_grant_and_everybody_else_see_none_of_it(
    sold: None, member: Person, customer: Person, moderator: Person
) -> None:
    for path in ("/balance", "/statement"):
        assert member.api("vendor").get(path).status_code == 403
        assert customer.api("vendor").get(path).status_code == 403
    for path in ("/postings", "/accounts", "/line-fees", "/line-splits", "/settlement-terms"):
        assert member.api("vendor").get(path).json()["items"] == []
        assert moderator.api("operations").get(path).json()["items"] == []
        assert customer.api().get(path).status_code == 404
    for path in ("/ledger/trial-balance", "/ledger/preview"):
        assert moderator.api("operations").get(path).status_code == 403


def test_the_trial_balance_has_two_equal_sides(sold: None, finance: Person) -> None:
    items = finance.api("operations").get("/ledger/trial-balance").json()["items"]
    found = {(each["account"], each["part"]): each["debit"]["amount"] - each["credit"]["amount"] for each in items}
    assert found == {
        ("clearing", ""): 0,
        ("gateway", "mock"): 9250,
        ("revenue", "commission"): -925,
        ("vendor_pending", ""): -8325,
    }


def test_finance_sets_fees_and_previews_a_sale(sold: None, finance: Person, goods: Goods) -> None:
    api, vendor = finance.api("operations"), goods.mug.listing.vendor_id
    made = api.post(
        "/commission-rules",
        {"fee": "transaction", "vendor_id": vendor, "basis_points": 350, "fixed_minor": 30, "currency": "KES"},
    )
    assert made.status_code == 201, made.content
    found = api.get("/ledger/preview", {"vendor": str(vendor), "price": "1000"}).json()
    assert [(each["fee"], each["words"], each["amount"]) for each in found["fees"]] == [
        ("commission", "10 %", kes(100)),
        ("transaction", "3.5 % + KES 0.30", kes(65)),
    ]
    assert (found["taken"], found["left"]) == (kes(165), kes(835))
    for query in (
        {},
        {"vendor": str(vendor)},
        {"vendor": "999999", "price": "5"},
        {"vendor": str(vendor), "price": "-1"},
    ):
        assert api.get("/ledger/preview", query).status_code == 422, query


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"fixed_minor": 30}, 409, "in which currency"),
        ({"basis_points": 10_001}, 422, ""),
        ({"currency": "KES", "minimum_minor": 500, "maximum_minor": 100}, 422, "less than the least"),
        ({"basis_points": 900}, 409, "There is a rule for this fee"),
        ({"fee": "bribe"}, 422, ""),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_and_not_kept(
    body: dict[str, object], status: int, words: str, sold: None, finance: Person
) -> None:
    answer = finance.api("operations").post("/commission-rules", {"fee": "commission", **body})
    assert (answer.status_code, CommissionRule.objects.count()) == (status, 1), answer.content
    assert words in answer.content.decode()


def test_the_books_are_written_by_nobody(sold: None, admin: Person) -> None:
    journal = Journal.objects.earliest("pk")
    api = admin.api("operations")
    assert api.patch(f"/journals/{journal.reference}", {"note": "x"}, if_match='"1"').status_code in (404, 405)
    assert api.delete(f"/journals/{journal.reference}", if_match='"1"').status_code in (404, 405)
    assert api.post("/postings", {}).status_code in (404, 405)


def test_each_number_in_the_admin_leads_to_its_journals(sold: None, finance: Person) -> None:
    browser = finance.admin
    balances = browser.get("/admin/ledger/account/balances/").content.decode()
    assert "Trial balance, KES" in balances
    assert "KES 92.50" in balances
    pending = Account.objects.filter(kind="vendor_pending").earliest("pk")
    assert f"/admin/ledger/posting/?account={pending.pk}" in balances
    postings = browser.get(f"/admin/ledger/posting/?account={pending.pk}")
    assert postings.status_code == 200
    assert browser.get(f"/admin/ledger/account/{pending.pk}/change/").status_code == 200
    page = browser.get("/admin/ledger/journal/").content.decode()
    links = set(re.findall(r"/admin/ledger/journal/(\d+)/change/", page))
    assert len(links) == Journal.objects.count() == 5
    for key in links:
        assert browser.get(f"/admin/ledger/journal/{key}/change/").status_code == 200
    reversal = browser.get(f"/admin/ledger/journal/{Journal.objects.get(kind='reversal').pk}/change/").content.decode()
    assert "Takes back" in reversal
    assert "/admin/payments/refund/" in reversal
    assert Journal.objects.get(kind="sale", reversed_by__isnull=False).reference in reversal


def test_a_sale_is_tried_out_on_its_own_page(sold: None, finance: Person, goods: Goods) -> None:
    page = "/admin/ledger/commissionrule/preview/"
    assert "The market takes" not in finance.admin.get(page).content.decode()
    tried = finance.admin.get(page, {"listing": goods.mug.listing_id, "price": "1,000"}).content.decode()
    assert "KES 100.00" in tried
    assert "KES 900.00" in tried
    vendor, shelf = goods.mug.listing.vendor_id, goods.mug.listing.category_id
    chosen = finance.admin.get(page, {"vendor": vendor, "category": shelf, "price": "1000"}).content.decode()
    assert "KES 900.00" in chosen
    assert "There is no such listing." in finance.admin.get(page, {"listing": "99999", "price": "5"}).content.decode()
    assert "Say whose sale it is." in finance.admin.get(page, {"price": "5"}).content.decode()
    assert (
        "Write an amount" in finance.admin.get(page, {"listing": goods.mug.listing_id, "price": "ten"}).content.decode()
    )
    assert "preview/" in finance.admin.get("/admin/ledger/commissionrule/").content.decode()


def test_a_vendor_sees_its_own_money_in_the_admin_and_no_more(sold: None, owner: Person, member: Person) -> None:
    page = owner.admin.get("/admin/ledger/account/balances/").content.decode()
    assert "KES 56.25" in page
    assert "Rita" not in page
    assert "Trial balance" not in page
    assert member.admin.get("/admin/ledger/account/balances/").status_code == 403
    assert owner.admin.get("/admin/ledger/journal/").status_code in (302, 403, 404)
    mine = Account.objects.get(vendor=owner.vendor, kind="vendor_pending")
    theirs = Account.objects.exclude(vendor=owner.vendor).filter(kind="vendor_pending").get()
    assert owner.admin.get(f"/admin/ledger/account/{mine.pk}/change/").status_code == 200
    assert owner.admin.get(f"/admin/ledger/account/{theirs.pk}/change/").status_code in (302, 404)
