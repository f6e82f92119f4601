"""A vendor prepays out of what is available; staff give back; the books, the wallet and the balance always say the same."""

from typing import cast

import pytest
from django.db import IntegrityError, transaction

from core import invariants
from core.errors import DomainError
from core.testing import writing_as_system
from marketplace.cast import Goods, Person
from marketplace.ledger import actions, queries
from marketplace.ledger.models import Journal, Wallet
from marketplace.ledger.tests.factories import SYSTEM, books
from marketplace.payouts.tests.factories import earned
from marketplace.vendors.models import Vendor
from marketplace.vendors.tests.factories import make_member

pytestmark = pytest.mark.django_db
REASON = "You asked us to give it back."


def opened(vendor: Vendor | None) -> Wallet:
    with writing_as_system():
        wallet = Wallet(vendor=cast(Vendor, vendor), currency="KES")
        wallet.save()
    return wallet


@pytest.fixture
def wallet(customer: Person, goods: Goods, owner: Person) -> Wallet:
    """Empty, of a vendor that has KES 120.00 available."""
    earned(customer.user, {goods.rug: 1})
    return opened(owner.vendor)


def stands(wallet: Wallet) -> tuple[int, int]:
    """What is available, and what the wallet says."""
    found = queries.standing_of(wallet.vendor_id, "KES")
    return found.available.amount, Wallet.objects.get(pk=wallet.pk).cached_balance_minor


def test_a_wallet_is_filled_from_what_is_available_and_given_back(wallet: Wallet, owner: Person, admin: Person) -> None:
    actions.top_up(wallet.pk, by=owner.actor("vendor"), amount_minor=5_000)
    actions.top_up(wallet.pk, by=owner.actor("vendor"), amount_minor=1_000)
    assert stands(wallet) == (6_000, 6_000)
    assert books() == {"boosts_wallet": 6_000, "gateway": 12_000, "vendor_available": 6_000}
    actions.give_back(wallet.pk, by=admin.actor("operations"), amount_minor=2_500, reason=REASON)
    assert stands(wallet) == (8_500, 3_500)
    kinds = list(Journal.objects.filter(cause_model="ledger.wallet").order_by("pk").values_list("kind", "note"))
    assert kinds == [("top_up", ""), ("top_up", ""), ("wallet_return", REASON)]
    names = [each.name for each in invariants.all_invariants() if each.name.startswith(("I-L", "I-Y"))]
    assert [str(each) for each in invariants.run(names) if not each.holds] == []


def test_no_more_is_moved_than_there_is(wallet: Wallet, owner: Person, admin: Person) -> None:
    actions.top_up(wallet.pk, by=owner.actor("vendor"), amount_minor=5_000)
    with pytest.raises(DomainError) as refusal:
        actions.top_up(wallet.pk, by=owner.actor("vendor"), amount_minor=7_001)
    assert (refusal.value.code, refusal.value.facts["available"]) == ("not_enough_available", "KES 70.00")
    with pytest.raises(DomainError) as refusal:
        actions.give_back(wallet.pk, by=admin.actor("operations"), amount_minor=5_001, reason=REASON)
    assert (refusal.value.code, refusal.value.facts["balance"]) == ("not_enough_in_wallet", "KES 50.00")
    assert (stands(wallet), Journal.objects.filter(cause_model="ledger.wallet").count()) == ((7_000, 5_000), 1)


def test_the_database_refuses_a_wallet_below_zero_and_a_second_one(wallet: Wallet) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Wallet.objects.filter(pk=wallet.pk).update(cached_balance_minor=-1)
    with pytest.raises(IntegrityError), transaction.atomic():
        opened(wallet.vendor)
    assert Wallet.objects.get().cached_balance_minor == 0


def test_the_audit_finds_a_wallet_that_says_something_else(wallet: Wallet, owner: Person) -> None:
    actions.top_up(wallet.pk, by=owner.actor("vendor"), amount_minor=5_000)
    Wallet.objects.filter(pk=wallet.pk).update(cached_balance_minor=5_001)
    (found,) = invariants.run(["I-L7"])
    assert not found.holds
    Wallet.objects.filter(pk=wallet.pk).update(cached_balance_minor=5_000)
    (found,) = invariants.run(["I-L7"])
    assert found.holds


