"""The lists of payments and refunds: each row tells what for, how much, how it stands and why."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from core.admin import words
from core.resources.admin.columns import titled
from core.resources.admin.lists import ResourceList
from marketplace.payments.models import Payment, Refund


class PaymentRows(ResourceList):
    """Payments with their payers."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        return super().get_queryset(request, exclude_parameters).select_related("payer")


class RefundRows(ResourceList):
    """Refunds with what they give back of."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        return super().get_queryset(request, exclude_parameters).select_related("payment")


@titled("Payment")
def payment(row: Payment) -> SafeString:
    return words.stacked(words.unbroken(row.reference), words.unbroken(f"for {row.subject}"))


@titled("Payer")
def payer(row: Payment) -> str:
    return row.payer.full_name


@titled("Amount")
def amount(row: Payment) -> SafeString:
    back = [f"{row.refunded} given back"] if row.refunded.amount else []
    coming = [f"{row.pending} on its way back"] if row.pending.amount else []
    return words.stacked(words.show(row.amount), ", ".join([*back, *coming]))


@titled("State")
def state(row: Payment | Refund) -> SafeString:
    why = row.failure_sentence if row.status == "failed" else row.trouble
    stuck = mark_safe(' <span class="soko-chip">Stuck</span>') if row.is_stuck else ""
    shown = format_html("{}{}", words.state(type(row).moves, row), stuck)
    return words.stacked(shown, why)


@titled("Refund")
def refund(row: Refund) -> SafeString:
    return words.stacked(words.unbroken(row.reference), words.unbroken(f"for {row.payment.subject}"))


@titled("Why")
def why(row: Refund) -> SafeString:
    return words.stacked(words.show(row.reason), words.by(row.asked_by_name))
