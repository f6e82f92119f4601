"""Returns, refund requests and disputes in the admin: pages with what is to be done, and the queues of who has to do it."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase

from core.admin.actors import admin_actor
from core.admin.sidebar import Place, add_place, badge
from core.admin.site import site
from core.audiences import OPERATIONS, VENDOR
from core.errors import DomainError, Missing
from core.resources.admin import admin_of
from core.resources.admin.rows import row_url
from core.resources.declaration import Resource
from core.rules import Actor, policy_of, scope
from marketplace.orders import back_screens, files, flows
from marketplace.orders.back_resources import Disputes, RefundRequests, Returns
from marketplace.orders.models import Dispute, RefundRequest, Return
from marketplace.payments.screens import made_up_of


def paged(resource: type[Resource]) -> Any:
    """The generated admin with the page above; what that says is not repeated below."""

    class Paged(admin_of(resource)):  # type: ignore[misc]
        """The generated admin, with what is to be done now on top and its buttons beside it."""

        change_form_outer_before_template = "orders/back.html"

        def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
            context = super().form_context(request, object_id)
            row = self.get_object(request, object_id) if object_id else None
            if row is None:
                return context
            page = back_screens.page_of(request, row)
            head = {**context["head"], "icon": resource.icon}
            return {**context, "page": page, "head": head, "verbs": [], "facts": [], "folded": context["facts"]}

    return Paged


def requests_to_judge(actor: Actor) -> QuerySet[RefundRequest]:
    """Refunds that wait for a second person."""
    return scope(actor, RefundRequest, "approve").filter(state="asked").exclude(asked_by_id=actor.user_id)


def returns_to_answer(actor: Actor) -> QuerySet[Return]:
    """Returns that wait for their vendor: to be answered, or to be received."""
    return scope(actor, Return, "approve").filter(state__in=("requested", "approved"))


def disputes_to_work_on(actor: Actor) -> QuerySet[Dispute]:
    """Disputes that wait for whoever looks: the vendor's own answer, or the market's decision; the most urgent first."""
    waits = "awaiting_market" if actor.audience is OPERATIONS else "awaiting_vendor"
    return scope(actor, Dispute, "say").filter(state=waits).order_by("due_at", "pk")


class DisputeAdmin(paged(Disputes)):  # type: ignore[misc]
    """The same page, which takes and shows files."""

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [
            ("<path:object_id>/files/", self.files_view, "files"),
            ("<path:object_id>/files/<int:file_id>/", self.file_view, "file"),
        ]

    def files_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST keeps a file. A dispute that is not the actor's is a 404."""
        row, file = self.get_object(request, object_id), request.FILES.get("file")
        if row is None or request.method != "POST":
            raise Http404
        try:
            if file is None:
                messages.error(request, "Choose a picture or a PDF first.")
            else:
                flows.show_file(row, file, name=file.name or "", size=file.size or 0, by=admin_actor(request))
                messages.success(request, "Everybody in this dispute can open it.")
        except DomainError as refusal:
            if refusal.status == 404:
                raise Http404 from None
            messages.error(request, refusal.detail)
        return HttpResponseRedirect(row_url(row))

    def file_view(self, request: HttpRequest, object_id: str, file_id: int) -> HttpResponseBase:
        row = self.get_object(request, object_id)
        try:
            if row is None:
                raise Http404
            return files.shown_file(file_id, by=admin_actor(request), dispute=row)
        except Missing:
            raise Http404 from None


site.register(Return, paged(Returns))
site.register(RefundRequest, paged(RefundRequests))
site.register(Dispute, DisputeAdmin)
made_up_of(back_screens.parts_of)
add_place(
    Place(
        group="Orders", title="Returns to answer", link="/admin/orders/return/?state=requested,approved", icon="assignment_return",
        shown=lambda actor: policy_of(Return).may_ever(actor, "approve"), open_work=returns_to_answer, rank=41,
    )
)  # fmt: skip
add_place(
    Place(
        group="Orders", title="Disputes to answer", link="/admin/orders/dispute/?state=awaiting_vendor", icon="gavel",
        shown=lambda actor: actor.audience is VENDOR and policy_of(Dispute).may_ever(actor, "answer"),
        open_work=disputes_to_work_on, rank=42,
    )
)  # fmt: skip
add_place(
    Place(
        group="Orders", title="Disputes to decide", link="/admin/orders/dispute/?state=awaiting_market", icon="gavel",
        shown=lambda actor: actor.audience is OPERATIONS and policy_of(Dispute).may_ever(actor, "win"),
        open_work=disputes_to_work_on, rank=42,
    )
)  # fmt: skip
badge(RefundRequest, requests_to_judge)
