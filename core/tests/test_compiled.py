"""Statements that are put into words once: what differs is another statement, and what does not is the same one."""

from typing import Any

import pytest
from django.db.models import F, Q, QuerySet, Value

from core import compiled
from core.models import ScheduledJob

pytestmark = pytest.mark.django_db


def jobs(condition: Q) -> QuerySet:
    return ScheduledJob.objects.filter(condition).order_by().values("name")


def words_of(condition: Q) -> compiled.Words | None:
    told = (condition,)
    return compiled._words(jobs, told, compiled._kinds(told))


def test_the_same_condition_is_put_into_words_once() -> None:
    assert words_of(Q(name="one")) is words_of(Q(name="one"))
    assert words_of(Q(name="one")) is not words_of(Q(name="two"))
    assert words_of(Q(name="one")) is not words_of(~Q(name="one"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Q(name=1), Q(name=True)),
        (Q(name=1), Q(name=1.0)),
        (Q(name__in=(0, 1)), Q(name__in=(False, True))),
        (Q(cron=Value(1)), Q(cron=Value(True))),
        (Q(is_on=True) & Q(name=1), Q(is_on=True) & Q(name=True)),
    ],
)
def test_what_python_takes_for_equal_and_a_database_does_not_is_kept_apart(one: Q, other: Q) -> None:
    assert one == other
    assert words_of(one) is not words_of(other)


def test_rows_are_those_of_now() -> None:
    condition = Q(name="a statement that is kept") & Q(cron=F("cron"))
    assert compiled.rows_of(jobs, condition) == []
    ScheduledJob.objects.create(name="a statement that is kept", cron="* * * * *", next_run_at="2026-01-01T00:00:00Z")
    assert [row.name for row in compiled.rows_of(jobs, condition)] == ["a statement that is kept"]


def test_what_no_row_can_meet_asks_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert compiled.rows_of(jobs, Q(pk__in=())) == []
