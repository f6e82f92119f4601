"""Orders and shares in the admin: lists that tell a story, and pages with each share as a card that can be acted on."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from core.admin.actors import admin_actor
from core.admin.landing import register
from core.admin.sidebar import Place, add_place
from core.admin.site import site
from core.errors import DomainError, Missing
from core.resources.admin import admin_of
from core.resources.admin.lists import ResourceList
from core.resources.admin.rows import row_url
from core.rules import Actor, policy_of, scope
from marketplace.orders import (
    back_admin,  # noqa: F401  what goes back has pages of its own
    documents,
    drafts,
    files,
    flows,
    rows,
    screens,
    screens_delivery,
    screens_parcels,
    shapes,
    states,
)
from marketplace.orders.models import CreditNote, Delivery, DraftOrder, Order, Shipment, VendorOrder
from marketplace.orders.resources import CreditNotes, Deliveries, DraftOrders, Orders, Shipments, VendorOrders
from marketplace.payments.screens import leads_to, link


def paper[R](row: R | None, draw: Callable[[R], bytes]) -> HttpResponse:
    """A document about a row. One that is not the actor's, or not there yet, is a 404."""
    try:
        if row is None:
            raise Http404
        content = draw(row)
    except Missing:
        raise Http404 from None
    return HttpResponse(content, content_type="application/pdf", headers={"Cache-Control": "private, no-store"})


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

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [
            ("<path:object_id>/invoice.pdf", self.invoice_view, "invoice"),
            ("<path:object_id>/packing-slip.pdf", self.slip_view, "slip"),
        ]

    def invoice_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return paper(self.get_object(request, object_id), documents.invoice)

    def slip_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return paper(self.get_object(request, object_id), documents.packing_slip)

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


class ShipmentAdmin(admin_of(Shipments)):  # type: ignore[misc]
    """The generated admin, with what is in the parcel and where it goes."""

    change_form_outer_before_template = "orders/parcel.html"

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [
            ("<path:object_id>/packing-slip.pdf", self.slip_view, "slip"),
            ("<path:object_id>/label.pdf", self.label_view, "label"),
        ]

    def slip_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return paper(self.get_object(request, object_id), documents.packing_slip_of)

    def label_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        row = self.get_object(request, object_id)
        try:
            if row is None:
                raise Http404
            return files.label(row, by=admin_actor(request))
        except Missing:
            raise Http404 from None

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return context
        folded = [each for each in context["facts"] if each[0] != "Contents"]
        return {**context, "page": screens_parcels.of_parcel(row, admin_actor(request)), "facts": [], "folded": folded}


class DeliveryAdmin(admin_of(Deliveries)):  # type: ignore[misc]
    """The generated admin: its page is the courier's card, and takes and shows photos."""

    change_form_outer_before_template = "orders/delivery.html"

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [
            ("<path:object_id>/photo/", self.photo_view, "photo"),
            ("<path:object_id>/photos/<int:photo_id>/", self.photo_file_view, "photo_file"),
        ]

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return context
        page = screens_delivery.of_delivery(row, admin_actor(request))
        return {**context, "page": page, "verbs": [], "facts": [], "folded": context["facts"]}

    def photo_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST keeps a photo. A delivery that is not the actor's is a 404."""
        row, file = self.get_object(request, object_id), request.FILES.get("file")
        if row is None or request.method != "POST":
            raise Http404
        try:
            if file is None:
                messages.error(request, "Choose a photo first.")
            else:
                flows.add_photo(row, file, size=file.size or 0, by=admin_actor(request))
                messages.success(request, "The photo is kept.")
        except DomainError as refusal:
            if refusal.status == 404:
                raise Http404 from None
            messages.error(request, refusal.detail)
        return HttpResponseRedirect(row_url(row))

    def photo_file_view(self, request: HttpRequest, object_id: str, photo_id: int) -> HttpResponseBase:
        row = self.get_object(request, object_id)
        try:
            if row is None:
                raise Http404
            return files.photo(photo_id, by=admin_actor(request), delivery=row)
        except Missing:
            raise Http404 from None


class CreditNoteAdmin(admin_of(CreditNotes)):  # type: ignore[misc]
    """The generated admin, with its paper."""

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [("<path:object_id>/credit-note.pdf", self.paper_view, "paper")]

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return context
        drawn = link(reverse("admin:orders_creditnote_paper", args=(row.pk,)), f"{row}.pdf")
        return {**context, "facts": [("On paper", drawn), *context["facts"]]}

    def paper_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return paper(self.get_object(request, object_id), documents.credit_note)


def shares_to_work_on(actor: Actor) -> QuerySet[VendorOrder]:
    """Paid shares that wait for their vendor."""
    return scope(actor, VendorOrder, "accept").filter(state__in=states.TO_DO)


class DraftOrderAdmin(admin_of(DraftOrders)):  # type: ignore[misc]
    """The generated admin, with what the draft comes to now on top."""

    change_form_outer_before_template = "orders/draft.html"

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        return context if row is None else {**context, "page": drafts.page(row)}


def order_page(actor: Actor, reference: str) -> str:
    """The page of the order that a payment is for, for those who may see it."""
    order = scope(actor, Order).filter(reference=reference).first()
    return row_url(order) if order is not None else ""


site.register(Order, OrderAdmin)
site.register(VendorOrder, VendorOrderAdmin)
site.register(DraftOrder, DraftOrderAdmin)
site.register(Shipment, ShipmentAdmin)
site.register(Delivery, DeliveryAdmin)
site.register(CreditNote, CreditNoteAdmin)
register(screens_delivery.DELIVERING, when=screens_delivery.delivers, rank=45)
leads_to(order_page)
add_place(
    Place(
        group="Orders",
        title="To send",
        link="/admin/orders/vendororder/?state=to_accept,to_ship,part_shipped",
        icon="local_mall",
        shown=lambda actor: policy_of(VendorOrder).may_ever(actor, "accept"),
        open_work=shares_to_work_on,
        rank=40,  # work before data
    )
)
