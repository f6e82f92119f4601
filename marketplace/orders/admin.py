"""Orders and shares in the admin: above the generated page, where it goes and what happened; in the sidebar, what waits."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.actors import admin_actor
from core.admin.sidebar import badge
from core.admin.site import site
from core.resources.admin import admin_of
from core.rules import Actor, scope
from marketplace.orders import queries, shapes, states
from marketplace.orders.models import Order, VendorOrder
from marketplace.orders.resources import Orders, VendorOrders

Slip = dict[str, Any]


def slip_of(order: Order, actor: Actor) -> Slip:
    """Of a whole order."""
    to = {name: getattr(order, name) for name in shapes.Destination.model_fields}
    return {"to": to, "timeline": _told(queries.timeline(order, list(order.shares.select_related("vendor")), actor))}


def slip_of_share(share: VendorOrder, actor: Actor) -> Slip:
    """Of one vendor's share."""
    return {"to": shapes.destination(share), "timeline": _told(queries.timeline_of_share(share, actor))}


def _told(moments: list[queries.Moment]) -> list[dict[str, Any]]:
    return [{**vars(each), "words": each.event.replace("_", " ").capitalize()} for each in moments]


class OrderAdmin(admin_of(Orders)):  # type: ignore[misc]
    """The generated admin, with the slip."""

    change_form_before_template = "orders/slip.html"

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        row = self.get_object(request, object_id) if object_id else None
        slip = {"slip": slip_of(row, admin_actor(request))} if row is not None else {}
        return {**super().form_context(request, object_id), **slip}


class VendorOrderAdmin(admin_of(VendorOrders)):  # type: ignore[misc]
    """The generated admin, with the slip."""

    change_form_before_template = "orders/slip.html"

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        row = self.get_object(request, object_id) if object_id else None
        slip = {"slip": slip_of_share(row, admin_actor(request))} if row is not None else {}
        return {**super().form_context(request, object_id), **slip}


def shares_to_work_on(actor: Actor) -> QuerySet[VendorOrder]:
    """Paid shares that wait for their vendor."""
    return scope(actor, VendorOrder, "accept").filter(state__in=states.OPEN)


site.register(Order, OrderAdmin)
site.register(VendorOrder, VendorOrderAdmin)
badge(VendorOrder, shares_to_work_on)
