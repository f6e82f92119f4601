"""Gateway, orders and books side by side, by day: three sums that are the same, each made by the database from its own rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from core import context
from core.money import Money
from marketplace.analytics.spans import Span
from marketplace.finance.explained import Explained, explained
from marketplace.ledger.kinds import AccountKind, JournalKind
from marketplace.ledger.models import Account, Posting
from marketplace.payments import gateways
from marketplace.payments.models import Payment, Refund, StatementDay

MOST_DAYS = 92
CAPTURED, REFUNDED = "captured", "refunded"
KINDS = (CAPTURED, REFUNDED)
#: What moved so lately may be on its way into the books, or into the statement.
GRACE = timedelta(minutes=15)
#: A statement that was compared so lately says all that there is to say of today, up to that moment.
FRESH = timedelta(hours=3)


@dataclass(frozen=True, order=True)
class Place:
    """What is compared: the money of one kind and currency that moved at a gateway on a day."""

    day: date
    gateway: str
    currency: str
    kind: str


@dataclass(frozen=True)
class Row:
    """The three of one place. `statement` is None where the gateway has told nothing of the day (yet); `explained` is by how much
    the statement differs with a person's word for why."""

    place: Place
    orders: Money
    books: Money
    statement: Money | None
    explained: Money
    orders_count: int = 0
    statement_count: int = 0

    @property
    def books_differ(self) -> Money:
        """How much more the books have than the orders; 0 where all is well."""
        return self.books - self.orders

    @property
    def statement_differs(self) -> Money:
        """How much more the gateway says than the orders, without what is explained; 0 where all is well, or nothing is told."""
        if self.statement is None:
            return Money(0, self.orders.currency)
        return self.statement - self.orders - self.explained

    @property
    def differs(self) -> bool:
        return bool(self.books_differ.amount or self.statement_differs.amount)

    @property
    def off(self) -> Money:
        """How much is not the same, whichever way."""
        return Money(max(abs(self.books_differ.amount), abs(self.statement_differs.amount)), self.orders.currency)


@dataclass(frozen=True)
class Gateway:
    """One gateway of a comparison: up to which moment all is compared, and whether its statement is known up to there."""

    name: str
    until: datetime
    tells: bool


@dataclass(frozen=True)
class Comparison:
    """A span by day, gateway, currency and kind, newest first, and the same added up over the days."""

    span: Span
    gateways: Sequence[Gateway]
    rows: Sequence[Row]
    totals: Sequence[Row]

    @property
    def off(self) -> dict[str, int]:
        """How much differs in all, by currency: empty where all is well."""
        found: dict[str, int] = {}
        for each in self.rows:
            if each.differs:
                found[each.place.currency] = found.get(each.place.currency, 0) + each.off.amount
        return found

    @property
    def days_off(self) -> int:
        """On how many days something differs."""
        return len({each.place.day for each in self.rows if each.differs})


def compare(span: Span, *, gateway: str = "") -> Comparison:
    """Compare a span of at most `MOST_DAYS` days, of one gateway or of all. The number of queries is always the same."""
    known = gateways_of(gateway)
    orders = _orders(span, known)
    books = _books(span, known)
    days = list(
        StatementDay.objects.filter(day__gte=span.first, day__lte=span.last, gateway__in=[each.name for each in known])
    )
    why = explained(span, [each.name for each in known])
    rows = _rows(known, orders, books, days, why)
    return Comparison(span, known, rows, _totals(rows))


def gateways_of(name: str = "") -> list[Gateway]:
    """Every gateway that moved money, or one of them, with the moment up to which all of it can be compared."""
    now = context.now()
    told = dict(
        StatementDay.objects.filter(day__gte=timezone.localdate(now) - timedelta(days=2))
        .order_by("until").values_list("gateway", "until")
    )  # fmt: skip
    parts = Account.objects.filter(kind=AccountKind.GATEWAY).order_by().values_list("part", flat=True)
    names = {name} if name else {*gateways.names(), *parts, *told} - {""}
    found = []
    for each in sorted(names):
        until = told.get(each)
        is_fresh = until is not None and now - until < FRESH
        found.append(Gateway(each, until if is_fresh and until is not None else now - GRACE, is_fresh))
    return found


def up_to(known: Sequence[Gateway], *, name: str, at: str, span: Span) -> Q:
    """The rows of a span that can be compared: of each gateway those up to its moment. `name` and `at` are their columns."""
    found = Q(pk__in=())
    for each in known:
        found |= Q(**{name: each.name, f"{at}__gte": span.begins, f"{at}__lt": min(span.ends, each.until)})
    return found


