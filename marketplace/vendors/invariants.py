"""What always holds of vendors and their members."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, QuerySet

from core.invariants import invariant
from marketplace.vendors.grants import EVERYTHING
from marketplace.vendors.models import Member, Vendor


@invariant("I-U3", owner="vendors")
def members_beyond_their_vendor() -> Iterator[int]:
    """A member has only grants that vendors can give, and an owner, who has them all, none by name."""
    for member in Member.objects.only("pk", "grants", "is_owner").order_by("pk").iterator(500):
        if not set(member.grants) <= EVERYTHING or (member.is_owner and member.grants):
            yield member.pk


@invariant("I-U5", owner="vendors")
def vendors_without_an_owner() -> QuerySet:
    """Every vendor has an owner."""
    owner = Member.objects.filter(vendor=OuterRef("pk"), is_owner=True)
    return Vendor.objects.filter(~Exists(owner)).order_by("pk").values_list("pk", flat=True)
