"""Vendors and members for tests."""

from itertools import count
from typing import Any

from core.testing import writing_as_system
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from marketplace.vendors.models import Member, Vendor
from marketplace.vendors.queries import free_slug

_numbers = count(1)


def make_vendor(*, owner: User | None = None, status: str = "verified", **values: Any) -> Vendor:
    """A vendor, verified unless said otherwise, with an owner."""
    said = {
        "name": f"Shop {next(_numbers)}",
        "phone": "+254712345678",
        "whatsapp": "+254712345679",
        "city": "Nairobi",
        **values,
    }
    with writing_as_system():
        vendor = Vendor(slug=free_slug(said["name"]), status=status, **said)
        vendor.save(force_insert=True)
        Member(vendor=vendor, user=owner or make_user(), is_owner=True).save(force_insert=True)
    return vendor


def make_member(vendor: Vendor, *grants: str, user: User | None = None, is_owner: bool = False) -> Member:
    """Somebody who works for the vendor with these grants."""
    with writing_as_system():
        member = Member(vendor=vendor, user=user or make_user(), grants=sorted(grants), is_owner=is_owner)
        member.save(force_insert=True)
    return member
