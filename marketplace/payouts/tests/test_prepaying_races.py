"""A vendor prepays while its payout is prepared, and twice at once: the same money goes one way (PostgreSQL, real transactions)."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from django.db import connection

from core.testing import writing_as_system
from core.testing.races import at_once
from marketplace.cast import Goods, Person
from marketplace.ledger import actions as ledger
from marketplace.ledger.actions import prepaying
from marketplace.ledger.models import Wallet
from marketplace.ledger.tests.factories import books
from marketplace.payouts import tasks
from marketplace.payouts.actions import preparing
from marketplace.payouts.tests.factories import account, earned
from marketplace.vendors.models import Vendor

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def wallet(customer: Person, goods: Goods, owner: Person) -> Wallet:
    """Empty, of a vendor that has KES 120.00 available and a verified account."""
    vendor = cast(Vendor, owner.vendor)
    earned(customer.user, {goods.rug: 1})
    account(vendor)
    with writing_as_system():
        found = Wallet(vendor=vendor, currency="KES")
        found.save()
    return found


def filling(wallet: Wallet, owner: Person, amount: int) -> Callable[[], object]:
    actor = owner.actor("vendor")
    return lambda: ledger.top_up(wallet.pk, by=actor, amount_minor=amount)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between counting what is available and moving it there is time for somebody else."""

    def after_a_while(done: Any) -> Any:
        def slowly(*given: Any, **named: Any) -> Any:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.5)")
            return done(*given, **named)

        return slowly

    monkeypatch.setattr(prepaying, "post", after_a_while(prepaying.post))
    monkeypatch.setattr(preparing, "move", after_a_while(preparing.move))


def test_what_is_prepaid_is_not_paid_out_and_the_other_way_round(wallet: Wallet, owner: Person, slow: None) -> None:
    answers = at_once([filling(wallet, owner, 5_000), tasks.run_payouts])
    found = books()
    assert answers["done"] + answers.get("not_enough_available", 0) == 2
    assert found.get("vendor_available", 0) == 0
    assert found["vendor_paying"] + found.get("boosts_wallet", 0) == 12_000
    assert Wallet.objects.get().cached_balance_minor == found.get("boosts_wallet", 0)


def test_without_holding_the_vendor_the_same_money_goes_both_ways(
    wallet: Wallet, owner: Person, slow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The positive control: the wallet alone is held while the vendor's money is counted."""
    monkeypatch.setattr(Wallet, "locked_under", "")
    assert at_once([filling(wallet, owner, 5_000), tasks.run_payouts]) == {"done": 2}
    assert books()["vendor_available"] == -5_000


def test_who_prepays_twice_at_once_moves_no_more_than_there_is(wallet: Wallet, owner: Person, slow: None) -> None:
    answers = at_once([filling(wallet, owner, 5_000)] * 3)
    assert (answers["done"], answers["not_enough_available"]) == (2, 1)
    assert books() == {"boosts_wallet": 10_000, "gateway": 12_000, "vendor_available": 2_000}
    assert Wallet.objects.get().cached_balance_minor == 10_000
