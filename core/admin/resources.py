"""The platform's own tables in the admin: jobs, the audit trail, events and schedules. All but jobs have no API."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from core.audiences import OPERATIONS, VENDOR
from core.jobs.models import ColumnMemory, Job
from core.models import Audit, OutboxDelivery, OutboxEvent, ScheduledJob
from core.resources.declaration import ANY_OF, EXACT, IS_SET, OPERATIONS_OF_AUDIENCE, RANGE, F, Look, Resource
from core.resources.types import Id, text, whole

INSIDE = VENDOR | OPERATIONS
LONG, LONGEST, MOST = 500, 4_000, 600
Count = whole(0, 2**31 - 1)
CRASHED = re.compile(r"^[A-Za-z_.]+: ")  # how the runner writes what no refusal is
OURS = "It stopped by a fault of ours. It may be resumed, and goes on where it was."
NO_API = {"storefront": OPERATIONS_OF_AUDIENCE, "vendor": OPERATIONS_OF_AUDIENCE, "operations": OPERATIONS_OF_AUDIENCE}


def progress(job: Any) -> str:
    """How far a job is, in words."""
    if job.status == "waiting" and not job.done_count:
        return "Waits for its turn"
    refused = f", {job.failed_count:,} refused" if job.failed_count else ""
    of = f" of {job.total:,}" if job.total else ""
    return f"{job.done_count + job.failed_count:,}{of}{refused}"


class Counts(BaseModel):
    """What became of the rows of a file."""

    model_config = ConfigDict(extra="forbid", title="ImportCounts")

    created: Count = 0  # type: ignore[valid-type]
    updated: Count = 0  # type: ignore[valid-type]
    unchanged: Count = 0  # type: ignore[valid-type]
    skipped: Count = Field(0, description="About something else, as other systems' files have them.")  # type: ignore[valid-type]
    refused: Count = 0  # type: ignore[valid-type]


def counts(job: Any) -> dict[str, int] | None:
    """What became of an import's rows so far."""
    found = job.result.get("counts")
    return None if found is None else {name: int(found.get(name, 0)) for name in Counts.model_fields}


def follow_up(job: Any) -> int | None:
    """The job that confirmed a dry run, or that undoes an import."""
    return job.result.get("confirmed_by") or job.result.get("undone_by")


def stopped_because(job: Any) -> str:
    """Why it failed, in a sentence for whoever started it: our own faults are not spelled out."""
    return OURS if CRASHED.match(job.fault) else str(job.fault)


class Jobs(Resource):
    model, group, icon = Job, "Platform", "hourglass_top"
    fields = {
        "title": F(read=INSIDE, search=True),
        "kind": F(read=INSIDE, filter=EXACT),
        "status": F(read=INSIDE, filter=ANY_OF),
        "status_since": F(read=INSIDE),
        "progress": F(read=INSIDE, compute=progress, type=str, needs=("total", "done_count", "failed_count", "status")),
        "total": F(read=INSIDE, help="How many rows there are, where that is known."),
        "done_count": F(read=INSIDE),
        "failed_count": F(read=INSIDE, help="How many rows were refused."),
        "counts": F(
            read=INSIDE, compute=counts, type=Counts | None, needs=("result",), help="Of an import or its dry run."
        ),
        "follow_up": F(
            read=INSIDE,
            compute=follow_up,
            type=Id | None,
            needs=("result",),
            help="The import that a dry run was confirmed by, or the undoing of an import.",
        ),
        "stopped_because": F(read=INSIDE, compute=stopped_because, type=text(4000), needs=("fault",)),
        "actor_name": F(read=INSIDE, search=True),
        "created_at": F(read=INSIDE),
        "started_at": F(read=INSIDE),
        "finished_at": F(read=INSIDE),
        "fault": F(read=OPERATIONS, card=False),
    }
    off = {"storefront": OPERATIONS_OF_AUDIENCE}
    transfer = False
    look = Look(
        columns=("title", "status", "progress", "actor_name", "created_at"),
        facts=("kind", "status_since", "created_at", "started_at", "finished_at", "fault"),
        filters=("status", "kind"),
        empty="No long work has been started.",
    )


class MappedHeader(BaseModel):
    """A header of a file, and the column of ours that it was said to mean; empty where it was left out."""

    model_config = ConfigDict(extra="forbid")

    header: str = Field(max_length=LONG)
    column: str = Field(max_length=LONG)


def mapped(memory: Any) -> list[dict[str, str]]:
    """What each header was said to mean."""
    return [{"header": header[:LONG], "column": ours[:LONG]} for header, ours in sorted(memory.mapping.items())[:MOST]]


def fixed(memory: Any) -> list[dict[str, str]]:
    """What every row was given, by column."""
    return [
        {"column": name[:LONG], "value": str(value)[:LONG]} for name, value in sorted(memory.constants.items())[:MOST]
    ]