def test_over_the_api_an_owner_opens_and_fills_it_and_staff_give_back(
    customer: Person, goods: Goods, owner: Person, admin: Person, finance: Person
) -> None:
    earned(customer.user, {goods.rug: 1})
    api = owner.api("vendor")
    body = {"vendor_id": cast(Vendor, owner.vendor).pk, "currency": "KES"}
    made = api.post("/wallets", body)
    assert made.status_code == 201, made.content
    assert made.json()["balance"] == {"amount": 0, "currency": "KES"}
    assert api.post("/wallets", body).status_code == 409
    path = f"/wallets/{made.json()['id']}"
    filled = api.post(f"{path}/top_up", {"amount_minor": 5_000}, if_match=made["ETag"])
    assert (filled.status_code, filled.json()["balance"]["amount"]) == (200, 5_000), filled.content
    assert api.post(f"{path}/top_up", {"amount_minor": 5_000}, if_match=made["ETag"]).status_code == 412
    again = api.post(f"{path}/top_up", {"amount_minor": 8_000}, if_match=filled["ETag"])
    assert (again.status_code, again.json()["code"]) == (409, "not_enough_available")
    for wrong in (0, -1, "5", 2**60, None, True):
        answer = api.post(f"{path}/top_up", {"amount_minor": wrong}, if_match=filled["ETag"])
        assert answer.status_code == 422, wrong
    (line,) = api.get("/postings", {"account_name": "boosts_wallet"}).json()["items"]
    assert (line["what"], line["change"]["amount"]) == ("Prepaid for boosts", 5_000)
    assert api.get("/balance").json()["items"][0]["available"]["amount"] == 7_000
    staff = admin.api("operations")
    seen = staff.get(path)
    given = staff.post(f"{path}/give_back", {"amount_minor": 5_000, "reason": REASON}, if_match=seen["ETag"])
    assert (given.status_code, given.json()["balance"]["amount"]) == (200, 0), given.content
    assert finance.api("operations").get("/wallets").json()["items"][0]["id"] == made.json()["id"]
    assert Wallet.objects.get().cached_balance_minor == 0


def test_a_wallet_is_its_owners(
    wallet: Wallet, owner: Person, rival: Person, member: Person, moderator: Person, customer: Person
) -> None:
    counts_only = Person(make_member(cast(Vendor, owner.vendor), "view_money").user, owner.vendor)
    path, body, version = f"/wallets/{wallet.reference}", {"amount_minor": 100}, {"if_match": '"1"'}
    for stranger in (rival, member):
        assert stranger.api("vendor").get(path).status_code == 404
        assert stranger.api("vendor").post(f"{path}/top_up", body, **version).status_code == 404
        assert stranger.api("vendor").get("/wallets").json()["items"] == []
    assert counts_only.api("vendor").get(path).status_code == 200
    assert counts_only.api("vendor").post(f"{path}/top_up", body, **version).status_code == 403
    assert owner.api("vendor").post(f"{path}/give_back", {**body, "reason": REASON}, **version).status_code == 404
    assert moderator.api("operations").get(path).status_code == 404
    assert customer.api().get(path).status_code == 404
    theirs = {"vendor_id": cast(Vendor, owner.vendor).pk, "currency": "USD"}
    assert rival.api("vendor").post("/wallets", theirs).status_code in (403, 404, 422)
    assert (stands(wallet), Wallet.objects.count()) == ((12_000, 0), 1)


def test_in_the_admin_an_owner_fills_it_and_reads_what_could_be_moved(
    wallet: Wallet, owner: Person, rival: Person
) -> None:
    page = owner.admin.get(f"/admin/ledger/wallet/{wallet.pk}/change/")
    assert page.status_code == 200
    assert "Top up" in page.content.decode()
    assert "Give back" not in page.content.decode()
    assert wallet.reference in owner.admin.get("/admin/ledger/wallet/").content.decode()
    assert wallet.reference not in rival.admin.get("/admin/ledger/wallet/").content.decode()


def test_finance_reads_in_the_books_what_a_wallet_s_journal_is_about(wallet: Wallet, finance: Person) -> None:
    actions.top_up(wallet.pk, by=SYSTEM, amount_minor=100)
    journal = Journal.objects.get(kind="top_up")
    page = finance.admin.get(f"/admin/ledger/journal/{journal.pk}/change/").content.decode()
    assert f"Wallet {wallet.reference}/1" in page
    assert f"/admin/ledger/wallet/{wallet.pk}/change/" in page
    assert "Prepaid for boosts" in finance.admin.get("/admin/ledger/account/balances/").content.decode()
