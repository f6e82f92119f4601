"""Scheduled: jobs that lost their process or their queue are taken up again."""

from core.jobs.running import rescue
from core.schedule import scheduled


@scheduled("* * * * *")
def rescue_lost_jobs() -> None:
    """Take up running jobs that have gone silent."""
    rescue()