def in_words(memory: Any) -> str:
    """What the headers were said to mean, in one line."""
    said = [f"{header} → {ours or 'left out'}" for header, ours in sorted(memory.mapping.items())]
    given = [f"{name} = {value}" for name, value in sorted(memory.constants.items())]
    return " · ".join([*said, *given])[:LONGEST]


class GivenColumn(BaseModel):
    """A column that the file lacked, and what every row was given there."""

    model_config = ConfigDict(extra="forbid")

    column: str = Field(max_length=LONG)
    value: str = Field(max_length=LONG)


class ColumnMemories(Resource):
    model, group, icon = ColumnMemory, "Platform", "match_word"
    fields = {
        "resource": F(read=INSIDE, filter=EXACT, help="What such a file brings."),
        "meaning": F(read=INSIDE, compute=in_words, type=text(LONGEST), needs=("mapping", "constants")),
        "mapping": F(
            read=INSIDE,
            compute=mapped,
            type=Annotated[list[MappedHeader], Field(max_length=MOST)],
            needs=("mapping",),
            card=False,
        ),
        "constants": F(
            read=INSIDE,
            compute=fixed,
            type=Annotated[list[GivenColumn], Field(max_length=MOST)],
            needs=("constants",),
            card=False,
        ),
        "keeper": F(
            read=OPERATIONS, filter=EXACT, help="Whose: the staff's, or that of a vendor's people, by its key."
        ),
        "used_at": F(read=INSIDE, order=True, filter=RANGE),
    }
    off = {"storefront": OPERATIONS_OF_AUDIENCE}
    transfer = False
    order = ("-used_at", "-id")
    look = Look(
        columns=("resource", "meaning", "keeper", "used_at"),
        facts=("resource", "meaning", "keeper", "used_at"),
        filters=("resource", "used_at"),
        empty="Nothing is remembered of files yet.",
        help="What headers of files were said to mean, kept for the next file with the same headers. Delete one to forget it.",
    )


class AuditEntries(Resource):
    model, group, icon = Audit, "Platform", "policy"
    fields = {
        "object_text": F(read=OPERATIONS),
        "verb": F(read=OPERATIONS, filter=EXACT),
        "model": F(read=OPERATIONS, filter=EXACT),
        "object_id": F(read=OPERATIONS, filter=EXACT),
        "actor_name": F(read=OPERATIONS),
        "actor_id": F(read=OPERATIONS, filter=EXACT),
        "audience": F(read=OPERATIONS, filter=EXACT),
        "state_from": F(read=OPERATIONS),
        "state_to": F(read=OPERATIONS),
        "reason": F(read=OPERATIONS),
        "at": F(read=OPERATIONS, filter=RANGE),
        "request_id": F(read=OPERATIONS, filter=EXACT),
        "diff": F(read=OPERATIONS, card=False, type=dict[str, Any]),
    }
    off = NO_API
    look = Look(
        columns=("object_text", "verb", "actor_name", "audience", "reason", "at"),
        help="Who did what, when and why. Nothing here can be changed.",
    )


class Events(Resource):
    model, group, icon = OutboxEvent, "Platform", "bolt"
    fields = {
        "name": F(read=OPERATIONS, filter=EXACT),
        "payload": F(read=OPERATIONS, card=False, type=dict[str, Any]),
        "request_id": F(read=OPERATIONS, filter=EXACT),
        "created_at": F(read=OPERATIONS),
        "relayed_at": F(read=OPERATIONS, filter=IS_SET),
    }
    off = NO_API
    transfer = False
    look = Look(columns=("name", "created_at", "relayed_at", "request_id"), empty="Nothing has happened yet.")


class Deliveries(Resource):
    model, group, icon = OutboxDelivery, "Platform", "outbound"
    fields = {
        "listener": F(read=OPERATIONS, filter=EXACT),
        "event": F(read=OPERATIONS, filter=EXACT),
        "attempts": F(read=OPERATIONS),
        "done_at": F(read=OPERATIONS, filter=IS_SET),
        "failed_at": F(read=OPERATIONS, filter=IS_SET),
        "next_try_at": F(read=OPERATIONS),
        "fault": F(read=OPERATIONS, card=False),
    }
    off = NO_API
    transfer = False
    look = Look(
        columns=("listener", "event", "attempts", "done_at", "failed_at", "next_try_at"),
        empty="Nobody has been told anything yet.",
    )


class Schedules(Resource):
    model, group, icon = ScheduledJob, "Platform", "schedule"
    fields = {
        "name": F(read=OPERATIONS),
        "cron": F(read=OPERATIONS),
        "is_on": F(read=OPERATIONS, filter=EXACT),
        "next_run_at": F(read=OPERATIONS),
        "last_run_at": F(read=OPERATIONS),
        "last_fault": F(read=OPERATIONS, card=True),
        "leased_until": F(read=OPERATIONS, card=False, help="Set while it runs: until then no other run of it begins."),
    }
    off = NO_API
    transfer = False
    order = ("next_run_at", "id")
    look = Look(columns=("name", "cron", "is_on", "next_run_at", "last_run_at", "last_fault"))
