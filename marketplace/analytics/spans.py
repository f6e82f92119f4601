"""Spans of days: the last so many, today being the last of them, and as many before, to compare with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import TruncDate
from django.utils import timezone

from core import context


@dataclass(frozen=True)
class Span:
    """The days from `first` to `last`, both within it."""

    first: date
    last: date

    @property
    def days(self) -> Sequence[date]:
        return [self.first + timedelta(days=step) for step in range((self.last - self.first).days + 1)]

    @property
    def before(self) -> "Span":
        """As many days, ending the day before."""
        length = self.last - self.first + timedelta(days=1)
        return Span(self.first - length, self.last - length)

    @property
    def begins(self) -> datetime:
        """The moment at which it begins, for a filter."""
        return timezone.make_aware(datetime.combine(self.first, time.min))

    @property
    def ends(self) -> datetime:
        """The moment at which the day after it begins."""
        return timezone.make_aware(datetime.combine(self.last + timedelta(days=1), time.min))

    def within(self, rows: QuerySet, column: str) -> QuerySet:
        """The rows whose moment lies within it."""
        return rows.filter(**{f"{column}__gte": self.begins, f"{column}__lt": self.ends})

    def per_day(self, rows: QuerySet, column: str) -> Mapping[date, int]:
        """How many rows on each day; days without any are left out."""
        counted = self.within(rows, column).annotate(_day=TruncDate(column)).order_by().values_list("_day")
        return dict(counted.annotate(_n=Count("pk")))


def last_days(days: int) -> Span:
    """The last so many days; today, not over yet, is the last of them."""
    today = timezone.localdate(context.now())
    return Span(today - timedelta(days=days - 1), today)
