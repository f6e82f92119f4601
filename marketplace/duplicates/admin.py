"""Possible duplicates in the admin: both listings side by side, with what is alike."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from core.admin.sidebar import badge
from core.admin.site import site
from core.resources.admin import admin_of
from core.rules import Actor, scope
from marketplace.catalog.models import Listing
from marketplace.duplicates import comparing, queries
from marketplace.duplicates.models import Duplicate
from marketplace.duplicates.resources import Duplicates


class DuplicatesAdmin(admin_of(Duplicates)):  # type: ignore[misc]
    """The generated admin, and above the form the two listings beside each other."""

    change_form_before_template = "duplicates/beside.html"

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return context
        actor = self.actor(request)
        return {**context, "why": row.why(), "sides": [_side(each, actor) for each in comparing.sides(row)]}


def _side(side: comparing.Side, actor: Actor) -> dict[str, Any]:
    seen = scope(actor, Listing).filter(pk=side.listing.pk).exists()
    return {"side": side, "link": reverse("admin:catalog_listing_change", args=[side.listing.pk]) if seen else ""}


site.register(Duplicate, DuplicatesAdmin)
badge(Duplicate, queries.waiting)
