"""A shop with something to be contacted about, and clicks on it."""

from datetime import datetime
from itertools import count
from typing import Any

from django.utils import timezone

from core.testing import writing_as_system
from marketplace.accounts.models import User
from marketplace.catalog.models import Listing
from marketplace.catalog.tests.factories import category, listing
from marketplace.contacts.actions import press
from marketplace.contacts.channels import Channel
from marketplace.contacts.classes import Klass, Rule
from marketplace.contacts.models import ContactClick
from marketplace.vendors.models import Member, Vendor

BROWSER = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36"
_numbers = count(1)


def shop(**values: Any) -> Vendor:
    """A verified vendor with both numbers."""
    number = next(_numbers)
    values = {
        "name": f"Shop {number}", "slug": f"contact-shop-{number}", "phone": "+254712345678", "whatsapp": "+254722000111",
        "city": "Nairobi", "status": "verified", **values,
    }  # fmt: skip
    return _saved(Vendor(**values))


def shown(vendor: Vendor | None = None, **values: Any) -> Listing:
    """A listing on show."""
    return listing(
        vendor=vendor or shop(), category=values.pop("category", None) or category(), status="approved", **values
    )


def person() -> User:
    """Somebody with an account."""
    return _saved(User(email=f"caller{next(_numbers)}@soko.example", full_name="Person"))


def member(vendor: Vendor, *grants: str) -> User:
    """A member of the vendor, with these grants."""
    user = person()
    _saved(Member(vendor=vendor, user=user, grants=list(grants)))
    return user


def click(of: Listing, *, at: datetime | None = None, channel: str = "call", klass: str = Klass.VALID) -> ContactClick:
    """A click as it is stored, not counted."""
    made = ContactClick(
        listing=of, vendor_id=of.vendor_id, channel=channel, at=at or timezone.now(), klass=klass, rule=Rule.PERSON,
        visitor=f"{next(_numbers):032x}", agent_family="Chrome", city="Nairobi",
    )  # fmt: skip
    made.save()
    return made


def pressed(of: Listing | str, **values: Any) -> Any:
    """Press as a visitor with a browser, unless said otherwise."""
    place = of if isinstance(of, str) else str(of.pk)
    values = {"channel": Channel.CALL, "address": "196.201.1.1", "agent": BROWSER, **values}
    return press(place, **values)


def _saved(row: Any) -> Any:
    with writing_as_system("factory"):
        row.save()
    return row
