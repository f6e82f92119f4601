"""The lists of the books: each row tells what moved, between which accounts, and how much."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from core.admin import words
from core.admin.landing import changelist_url
from core.money import Money
from core.resources.admin.columns import titled
from core.resources.admin.lists import ResourceList
from marketplace.ledger.kinds import shown
from marketplace.ledger.models import Account, Journal, Posting

TONES = {
    "capture": "success", "sale": "success", "release": "info", "hold": "warning", "hold_release": "info", "refund": "warning",
    "reversal": "warning", "correction": "danger", "payout": "info", "payout_paid": "success", "payout_returned": "danger",
    "top_up": "info", "wallet_return": "info", "label": "info",
}  # fmt: skip


class JournalRows(ResourceList):
    """Journals with what they move."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        rows = super().get_queryset(request, exclude_parameters)
        return rows.select_related("share").prefetch_related("postings__account")


class PostingRows(ResourceList):
    """Postings with their journals and accounts."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        return super().get_queryset(request, exclude_parameters).select_related("journal__share", "account__vendor")


def postings_link(account: Account, text: Any) -> SafeString:
    """A number, as the way to the postings that it is the sum of."""
    return format_html(
        '<a class="soko-link soko-money" href="{}">{}</a>', changelist_url(Posting, {"account": str(account.pk)}), text
    )


@titled("Account")
def account(row: Account) -> SafeString:
    return words.stacked(row.get_kind_display(), row.part)


@titled("Whose")
def whose(row: Account) -> str:
    return row.vendor.name if row.vendor is not None else "The market"


@titled("Balance")
def balance(row: Any) -> SafeString:
    return postings_link(row, Money(shown(row.kind, row.posted or 0), row.currency))


@titled("Journal")
def journal(row: Journal) -> SafeString:
    return words.stacked(words.badge(row.get_kind_display(), TONES[row.kind]), words.unbroken(row.reference))


@titled("Moves")
def moved(row: Journal) -> SafeString:
    debits = [each for each in row.postings.all() if each.amount_minor > 0]
    total = sum(each.amount_minor for each in debits)
    currency = debits[0].amount_currency
    where = ", ".join(dict.fromkeys(each.account.get_kind_display() for each in debits))
    return words.stacked(words.show(Money(total, currency)), where)
