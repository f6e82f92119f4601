"""People who judge, and listings that wait for them."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from core.audiences import OPERATIONS
from core.rules import Actor
from core.testing import writing_as_system
from marketplace.accounts.models import HeldRole, Role, User
from marketplace.catalog.models import Category, Listing, Revision
from marketplace.catalog.tests.factories import listing
from marketplace.contacts.tests.factories import person
from marketplace.vendors.models import Vendor


def moderator(name: str = "Mo", user_id: int = 501) -> Actor:
    """Somebody whose role lets them judge."""
    grants = frozenset({"moderate_listings", "edit_listings", "verify_vendors", "view_contacts"})
    return Actor(user_id=user_id, name=name, audience=OPERATIONS, grants=grants)


def pending(
    vendor: Vendor, category: Category, *, hours: float = 0, at: datetime | None = None, **values: Any
) -> Listing:
    """A listing that has waited for so many hours."""
    made = listing(vendor=vendor, category=category, status="pending", **values)
    Listing.objects.filter(pk=made.pk).update(status_since=(at or timezone.now()) - timedelta(hours=hours))
    return Listing.objects.get(pk=made.pk)


def proposal(of: Listing, *, hours: float = 0, **proposed: Any) -> Revision:
    """Changes of a listing that have waited for so many hours."""
    with writing_as_system("factory"):
        made = Revision(listing=of, proposed=proposed or {"title": "New title"}, base_version=of.version)
        made.save()
    Revision.objects.filter(pk=made.pk).update(status_since=timezone.now() - timedelta(hours=hours))
    return Revision.objects.get(pk=made.pk)


def staff(*grants: str) -> User:
    """Somebody with a role of these grants."""
    user = person()
    with writing_as_system("factory"):
        role = Role(name=f"role-{user.pk}", label="Role", grants=list(grants))
        role.save()
        HeldRole(user=user, role=role).save()
    return user
