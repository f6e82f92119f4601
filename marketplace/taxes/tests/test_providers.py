"""Avalara and TaxJar as they document themselves: what is sent, what is read, and that whoever gets no answer has the table."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.core.cache import cache

from core.money import Money
from marketplace.taxes import flows, memory, providers
from marketplace.taxes.assessing import Assessment, Taxable
from marketplace.taxes.providers import CannotSay, ProviderFault
from marketplace.taxes.queries import book
from marketplace.taxes.sales import Sale, Spot
from marketplace.taxes.tests.counterpart import Counterpart, serving
from marketplace.taxes.tests.factories import tax_rate

ON = date(2026, 11, 22)


def usd(amount: int) -> Money:
    return Money(amount, "USD")


def sale(*, is_included: bool = False, first: int = 9_999) -> Sale:
    lines = (Taxable(usd(first)), Taxable(usd(1_200)))
    return Sale(lines, usd(500), Spot("KE", "Nairobi"), Spot("US", "Austin"), ON, is_included)


@pytest.fixture(autouse=True)
def provider(settings: Any) -> Iterator[None]:
    """A counterpart, asked by both."""
    with serving() as url:
        settings.AVALARA_URL, settings.TAXJAR_URL = url, url
        settings.AVALARA_ACCOUNT, settings.AVALARA_KEY, settings.TAXJAR_KEY = "2000", "licence", "token"
        cache.clear()
        flows.forget()
        yield
        cache.clear()
        flows.forget()


@pytest.fixture(params=["avalara", "taxjar"])
def either(request: pytest.FixtureRequest, settings: Any) -> str:
    settings.TAX_PROVIDER = request.param
    return request.param


def test_what_it_says_of_each_line_and_the_shipping_is_read_to_the_cent(either: str) -> None:
    found = providers.provider().assess(sale())
    assert found == Assessment((usd(825), usd(99)), usd(41), is_included=False)


def test_avalara_is_asked_for_an_estimate_in_exact_amounts(settings: Any) -> None:
    settings.TAX_PROVIDER = "avalara"
    providers.provider().assess(sale())
    ((path, headers, body),) = Counterpart.asked
    assert (path, body["type"], body["companyCode"]) == ("/api/v2/transactions/create", "SalesOrder", "DEFAULT")
    assert headers["Authorization"] == "Basic MjAwMDpsaWNlbmNl"
    assert body["addresses"]["shipTo"] == {"country": "US", "city": "Austin"}
    assert [(each["number"], each["amount"], each["taxIncluded"]) for each in body["lines"]] == [
        ("1", 99.99, False),
        ("2", 12.0, False),
        ("shipping", 5.0, False),
    ]


def test_taxjar_is_asked_with_a_token_and_not_about_prices_that_hold_their_tax(settings: Any) -> None:
    settings.TAX_PROVIDER = "taxjar"
    providers.provider().assess(sale())
    ((path, headers, body),) = Counterpart.asked
    assert (path, headers["Authorization"]) == ("/v2/taxes", "Bearer token")
    assert (body["to_country"], body["to_city"], body["shipping"]) == ("US", "Austin", 5.0)
    with pytest.raises(CannotSay):
        providers.provider().assess(sale(is_included=True))
    assert len(Counterpart.asked) == 1


def test_taxjar_without_a_breakdown_has_its_sum_shared_out(settings: Any) -> None:
    settings.TAX_PROVIDER, Counterpart.mode = "taxjar", "plain"
    found = providers.provider().assess(sale())
    assert found.total == usd(965)
    assert found.lines == (usd(825), usd(99))


@pytest.mark.parametrize(
    ("mode", "fault"), [("500", ProviderFault), ("401", ProviderFault), ("nonsense", ProviderFault), ("400", CannotSay)]
)
def test_what_is_no_answer_is_a_fault(either: str, mode: str, fault: type[Exception]) -> None:
    Counterpart.mode = mode
    with pytest.raises(fault):
        providers.provider().assess(sale())


def test_what_was_learnt_is_remembered_for_this_very_sale(either: str) -> None:
    flows.learn([sale(), sale()])
    assert len(Counterpart.asked) == 1
    assert memory.recall(sale()) == Assessment((usd(825), usd(99)), usd(41), is_included=False)
    assert memory.recall(sale(first=10_000)) is None


@pytest.mark.django_db
def test_whoever_gets_no_answer_has_the_table(either: str) -> None:
    tax_rate(country="US", basis_points=500)
    Counterpart.mode = "500"
    rates = book("US", ON)
    asked = rates.sale([Taxable(usd(10_000))], usd(0), origin=Spot("KE"), to=Spot("US"))
    flows.learn([asked])
    assert rates.assess(asked).lines == (usd(476),)


def test_who_fails_five_times_is_left_alone(either: str) -> None:
    Counterpart.mode = "500"
    flows.learn([sale(first=price) for price in range(1, 8)])
    assert len(Counterpart.asked) == 5


def test_whom_it_cannot_tell_it_was_asked_all_the_same_and_that_is_no_failure(either: str) -> None:
    Counterpart.mode = "400"
    flows.learn([sale(first=price) for price in range(1, 8)])
    assert len(Counterpart.asked) == 7


def test_the_table_asks_nobody(settings: Any) -> None:
    settings.TAX_PROVIDER = "table"
    flows.learn([sale()])
    assert Counterpart.asked == []


def test_a_state_and_a_postal_code_are_told_where_they_are_known(settings: Any) -> None:
    there = replace(sale(), to=Spot("US", "Austin", "TX", "78701"))
    settings.TAX_PROVIDER = "avalara"
    providers.provider().assess(there)
    settings.TAX_PROVIDER = "taxjar"
    providers.provider().assess(there)
    avalara, taxjar = (body for _path, _headers, body in Counterpart.asked)
    assert avalara["addresses"] == {
        "shipFrom": {"country": "KE", "city": "Nairobi"},
        "shipTo": {"country": "US", "city": "Austin", "region": "TX", "postalCode": "78701"},
    }
    assert (taxjar["to_state"], taxjar["to_zip"]) == ("TX", "78701")
