"""For which day, week or month a vendor is paid. Pure."""

from datetime import datetime

from marketplace.ledger.models import SettlementTerms

Schedule = SettlementTerms.Schedule


def period_of(schedule: str, at: datetime) -> str:
    """The period that a moment lies in: "2026-11-22", "2026-W47", "2026-11"; empty where a vendor is paid only when it asks."""
    if schedule == Schedule.DAILY:
        return f"{at:%Y-%m-%d}"
    if schedule == Schedule.WEEKLY:
        year, week, _day = at.isocalendar()
        return f"{year}-W{week:02d}"
    return f"{at:%Y-%m}" if schedule == Schedule.MONTHLY else ""


def asked_on(at: datetime) -> str:
    """The period of what a vendor asks for: it may ask once a day."""
    return f"asked {at:%Y-%m-%d}"
