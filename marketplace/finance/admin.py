"""Finance's own pages, and a sidebar that is short: what the pages lead to does not stand there again."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from core import memo
from core.admin.actors import admin_actor
from core.admin.sidebar import Place, add_place, arrange
from core.admin.site import site
from core.rules import Actor
from marketplace.finance import screens
from marketplace.finance.landing import FINANCE
from marketplace.finance.reading import sees_finance
from marketplace.ledger.models import Account, CommissionRule, Journal, Posting, SettlementTerms
from marketplace.orders.models import RefundRequest
from marketplace.payments.models import Chargeback, MoneyMove, Payment, Refund, StatementDifference, WebhookDelivery
from marketplace.payouts.models import Payout, PayoutAccount, PayoutBatch
from marketplace.taxes.models import TaxCountry, TaxRate


def _actor(request: HttpRequest) -> Actor:
    """Whoever asks, where they read the market's money; to all others the page is not there."""
    actor = admin_actor(request)
    if not sees_finance(actor):
        raise Http404
    return actor


def finance(request: HttpRequest) -> HttpResponse:
    """All work with money. GET only, and changes nothing."""
    actor = _actor(request)
    with memo.block():
        page = {**site.each_context(request), "title": FINANCE.title, **FINANCE.draw(actor)}
        return render(request, "soko/landing.html", page)


def reconciliation(request: HttpRequest) -> HttpResponse:
    """Gateways, orders and books side by side. GET only, and changes nothing."""
    page = screens.page(request.GET, _actor(request))
    return render(request, "finance/reconciliation.html", {**site.each_context(request), **page})


def sees_no_finance(actor: Actor) -> bool:
    """Who has no page that leads to these lists keeps them in the sidebar: a vendor reads its own money there."""
    return not sees_finance(actor)


site.add_page("finance/", finance, "finance")
site.add_page("finance/reconciliation/", reconciliation, "reconciliation")
add_place(Place("Money", "Finance", "/admin/finance/", "finance_mode", sees_finance, rank=0))
add_place(Place("Money", "Reconciliation", "/admin/finance/reconciliation/", "balance", sees_finance, rank=70))
for rank, model in enumerate(
    (Payment, Refund, RefundRequest, Chargeback, Payout, PayoutBatch, Journal, CommissionRule), start=1
):
    arrange(model, rank=rank * 10)
arrange(TaxRate, rank=85)
arrange(TaxCountry, rank=86)
for model in (Account, Posting, MoneyMove, StatementDifference, WebhookDelivery, PayoutAccount, SettlementTerms):
    arrange(model, shown=sees_no_finance)
