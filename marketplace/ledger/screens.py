"""What the pages of the books show: balances, and both sides of a journal with its cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.paginator import Page, Paginator
from django.db.models import Sum

from core.admin import words
from core.admin.landing import changelist_url
from core.audiences import OPERATIONS
from core.money import Money
from core.resources.admin.rows import row_url
from core.rules import Actor, scope
from marketplace.ledger import queries
from marketplace.ledger.kinds import WITH_VENDOR, AccountKind, Fee, shown
from marketplace.ledger.models import Account, Journal, LineSplit, Posting
from marketplace.ledger.rows import TONES, postings_link
from marketplace.orders.models import Order
from marketplace.payments.screens import Glance, link
from marketplace.vendors.models import Vendor

LATEST = 50
#: Vendors on a page of balances.
PAGE = 100


def of_account(account: Account, actor: Actor) -> dict[str, Any]:
    """The page of an account: its balance and its latest postings."""
    rows = scope(actor, Posting).filter(account=account)
    debit = rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    latest = rows.select_related("journal__share").order_by("-at", "-pk")[:LATEST]
    return {
        "glance": [
            Glance("Balance", postings_link(account, Money(shown(account.kind, debit), account.currency)), large=True),
            Glance("Account", account.get_kind_display(), [account.part] if account.part else []),
            Glance("Whose", account.vendor.name if account.vendor else "The market"),
        ],
        "lines": [
            (each, _badge(each.journal), _to_journal(each.journal, actor), shown_of(each, account)) for each in latest
        ],
    }


def shown_of(posting: Posting, account: Account) -> Money:
    """What a posting changes of its account, as people read it."""
    return Money(shown(account.kind, posting.amount.amount), account.currency)


def _badge(journal: Journal) -> Any:
    return words.badge(journal.get_kind_display(), TONES[journal.kind])


def _to_journal(journal: Journal | None, actor: Actor) -> Any:
    if journal is None:
        return words.EMPTY
    seen = actor.audience is OPERATIONS
    return link(row_url(journal) if seen else "", journal.reference)


def of_journal(journal: Journal, actor: Actor) -> dict[str, Any]:
    """The page of a journal: both sides, what it is about, what it takes back and what takes it back."""
    postings = list(journal.postings.select_related("account__vendor").order_by("-amount_minor", "pk"))
    total = Money(sum(each.amount_minor for each in postings if each.amount_minor > 0), postings[0].amount_currency)
    reversals = Journal.objects.filter(reverses=journal).order_by("pk")
    return {
        "glance": [
            Glance("Moved", total, [_badge(journal)], large=True),
            Glance("Because of", cause_link(journal, actor), [journal.note] if journal.note else []),
            Glance("For", subject_link(journal.subject, actor)),
            *([Glance("Vendor order", link(row_url(journal.share), journal.share))] if journal.share else []),
            *([Glance("Takes back", _to_journal(journal.reverses, actor))] if journal.reverses else []),
            Glance("When", words.ago(journal.at), [f"posted {words.exact(journal.posted_at)}"]),
        ],
        "postings": [(each, link(row_url(each.account), each.account)) for each in postings],
        "total": total,
        "splits": [
            _split(each) for each in LineSplit.objects.filter(journal=journal).select_related("line").order_by("pk")
        ],
        "reversals": [(each, _to_journal(each, actor), words.ago(each.at)) for each in reversals],
    }


def _split(row: LineSplit) -> dict[str, Any]:
    amounts = (row.paid_minor, row.borne_minor, row.fees_minor, row.tax_minor, row.vendor_minor)
    return {"line": row.line or "Shipping", "amounts": [Money(each, row.currency) for each in amounts]}


def cause_link(journal: Journal, actor: Actor) -> Any:
    """The row that a journal is about, as a way to it for those who may open it."""
    model, reference = apps.get_model(journal.cause_model), journal.cause_reference.split("/")[0]
    row = scope(actor, model).filter(reference=reference).first()
    said = f"{model._meta.verbose_name} {journal.cause_reference}"
    return link(row_url(row) if row is not None else "", said[:1].upper() + said[1:])


def subject_link(reference: str, actor: Actor) -> Any:
    """What was paid for."""
    order = scope(actor, Order).filter(reference=reference).first()
    return link(row_url(order) if order is not None else "", reference or words.EMPTY)


@dataclass(frozen=True)
class Row:
    """One line of balances: an account, and the way to what its number is made up of."""

    name: str
    amount: Any
    debit: Any = ""
    credit: Any = ""


def of_balances(actor: Actor, *, owing: bool = False, number: str | None = None) -> dict[str, Any]:
    """What stands where. Finance reads all of the market's accounts and vendors' by kind, or only the vendors that owe, by pages of
    vendors, `number` the one that is asked for; a vendor reads its own."""
    paged = _page(actor, number, owing=owing)
    vendors, of_market = _vendors(actor, dict(paged)), actor.audience is OPERATIONS
    shown: dict[str, Any] = {"paged": paged, "vendors": vendors, "of_market": of_market, "currencies": []}
    if owing:
        return {
            **shown,
            "title": "Vendors who owe",
            "vendors": [each for each in vendors if each["owes"]],
            "owing": True,
        }
    if of_market:
        return {**shown, "title": "Balances", "currencies": _market()}
    return {**shown, "title": "Your balance"}


def _page(actor: Actor, number: str | None, *, owing: bool) -> Page[tuple[int, str]]:
    """A page of the vendors, by their names, that the actor may see and that have accounts, or that owe."""
    held = scope(actor, Account).filter(vendor__isnull=False, kind__in=queries.OF_VENDOR).values("vendor")
    rows = Vendor.objects.filter(pk__in=held)
    if actor.audience is not OPERATIONS:
        rows = rows.filter(pk__in=actor.tenants_where("view_money"))
    if owing:
        rows = rows.filter(pk__in=queries.in_debt())
    return Paginator(rows.order_by("name", "pk").values_list("pk", "name"), PAGE).get_page(number)


def _market() -> list[dict[str, Any]]:
    accounts = {(each.currency, each.kind, each.part): each for each in Account.objects.filter(vendor=None)}
    found: dict[str, list[Row]] = {}
    sums: dict[str, int] = {}
    for currency, kind, part, debit in queries.sums_of_kinds():
        name = f"{AccountKind(kind).label}{f': {Fee(part).label if kind == AccountKind.REVENUE else part}' if part else ''}"
        if kind in queries.OF_VENDOR:
            name = f"Vendors: {name.lower()}"
        amount = Money(abs(debit), currency)
        stands = Money(shown(kind, debit), currency)
        if kind in WITH_VENDOR:  # of all vendors together
            there = link(changelist_url(Posting, {"account_name": kind, "currency": currency}), stands)
        else:
            there = postings_link(accounts[currency, kind, part], stands)
        row = Row(name, there, amount if debit > 0 else "", amount if debit < 0 else "")
        found.setdefault(currency, []).append(row)
        sums[currency] = sums.get(currency, 0) + max(debit, 0)
    return [{"currency": each, "rows": rows, "sum": Money(sums[each], each)} for each, rows in sorted(found.items())]


def _vendors(actor: Actor, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """What each of these vendors has, in each currency, in the order of their names."""
    accounts = {
        (each.vendor_id, each.currency, each.kind): each
        for each in scope(actor, Account).filter(vendor__in=list(names), kind__in=queries.OF_VENDOR)
    }
    found = []
    for (vendor, currency), stands in sorted(queries.standings(frozenset(names)).items()):
        cells = [
            postings_link(accounts[vendor, currency, kind], amount) if (vendor, currency, kind) in accounts else amount
            for kind, amount in zip(
                queries.OF_VENDOR, (stands.pending, stands.available, stands.reserved, stands.paying), strict=True
            )
        ]
        found.append(
            {
                "name": names[vendor],
                "statement": f"../statement/?vendor={vendor}",
                "cells": cells,
                "total": stands.total,
                "owes": stands.available.amount < 0,
            }
        )
    return sorted(found, key=lambda each: each["name"])
