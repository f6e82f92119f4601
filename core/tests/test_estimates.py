"""What the statistics of a database say: nothing of one that keeps none; how moments are spread; and read anew after minutes only."""

import pytest
from django.db import connection

from core import estimates
from core.estimates import Spread
from core.models import ScheduledJob

JOBS = ScheduledJob._meta.db_table


def test_moments_lie_between_bounds_as_many_as_between_others_and_common_ones_besides() -> None:
    spread = estimates._spread(1_000.0, [(250.0, 0.5)], [400.0, 300.0, 200.0])
    assert spread == Spread(1_000.0, [400.0, 300.0, 250.0, 200.0], [0.0, 0.25, 0.75, 1.0])
    assert [spread.part_since(each) for each in (500.0, 400.0, 350.0, 300.0, 225.0, 100.0)] == [
        0.0, 0.0, 0.125, 0.25, 0.875, 1.0
    ]  # fmt: skip
    assert [spread.moment_of(each) for each in (-1.0, 0.0, 0.125, 0.5, 1.0, 2.0)] == [400, 400, 350, 275, 200, 200]


@pytest.mark.django_db
def test_of_a_table_that_was_never_counted_nothing_is_known() -> None:
    estimates.forget()
    assert (estimates.elements("no_such_table", "tokens"), estimates.spread("no_such_table", "at")) == ({}, None)


@pytest.mark.services
@pytest.mark.django_db
def test_the_statistics_are_read_once_in_minutes(django_assert_num_queries) -> None:
    ScheduledJob.objects.all().delete()
    for number in range(50):
        ScheduledJob.objects.create(name=f"{number}", cron="* * * * *", next_run_at=f"2026-01-01T00:00:{number:02}Z")
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {JOBS}")
    estimates.forget()
    spread = estimates.spread(JOBS, "next_run_at")
    assert spread is not None
    assert (spread.count, spread.seconds[0] - spread.seconds[-1], spread.parts[-1]) == (50, 49, pytest.approx(1))
    ScheduledJob.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {JOBS}")
    with django_assert_num_queries(0):
        assert estimates.spread(JOBS, "next_run_at") is spread
    estimates.forget()
    assert estimates.spread(JOBS, "next_run_at") is not spread
    estimates.forget()
