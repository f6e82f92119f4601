"""Reads about vendors: a free slug, and what somebody is a member of."""

from dataclasses import dataclass
from uuid import uuid4

from django.utils.text import slugify

from marketplace.vendors.models import Member, Vendor

RESERVED = frozenset({"facets", "pick", "bulk"})


@dataclass(frozen=True)
class Membership:
    """One vendor that somebody works for."""

    vendor: Vendor
    is_owner: bool
    grants: tuple[str, ...]


def memberships_of(user_id: int) -> list[Membership]:
    """What the user is a member of, oldest first."""
    found = Member.objects.filter(user_id=user_id).select_related("vendor").order_by("pk")
    return [Membership(each.vendor, each.is_owner, tuple(sorted(each.effective_grants()))) for each in found]


def people_of(vendor_id: int, grant: str = "") -> list[int]:
    """The keys of everybody who works for a vendor and may sign in; of those with a grant, if one is named."""
    found = Member.objects.filter(vendor_id=vendor_id, user__is_active=True).order_by("pk")
    return [each.user_id for each in found if not grant or grant in each.effective_grants()]


def free_slug(name: str) -> str:
    """A slug made of the name that no vendor has; it always contains a letter, so that it is never taken for an id."""
    stem = slugify(name)[:50].strip("-")
    if not any(each.isalpha() for each in stem) or stem in RESERVED:
        stem = f"vendor-{stem}".rstrip("-")
    if not Vendor.objects.filter(slug=stem).exists():
        return stem
    return f"{stem}-{uuid4().hex[:6]}"


def currency_of(vendor_id: int) -> str | None:
    """The currency that a vendor sells in; None where there is no such vendor."""
    return Vendor.objects.filter(pk=vendor_id).values_list("currency", flat=True).first()
