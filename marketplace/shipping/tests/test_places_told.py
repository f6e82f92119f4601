"""What DHL and FedEx are told of where a parcel goes: state and postal code where they are known, and nothing made up."""

from typing import Any

import pytest

from core.money import Money
from marketplace.shipping.carriers import Parcel, Place, dhl, fedex
from marketplace.shipping.tests.factories import zone

AUSTIN = Place("US", "Austin", "1 Main St", "Ann", "+15125550100", province="TX", postal_code="78701")
NAIROBI = Place("KE", "Nairobi")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What DHL is asked, in place of asking it."""
    found: list[dict[str, Any]] = []

    def told(_verb: str, _url: str, *, params: dict[str, Any], **_more: Any) -> dict[str, Any]:
        found.append(params)
        return {"products": []}

    monkeypatch.setattr(dhl, "told", told)
    return found


def test_dhl_is_asked_with_the_postal_codes_that_are_known(asked: list[dict[str, Any]]) -> None:
    carrier = dhl.Dhl(url="http://nowhere", user="u", password="p", account="1")
    for to in (AUSTIN, NAIROBI):
        carrier.quote(Parcel(500, Money(100, "USD"), NAIROBI, to))
    assert [each.get("destinationPostalCode") for each in asked] == ["78701", None]
    assert ["originPostalCode" in each for each in asked] == [False, False]


def test_parties_have_state_and_postal_code() -> None:
    there = dhl._party(AUSTIN)["postalAddress"]
    assert (there["provinceCode"], there["postalCode"], there["cityName"]) == ("TX", "78701", "Austin")
    assert "provinceCode" not in dhl._party(NAIROBI)["postalAddress"]
    assert fedex._address(AUSTIN) == {
        "city": "Austin", "countryCode": "US", "postalCode": "78701", "stateOrProvinceCode": "TX",
    }  # fmt: skip
    assert fedex._address(NAIROBI) == {"city": "Nairobi", "countryCode": "KE", "postalCode": ""}


@pytest.mark.django_db
def test_a_zone_of_provinces_reaches_those_alone() -> None:
    west = zone(name="West", countries="US, CA", provinces="california, Ontario, Rift Valley")
    assert west.provinces == "CA, ON, Rift Valley"
    told = [("US", "CA"), ("CA", "ON"), ("US", "TX"), ("US", ""), ("KE", "Rift Valley")]
    assert [west.reaches(country, "Anywhere", province) for country, province in told] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert zone(name="All", countries="US").reaches("US", "Austin", "TX")
