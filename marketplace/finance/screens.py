"""The page on which gateways, orders and books stand side by side, with every difference by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.http import QueryDict

from core.admin.landing import changelist_url
from core.money import Money
from core.resources.admin.rows import row_url
from core.rules import Actor, scope
from marketplace.analytics.spans import Span, last_days
from marketplace.finance import differences, reconciliation
from marketplace.finance.reconciliation import CAPTURED, MOST_DAYS, Row
from marketplace.ledger.kinds import AccountKind
from marketplace.ledger.models import Account, Posting
from marketplace.payments.models import MoneyMove, StatementDifference

USUAL, EACH_PAGE = 30, 50
WORDS = {CAPTURED: "Captured", "refunded": "Given back"}


class Asked(forms.Form):
    """Which days, and of which gateway."""

    since = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    gateway = forms.ChoiceField(required=False)

    def __init__(self, data: Mapping[str, Any], names: list[str]) -> None:
        usual = last_days(USUAL)
        given = {"since": usual.first.isoformat(), "until": usual.last.isoformat(), "gateway": ""}
        super().__init__({**given, **{name: value for name, value in data.items() if value}})
        field: Any = self.fields["gateway"]
        field.choices = [("", "All"), *((each, each) for each in names)]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        first, last = found.get("since"), found.get("until")
        if any(day and not 2000 <= day.year < 3000 for day in (first, last)):
            raise forms.ValidationError("Choose days from the year 2000 to the year 2999.")
        if first and last and not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
            raise forms.ValidationError(f"Choose from 1 to {MOST_DAYS} days, the first before the last.")
        return found


@dataclass(frozen=True)
class Shown:
    """One row of a comparison: each number with its way to what it is made of."""

    row: Row
    what: str
    orders: str
    books: str
    statement: str


def page(query: QueryDict, actor: Actor) -> dict[str, Any]:
    """The page for what is asked. What makes no sense is said at the form, and the usual days are shown."""
    names = [each.name for each in reconciliation.gateways_of()]
    form = Asked({name: query.get(name, "") for name in ("since", "until", "gateway")}, names)
    valid = form.is_valid()
    span = Span(form.cleaned_data["since"], form.cleaned_data["until"]) if valid else last_days(USUAL)
    gateway = form.cleaned_data["gateway"] if valid else ""
    found = reconciliation.compare(span, gateway=gateway)
    counts = differences.count(span, gateway=gateway)
    after = _place(query.get("after", ""))
    named, following = differences.page(span, gateway=gateway, after=after, limit=EACH_PAGE)
    at_gateways = scope(actor, Account).filter(kind=AccountKind.GATEWAY)
    accounts = {(part, currency): key for part, currency, key in at_gateways.values_list("part", "currency", "pk")}
    asked = {"since": span.first.isoformat(), "until": span.last.isoformat(), "gateway": gateway}
    return {
        "title": "Reconciliation",
        "form": form,
        "found": found,
        "off": [Money(minor, currency) for currency, minor in sorted(found.off.items())],
        "all_well": not found.off and not sum(counts.values()),
        "totals": [_shown(each, span, accounts) for each in found.totals],
        "days": [_shown(each, Span(each.place.day, each.place.day), accounts) for each in found.rows],
        "counted": [(each.title, counts[each.fault]) for each in differences.SOURCES if counts.get(each.fault)],
        "count": sum(counts.values()),
        "named": [(each, _about(each.about)) for each in named],
        "next": f"?{urlencode({**asked, 'after': f'{following[0]}-{following[1]}'})}#named" if following else "",
        "first": f"?{urlencode(asked)}#named" if after else "",
    }


def _place(text: str) -> tuple[int, int] | None:
    """The place at which a page goes on; nothing where it makes no sense."""
    number, _dash, key = text.partition("-")
    if not (number.isascii() and number.isdecimal() and key.isascii() and key.isdecimal()) or len(text) > 24:
        return None
    return (int(number), int(key)) if int(number) < len(differences.SOURCES) else None


def _about(row: Any) -> tuple[str, str]:
    return (str(row), row_url(row))


def _shown(row: Row, span: Span, accounts: Mapping[tuple[str, str], int]) -> Shown:
    place, moments = row.place, within(span)
    orders = changelist_url(MoneyMove, {"kind": place.kind, "gateway": place.gateway, **moments})
    account = accounts.get((place.gateway, place.currency))
    kind = "capture" if place.kind == CAPTURED else "refund"
    books = changelist_url(Posting, {"account": str(account), "kind": kind, **moments}) if account else ""
    told = changelist_url(StatementDifference, {"gateway": place.gateway, "kind": place.kind})
    return Shown(row, WORDS[place.kind], orders, books, told)


def within(span: Span) -> dict[str, str]:
    """The span as lists are asked for it."""
    ends = span.ends - timedelta(microseconds=1)
    return {"at_min": span.begins.isoformat(), "at_max": ends.isoformat()}
