"""What became of a job's rows, a page at a time; and the turns that its starter may give it."""

from typing import Any

from core.errors import Conflict
from core.jobs import running
from core.jobs.models import Job

TURNS = {"pause": running.pause, "resume": running.resume, "cancel": running.cancel}


class PastThat(Conflict):
    code, sentence = "job_past_that", "The job is {status} now: {turn} is not possible."


def turned(row: Job, turn: str) -> Job:
    """Pause, resume or cancel a job. Refuses with 409 `job_past_that` where its state does not allow it."""
    done = TURNS[turn](row)
    row.refresh_from_db()
    if not done:
        raise PastThat(status=row.status, turn=f"to {turn}")
    return row


def page_of(row: Job, *, after: int, limit: int, only_refused: bool) -> tuple[list[dict[str, Any]], int | None]:
    """So many results after a line, in the order of the file, and the line after which to go on."""
    told = row.rows.filter(number__gt=after).order_by("number")
    found = list((told.exclude(code="done") if only_refused else told)[: limit + 1])
    items = [
        {
            "number": each.number,
            "code": each.code,
            "message": each.message,
            "object_id": each.object_id,
            "faults": [{"column": name, "message": words} for name, words in (each.faults or {}).items()],
        }
        for each in found[:limit]
    ]
    return items, found[limit - 1].number if len(found) > limit else None
