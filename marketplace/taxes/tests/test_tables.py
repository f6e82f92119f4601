"""The market's own table: what the database refuses, what counts on a day, and who may edit it."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.errors import DomainError
from core.money import Money
from core.resources import operations
from marketplace.cast import Person
from marketplace.taxes.assessing import Taxable, rate_for
from marketplace.taxes.models import TaxRate, percent
from marketplace.taxes.queries import Book, book
from marketplace.taxes.resources import TaxRates
from marketplace.taxes.sales import Spot
from marketplace.taxes.tests.factories import tax_country, tax_rate

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 22)


def tax_of(found: Book, price: int, town: str = "") -> int:
    to = Spot("KE", town)
    sale = found.sale([Taxable(Money(price, "KES"))], Money(0, "KES"), origin=to, to=to)
    return found.assess(sale).total.amount


def test_without_rates_nothing_is_taxed_and_one_query_is_asked() -> None:
    with CaptureQueriesContext(connection) as queries:
        found = book("KE", ON)
    assert (tax_of(found, 11_600), found.is_included, len(queries)) == (0, True, 1)


def test_prices_hold_their_tax_unless_their_country_says_otherwise() -> None:
    tax_rate()
    assert tax_of(book("KE", ON), 11_600) == 1_600
    tax_country("KE", prices_include_tax=False)
    assert tax_of(book("KE", ON), 11_600) == 1_856


def test_what_is_over_or_elsewhere_does_not_count() -> None:
    tax_rate(valid_until=date(2026, 11, 21))
    tax_rate(country="UG")
    assert book("KE", ON).rates == ()


def test_a_place_and_category_have_one_rate_from_a_day_on() -> None:
    tax_rate()
    with pytest.raises(IntegrityError), transaction.atomic():
        tax_rate(basis_points=800)
    tax_rate(basis_points=800, valid_from=date(2026, 1, 1))
    assert tax_of(book("KE", ON), 10_800) == 800


@pytest.mark.parametrize(
    ("said", "pointer"),
    [
        ({"basis_points": 10_001}, "/basis_points"),
        ({"country": "Kenya"}, "/country"),
        ({"valid_until": date(2019, 12, 31)}, ""),
    ],
)
def test_a_rate_that_is_none_is_refused_in_words(finance: Person, said: dict[str, object], pointer: str) -> None:
    usual = {"name": "VAT", "country": "KE", "basis_points": 1600, "valid_from": date(2020, 1, 1)}
    with pytest.raises(DomainError) as refusal:
        operations.create(TaxRates, usual | said, by=finance.actor("operations"))
    assert refusal.value.errors[0].pointer.startswith(pointer)
    assert TaxRate.objects.count() == 0


def test_finance_edits_rates_and_moderators_do_not_see_them(finance: Person, moderator: Person) -> None:
    body = {"name": "VAT", "country": "KE", "basis_points": 1600, "valid_from": "2020-01-01"}
    made = finance.api("operations").post("/tax-rates", body)
    assert (made.status_code, made.json()["percent"]) == (201, "16 %")
    assert moderator.api("operations").post("/tax-rates", body | {"country": "UG"}).status_code in (403, 404)
    assert moderator.api("operations").get("/tax-rates").json()["items"] == []
    assert TaxRate.objects.count() == 1


def test_a_sale_is_tried_out(finance: Person, moderator: Person) -> None:
    tax_rate(town="Mombasa", basis_points=825)
    path = "/admin/taxes/taxrate/try/"
    page = finance.admin.get(path, {"amount": "1,082.50", "country": "KE", "town": "mombasa"}).content.decode()
    assert "VAT 8.25 %" in page
    assert "KES 82.50" in page
    assert "No rate taxes this there." in finance.admin.get(path, {"amount": "5", "country": "KE"}).content.decode()
    assert "Write an amount" in finance.admin.get(path, {"amount": "much", "country": "KE"}).content.decode()
    assert moderator.admin.get(path).status_code == 403


def test_percents_are_written_as_people_read_them() -> None:
    assert [percent(each) for each in (0, 50, 825, 1600, 1050)] == ["0 %", "0.5 %", "8.25 %", "16 %", "10.5 %"]


def test_a_rate_of_a_province_is_kept_by_its_code_and_taken_there_alone() -> None:
    tax_rate(country="US", basis_points=0)
    texas = tax_rate(country="US", province="texas", basis_points=625)
    tax_rate(country="US", province="TX", town="Austin", basis_points=825)
    assert (texas.province, str(texas)) == ("TX", "VAT 6.25 %, TX, US")
    held = book("US", date(2026, 11, 22))
    found = [
        rate.basis_points
        for town, province in (("Austin", "TX"), ("Dallas", "TX"), ("Austin", ""), ("Fresno", "CA"))
        if (rate := rate_for((), held.rates, town=town, province=province, on=held.on)) is not None
    ]
    assert found == [825, 625, 0, 0]
    with pytest.raises(ValidationError) as fault:
        TaxRate(name="VAT", country="US", province="Nairobi", valid_from=date(2026, 1, 1), basis_points=1).clean()
    assert list(fault.value.error_dict) == ["province"]
