"""A vendor's month, and any other: what there was, what each kind of event changed, what there is then; each number leads on."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from core.admin.landing import changelist_url
from core.audiences import OPERATIONS
from core.money import Money
from core.rules import Actor, scope
from marketplace.ledger import queries
from marketplace.ledger.kinds import OF_VENDOR, JournalKind
from marketplace.ledger.models import Posting
from marketplace.vendors.models import Vendor

MONTHS = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])", re.ASCII)
MOST = 50


@dataclass(frozen=True)
class Change:
    """What one kind of event changed in all, and the way to its lines."""

    title: str
    amount: Money
    link: str


@dataclass(frozen=True)
class Month:
    """One vendor's month in one currency."""

    name: str
    opening: Money
    changes: list[Change]
    closing: Money


def begins(month: date) -> datetime:
    """The moment at which a month begins."""
    return timezone.make_aware(datetime.combine(month, time.min))


def after(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def page(query: Mapping[str, str], actor: Actor) -> dict[str, Any]:
    """The statement of a month that is asked for, this one unless it is. Finance names a vendor; a vendor reads its own."""
    text, this = query.get("month", ""), timezone.localdate().replace(day=1)
    month = date(int(text[:4]), int(text[5:]), 1) if MONTHS.fullmatch(text) else this
    vendors = _vendors(query.get("vendor", ""), actor)
    span = {
        "at_min": begins(month).isoformat(),
        "at_max": (begins(after(month)) - timedelta(microseconds=1)).isoformat(),
    }
    found = queries.statements(frozenset(vendors), begins=begins(month), ends=begins(after(month)))
    earlier = (month - timedelta(days=1)).replace(day=1)
    also = f"&vendor={next(iter(vendors))}" if actor.audience is OPERATIONS and vendors else ""
    return {
        "title": f"Statement of {month:%B %Y}",
        "earlier": (f"?month={earlier:%Y-%m}{also}", f"{earlier:%B %Y}"),
        "later": (f"?month={after(month):%Y-%m}{also}", f"{after(month):%B %Y}") if month < this else None,
        "months": [
            Month(
                vendors[each.vendor_id],
                each.opening,
                [
                    Change(JournalKind(kind).label, amount, _lines(each, kind, span))
                    for kind, amount in each.changes.items()
                ],
                each.closing,
            )
            for each in found[:MOST]
        ],
    }


def _vendors(asked: str, actor: Actor) -> dict[int, str]:
    """The vendors whose statement it is: of finance the one that is named, else one's own."""
    rows = scope(actor, Vendor)
    if actor.audience is OPERATIONS:
        key = int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 18 else 0
        return dict(rows.filter(pk=key).values_list("pk", "name"))
    return dict(rows.filter(pk__in=actor.tenants_where("view_money")).order_by("name").values_list("pk", "name"))


def _lines(of: queries.Statement, kind: str, span: Mapping[str, str]) -> str:
    """The postings that a number is the sum of: of this vendor, in this currency, of this kind, in this month."""
    whose = {"vendor": str(of.vendor_id), "currency": of.opening.currency}
    return changelist_url(Posting, {"kind": kind, "account_name": ",".join(OF_VENDOR), **whose, **span})
