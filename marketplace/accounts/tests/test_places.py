"""States and postal codes: one spelling, judged by their country, and nothing asked for that is not said."""

import pytest
from django.core.exceptions import ValidationError

from core.errors import Invalid
from marketplace.accounts.places import judge, locality, settled, spelled


@pytest.mark.parametrize(
    ("country", "said", "kept"),
    [
        ("US", (" california ", " 94103"), ("CA", "94103")),
        ("US", ("tx", "78701-1234"), ("TX", "78701-1234")),
        ("CA", ("Ontario", "k1a 0b1"), ("ON", "K1A 0B1")),
        ("GB", ("", "sw1a  1aa"), ("", "SW1A 1AA")),
        ("KE", ("Nairobi County", "00100"), ("Nairobi County", "00100")),
        ("ZZ", ("Anywhere", "x-1"), ("Anywhere", "X-1")),
        ("US", ("", ""), ("", "")),
    ],
)
def test_a_place_is_kept_in_one_spelling(country: str, said: tuple[str, str], kept: tuple[str, str]) -> None:
    assert spelled(country, *said) == kept
    judge(country, *kept)
    again = settled({"country": country, "town": "There", "province": said[0], "postal_code": said[1]})
    assert (again["province"], again["postal_code"], again["town"]) == (*kept, "There")


@pytest.mark.parametrize(
    ("country", "said", "at"),
    [
        ("US", ("Nairobi", ""), ["province"]),
        ("US", ("CA", "9410"), ["postal_code"]),
        ("US", ("XX", "SW1A 1AA"), ["postal_code", "province"]),
        ("KE", ("", "123456"), ["postal_code"]),
        ("GB", ("", "GIR 0AA and more"), ["postal_code"]),
    ],
)
def test_what_a_country_does_not_have_is_refused_at_its_field(
    country: str, said: tuple[str, str], at: list[str]
) -> None:
    with pytest.raises(ValidationError) as fault:
        judge(country, *said)
    assert sorted(fault.value.error_dict) == at
    with pytest.raises(Invalid) as refusal:
        settled({"country": country, "province": said[0], "postal_code": said[1]})
    assert sorted(each.pointer for each in refusal.value.errors) == [f"/{name}" for name in at]


def test_the_last_line_of_an_address_says_what_is_known() -> None:
    assert locality("Austin", "TX", "78701", "US") == "Austin, TX 78701, US"
    assert locality("Nairobi", "", "", "KE") == "Nairobi, KE"