def _orders(span: Span, known: Sequence[Gateway]) -> dict[Place, tuple[int, int]]:
    paid = Payment.objects.filter(up_to(known, name="gateway", at="status_since", span=span), status="succeeded")
    back = Refund.objects.filter(
        up_to(known, name="payment__gateway", at="status_since", span=span), status="succeeded"
    )
    came = _sums(paid, "status_since", "gateway", "amount_currency", "captured_minor", CAPTURED)
    return came | _sums(back, "status_since", "payment__gateway", "amount_currency", "amount_minor", REFUNDED)


def _books(span: Span, known: Sequence[Gateway]) -> dict[Place, tuple[int, int]]:
    rows = at_gateways().filter(up_to(known, name="account__part", at="at", span=span))
    came, back = (rows.filter(journal__kind=kind) for kind in (JournalKind.CAPTURE, JournalKind.REFUND))
    found = _sums(came, "at", "account__part", "amount_currency", "amount_minor", CAPTURED)
    gone = _sums(back, "at", "account__part", "amount_currency", "amount_minor", REFUNDED)
    return found | {place: (count, -minor) for place, (count, minor) in gone.items()}


def at_gateways() -> QuerySet[Posting]:
    """What was posted to the accounts that stand for the gateways."""
    return Posting.objects.filter(account__kind=AccountKind.GATEWAY)


def _sums(
    rows: QuerySet[Any], at: str, gateway: str, currency: str, amount: str, kind: str
) -> dict[Place, tuple[int, int]]:
    counted = (
        rows.order_by().annotate(_day=TruncDate(at), _gateway=F(gateway), _currency=F(currency))
        .values_list("_day", "_gateway", "_currency").annotate(_count=Count("pk"), _sum=Sum(amount))
    )  # fmt: skip
    return {Place(day, name, money, kind): (count, minor) for day, name, money, count, minor in counted}


def _rows(
    known: Sequence[Gateway], orders: Mapping[Place, tuple[int, int]], books: Mapping[Place, tuple[int, int]],
    days: Sequence[StatementDay], why: Sequence[Explained],
) -> list[Row]:  # fmt: skip
    told = _told(days)
    of_day = {(each.day, each.gateway): each for each in days}
    until = {each.name: each.until for each in known}
    words: dict[Place, int] = {}
    for each in why:
        place = Place(each.day, each.gateway, each.currency, each.kind)
        words[place] = words.get(place, 0) + each.minor
    found = []
    for place in sorted(orders.keys() | books.keys() | told.keys(), key=lambda each: (-each.day.toordinal(), each)):
        known_day = of_day.get((place.day, place.gateway))
        ends = min(Span(place.day, place.day).ends, until[place.gateway])
        said = told.get(place, (0, 0)) if known_day is not None and known_day.until >= ends else None
        count, minor = orders.get(place, (0, 0))
        found.append(
            Row(
                place, Money(minor, place.currency), Money(books.get(place, (0, 0))[1], place.currency),
                Money(said[1], place.currency) if said is not None else None, Money(words.get(place, 0), place.currency),
                count, said[0] if said is not None else 0,
            )
        )  # fmt: skip
    return found


def _told(days: Sequence[StatementDay]) -> dict[Place, tuple[int, int]]:
    return {
        Place(each.day, each.gateway, currency, kind): (count, minor)
        for each in days
        for kind, sums in each.sums.items()
        for currency, (count, minor) in sums.items()
    }


def _totals(rows: Sequence[Row]) -> list[Row]:
    """The days added up, each against what was told of those very days: `statement` is None where nothing was told of any."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for each in rows:
        groups.setdefault((each.place.gateway, each.place.currency, each.place.kind), []).append(each)
    return [_total(each) for _key, each in sorted(groups.items())]


def _total(rows: Sequence[Row]) -> Row:
    place, currency = rows[0].place, rows[0].place.currency
    told = [each.statement.amount for each in rows if each.statement is not None]
    # What was not told is taken as in the orders: of a day that the gateway has not told of nothing can differ yet.
    said = sum(told) + sum(each.orders.amount for each in rows if each.statement is None) if told else None
    return Row(
        Place(min(each.place.day for each in rows), place.gateway, currency, place.kind),
        Money(sum(each.orders.amount for each in rows), currency), Money(sum(each.books.amount for each in rows), currency),
        Money(said, currency) if said is not None else None, Money(sum(each.explained.amount for each in rows), currency),
        sum(each.orders_count for each in rows), sum(each.statement_count for each in rows),
    )  # fmt: skip
