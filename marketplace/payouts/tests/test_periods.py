"""For which period a vendor is paid, at the edges of days, weeks, months and years."""

from datetime import UTC, datetime

import pytest

from marketplace.payouts.periods import Schedule, asked_on, period_of


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "moment", "period"),
    [
        (Schedule.DAILY, "2026-11-22T23:59:59", "2026-11-22"),
        (Schedule.DAILY, "2026-01-05T00:00:00", "2026-01-05"),
        (Schedule.WEEKLY, "2026-11-22T23:59:59", "2026-W47"),  # a Sunday
        (Schedule.WEEKLY, "2026-11-23T00:00:00", "2026-W48"),
        (Schedule.WEEKLY, "2027-01-03T12:00:00", "2026-W53"),  # the week of a Thursday of the year before
        (Schedule.WEEKLY, "2024-12-30T12:00:00", "2025-W01"),
        (Schedule.MONTHLY, "2026-11-30T23:59:59", "2026-11"),
        (Schedule.MONTHLY, "2026-02-01T00:00:00", "2026-02"),
        (Schedule.BY_HAND, "2026-11-22T12:00:00", ""),
    ],
)
def test_a_moment_lies_in_one_period_of_its_schedule(schedule: str, moment: str, period: str) -> None:
    assert period_of(schedule, at(moment)) == period


def test_who_asks_is_paid_once_a_day_and_never_instead_of_the_schedule() -> None:
    found = asked_on(at("2026-11-22T12:00:00"))
    assert found == "asked 2026-11-22"
    assert found == asked_on(at("2026-11-22T23:59:59")) != asked_on(at("2026-11-23T00:00:00"))
    assert found not in {period_of(each, at("2026-11-22T12:00:00")) for each in Schedule}
