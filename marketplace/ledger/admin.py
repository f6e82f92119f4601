"""The books in the admin: accounts with their balances, journals with their postings, and what the market would take of a sale."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.admin.actors import admin_actor
from core.admin.sidebar import Place, add_place
from core.admin.site import site
from core.audiences import VENDOR
from core.resources.admin import admin_of
from core.resources.admin.lists import ResourceList
from core.rules import policy_of
from marketplace.ledger import rows, screens, screens_orders, screens_statement, trying
from marketplace.ledger.models import Account, CommissionRule, Journal, Posting, SettlementTerms, Wallet
from marketplace.ledger.resources import Accounts, CommissionRules, Journals, Postings, Terms, Wallets

__all__ = ["screens_orders"]  # makes itself known to the pages of orders, payments and refunds


class AccountRows(ResourceList):
    """Accounts with their balances, summed by the database for the whole page at once."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        found = super().get_queryset(request, exclude_parameters).select_related("vendor")
        return found.annotate(posted=Sum("postings__amount_minor"))


class AccountsAdmin(admin_of(Accounts)):  # type: ignore[misc]
    """The generated list with balances, and a page that leads to every posting."""

    change_form_outer_before_template = "ledger/account.html"

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ResourceList]:
        return AccountRows

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [rows.account, rows.whose, rows.balance]

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [
            ("balances/", self.balances_view, "balances"),
            ("statement/", self.statement_view, "statement"),
        ]

    def statement_view(self, request: HttpRequest) -> HttpResponse:
        """A month of a vendor: its own, or for finance the one that is named. GET only, and changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = screens_statement.page(request.GET, admin_actor(request))
        return render(request, "ledger/statement.html", {**self.admin_site.each_context(request), **page})

    def balances_view(self, request: HttpRequest) -> HttpResponse:
        """What stands where, in all: for finance the trial balance, for a vendor its own money. `?owes=true`: only the vendors that
        owe. GET only, and changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = screens.of_balances(
            admin_actor(request), owing=request.GET.get("owes") == "true", number=request.GET.get("p")
        )
        return render(request, "ledger/balances.html", {**self.admin_site.each_context(request), **page})

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return context
        page = screens.of_account(row, admin_actor(request))
        return {**context, "page": page, "facts": [], "folded": context["facts"]}


class JournalsAdmin(admin_of(Journals)):  # type: ignore[misc]
    """The generated list, and a page with both sides of a journal, its cause and what takes it back."""

    change_form_outer_before_template = "ledger/journal.html"

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        kept = {each.__name__: each for each in super().get_list_display(request)}
        return [rows.journal, rows.moved, *(kept[name] for name in ("subject", "share", "at") if name in kept)]

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ResourceList]:
        return rows.JournalRows

    def form_context(self, request: HttpRequest, object_id: str | None) -> dict[str, Any]:
        context = super().form_context(request, object_id)
        row = self.get_object(request, object_id) if object_id else None
        if row is None:
            return context
        page = screens.of_journal(row, admin_actor(request))
        return {**context, "page": page, "facts": [], "folded": context["facts"]}


class PostingsAdmin(admin_of(Postings)):  # type: ignore[misc]
    """The generated list: a vendor's statement, and for finance every line of the books."""

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ResourceList]:
        return rows.PostingRows


class CommissionRulesAdmin(admin_of(CommissionRules)):  # type: ignore[misc]
    """The generated admin, and the page on which a sale is tried out."""

    change_list_template = "ledger/rules.html"

    def more_pages(self) -> list[tuple[str, Any, str]]:
        return [("preview/", self.preview_view, "preview")]

    def preview_view(self, request: HttpRequest) -> HttpResponse:
        """What would be taken of a sale, and by which rule. GET only, and changes nothing."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        page = trying.page(request.GET, admin_actor(request))
        shown = {**self.admin_site.each_context(request), **page, "media": self.media + page["form"].media}
        return render(request, "ledger/preview.html", shown)


site.register(Account, AccountsAdmin)
site.register(Journal, JournalsAdmin)
site.register(Posting, PostingsAdmin)
site.register(CommissionRule, CommissionRulesAdmin)
site.register(SettlementTerms, admin_of(Terms))
site.register(Wallet, admin_of(Wallets))
add_place(
    Place(
        group="Money",
        title="Balances",
        link="/admin/ledger/account/balances/",
        icon="account_balance_wallet",
        shown=lambda actor: policy_of(Account).may_ever(actor, "view"),
        rank=45,
    )
)
add_place(
    Place(
        group="Money",
        title="Statements",
        link="/admin/ledger/account/statement/",
        icon="receipt_long",
        shown=lambda actor: actor.audience is VENDOR and policy_of(Account).may_ever(actor, "view"),
        rank=46,
    )
)
