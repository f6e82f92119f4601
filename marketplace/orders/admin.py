"""Orders and shares in the admin: lists that tell a story, and pages with each share as a card that can be acted on."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.actors import admin_actor
from core.admin.sidebar import Place, add_place
from core.admin.site import site
from core.resources.admin import admin_of
from core.resources.admin.lists import ResourceList
from core.resources.admin.rows import row_url
from core.rules import Actor, policy_of, scope
from marketplace.orders import rows, screens, shapes, states
from marketplace.orders.models import Order, Shipment, VendorOrder
from marketplace.orders.resources import Orders, Shipments, VendorOrders
from marketplace.payments.screens import leads_to


class OrderAdmin(admin_of(Orders)):  # type: ignore[misc]
    """The generated admin. What its page says above is not repeated below: the rest of the facts is folded."""

    change_form_outer_before_template = "orders/order.html"

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ResourceList]:
        return rows.OrderRows

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return rows.order_columns({each.__name__: each for each in super().get_list_display(request)})

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return context
        page = screens.of_order(row, admin_actor(request))
        head = {**context["head"], "image": shapes.image(row), "subtitle": page["placed"]}
        return {**context, "page": page, "head": head, "state": page["state"], "facts": [], "folded": context["facts"]}


class VendorOrderAdmin(admin_of(VendorOrders)):  # type: ignore[misc]
    """The generated admin, with what is to be done now on top and its buttons beside it."""

    change_form_outer_before_template = "orders/share.html"

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ResourceList]:
        return rows.ShareRows

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        declared = {each.__name__: each for each in super().get_list_display(request)}
        return rows.share_columns(declared, admin_actor(request))

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return context
        page = screens.of_share(row, admin_actor(request))
        said = f"{screens.items(page['card'].pieces)}, {row.total}"
        head = {**context["head"], "image": shapes.image(page["card"].share), "subtitle": said}
        return {**context, "page": page, "head": head, "verbs": [], "facts": [], "folded": context["facts"]}


def shares_to_work_on(actor: Actor) -> QuerySet[VendorOrder]:
    """Paid shares that wait for their vendor."""
    return scope(actor, VendorOrder, "accept").filter(state__in=states.OPEN)


def order_page(actor: Actor, reference: str) -> str:
    """The page of the order that a payment is for, for those who may see it."""
    order = scope(actor, Order).filter(reference=reference).first()
    return row_url(order) if order is not None else ""


site.register(Order, OrderAdmin)
site.register(VendorOrder, VendorOrderAdmin)
site.register(Shipment, admin_of(Shipments))
leads_to(order_page)
add_place(
    Place(
        group="Orders",
        title="To send",
        link="/admin/orders/vendororder/?state=to_accept,to_ship",
        icon="local_mall",
        shown=lambda actor: policy_of(VendorOrder).may_ever(actor, "accept"),
        open_work=shares_to_work_on,
        rank=40,  # work before data
    )
)
