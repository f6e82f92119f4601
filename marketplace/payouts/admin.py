"""Payouts in the admin: the dry run with the button that prepares it, batches to approve, payouts to settle."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render

from core import context
from core.admin.actors import admin_actor
from core.admin.landing import changelist_url
from core.admin.sidebar import badge
from core.admin.site import site
from core.resources.admin import admin_of
from core.resources.admin.lists import ResourceList
from core.resources.admin.rows import row_url
from core.rules import Actor, policy_of, scope
from marketplace.ledger.models import Journal
from marketplace.payouts import actions, queries, statements
from marketplace.payouts.models import Payout, PayoutAccount, PayoutBatch
from marketplace.payouts.resources import PayoutAccounts, PayoutBatches, Payouts

#: Lines of a page.
PAGE = 100


def may_pay(actor: Actor) -> bool:
    return actor.has("pay_out")


class BatchesAdmin(admin_of(PayoutBatches)):  # type: ignore[misc]
    """The generated admin; a batch's page lists its payouts, and a page of its own shows who would be paid now."""

    change_form_outer_before_template = "payouts/batch.html"
    change_list_template = "payouts/batches.html"

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [("plan/", self.plan_view, "plan"), ("prepare/", self.prepare_view, "prepare")]

    def plan_view(self, request: HttpRequest) -> HttpResponse:
        """A dry run: who would be paid now, and why others are not. GET only, and changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        lines = queries.plan(context.now())
        page = {"title": "Who would be paid now", "may_pay": may_pay(admin_actor(request))}
        page["lines"] = Paginator(lines, PAGE).get_page(request.GET.get("p"))
        page["due"] = sum(each.is_due for each in lines)
        return render(request, "payouts/plan.html", {**self.admin_site.each_context(request), **page})

    def prepare_view(self, request: HttpRequest) -> HttpResponse:
        """Prepare what is due: by POST only, from those who may pay out."""
        actor = admin_actor(request)
        if not self.has_view_permission(request) or not may_pay(actor):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        batch = actions.prepare(by=actor)
        if batch is None:
            messages.info(request, "Nobody is due to be paid now.")
            return HttpResponseRedirect("../plan/")
        messages.success(request, "Prepared. A colleague has to approve it.")
        return HttpResponseRedirect(row_url(batch))

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        shown = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return shown
        rows = row.payouts.select_related("vendor", "account").order_by("vendor__name", "pk")
        paged = Paginator(rows, PAGE).get_page(request.GET.get("p"))
        waits = actions.preparing.who_waits(row, admin_actor(request))
        return {**shown, "payouts": [(each, row_url(each)) for each in paged], "paged": paged, "waits": waits}


class PayoutRows(ResourceList):
    """Payouts with whom and where they go to."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        return super().get_queryset(request, exclude_parameters).select_related("vendor", "account")


class PayoutsAdmin(admin_of(Payouts)):  # type: ignore[misc]
    """The generated admin, with the statement to take away."""

    change_form_outer_before_template = "payouts/payout.html"

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ResourceList]:
        return PayoutRows

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [("<int:object_id>/statement.<str:kind>", self.statement_view, "statement")]

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        shown = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None or not policy_of(Journal).may_ever(admin_actor(request), "view"):
            return shown
        return {**shown, "journals": changelist_url(Journal, {"cause_reference": row.reference})}

    def statement_view(self, request: HttpRequest, object_id: int, kind: str) -> HttpResponse:
        """The statement of a payout as CSV or PDF, for those who may see it."""
        payout = scope(admin_actor(request), Payout).filter(pk=object_id).first()
        if payout is None or kind not in statements.KINDS:
            raise Http404
        return statements.answer(payout, kind)


def to_approve(actor: Actor) -> QuerySet[PayoutBatch]:
    """Batches that wait for this person: those that a colleague, or the clock, prepared."""
    rows = scope(actor, PayoutBatch, "approve").filter(status="prepared")
    return rows.exclude(prepared_by_id=actor.user_id) if actor.user_id is not None else rows


def to_verify(actor: Actor) -> QuerySet[PayoutAccount]:
    """Accounts that wait to be verified."""
    return scope(actor, PayoutAccount, "verify").filter(status="waiting")


site.register(PayoutAccount, admin_of(PayoutAccounts))
site.register(PayoutBatch, BatchesAdmin)
site.register(Payout, PayoutsAdmin)
badge(PayoutBatch, to_approve)
badge(PayoutAccount, to_verify)
