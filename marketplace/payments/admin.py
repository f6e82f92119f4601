"""Money in the admin: lists and pages that say how each payment, refund and webhook stands, counting what is stuck."""

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from core.admin.actors import admin_actor
from core.admin.sidebar import badge
from core.admin.site import site
from core.resources.admin import admin_of
from core.resources.admin.lists import ResourceList
from core.rules import Actor, scope
from marketplace.payments import queries, rows, screens
from marketplace.payments.models import Chargeback, Payment, Refund, StatementDifference, WebhookDelivery
from marketplace.payments.resources import Payments, Refunds, Webhooks


def with_page(
    admin: Any,
    context: dict[str, Any],
    request: HttpRequest,
    object_id: str | None,
    page: Callable[..., dict[str, Any]],
) -> dict[str, Any]:
    """A form's context with the page above it; what that says is not repeated below, the rest of the facts is folded."""
    row = admin.get_object(request, object_id) if object_id else None
    if row is None:
        return context
    head = {**context["head"], "icon": admin.resource.icon}
    return {**context, "page": page(row, admin_actor(request)), "head": head, "facts": [], "folded": context["facts"]}


class PaymentsAdmin(admin_of(Payments)):  # type: ignore[misc]
    """The generated admin, with the page above."""

    change_form_outer_before_template = "payments/page.html"

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ResourceList]:
        return rows.PaymentRows

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        kept = [each for each in super().get_list_display(request) if each.__name__ == "started_at"]
        return [rows.payment, rows.state, rows.amount, rows.payer, *kept]

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        return with_page(self, super().form_context(request, object_id), request, object_id, screens.of_payment)


class RefundsAdmin(admin_of(Refunds)):  # type: ignore[misc]
    """The generated admin, with the page above."""

    change_form_outer_before_template = "payments/page.html"

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ResourceList]:
        return rows.RefundRows

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        kept = {each.__name__: each for each in super().get_list_display(request)}
        return [rows.refund, rows.state, kept["amount"], rows.why, kept["requested_at"]]

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        return with_page(self, super().form_context(request, object_id), request, object_id, screens.of_refund)


class WebhooksAdmin(admin_of(Webhooks)):  # type: ignore[misc]
    """The generated admin, with the page above."""

    change_form_outer_before_template = "payments/page.html"

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        return with_page(self, super().form_context(request, object_id), request, object_id, screens.of_webhook)


def stuck(actor: Actor) -> QuerySet[Payment]:
    """Payments of which the gateway should have told long ago."""
    return scope(actor, Payment).filter(is_stuck=True)


def stuck_refunds(actor: Actor) -> QuerySet[Refund]:
    """Refunds of which the gateway should have told long ago."""
    return scope(actor, Refund).filter(is_stuck=True)


def unexplained(actor: Actor) -> QuerySet[StatementDifference]:
    """Where a gateway's statement and our books differ and nobody knows why."""
    return scope(actor, StatementDifference).filter(status="open")


def disputed(actor: Actor) -> QuerySet[Chargeback]:
    """Disputes that nobody has answered, or whose answer has not arrived, and that may still be."""
    return scope(actor, Chargeback).filter(queries.unanswered())


site.register(Payment, PaymentsAdmin)
site.register(Refund, RefundsAdmin)
site.register(WebhookDelivery, WebhooksAdmin)
badge(Payment, stuck)
badge(Chargeback, disputed)
badge(Refund, stuck_refunds)
badge(StatementDifference, unexplained)
