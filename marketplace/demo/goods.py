"""Listings enter as their vendors would enter them: by the import of the admin, from CSV files."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.core.files.uploadedfile import SimpleUploadedFile

from core.admin.jobs import start_bulk
from core.jobs import running
from core.jobs.models import Job, JobRow
from core.resources.transfer import Importer, Plan
from core.rules import Actor
from core.transfers.imports import start_import
from core.transfers.mapping import Understanding
from core.transfers.uploads import keep
from marketplace.catalog.resources import Listings
from marketplace.demo.agenda import as_of

Row = Mapping[str, str]


def enter(rows: Sequence[Row], *, by: Actor, at: datetime, name: str) -> dict[str, int]:
    """Import rows of a file as of a past moment; answers {reference: key}. Raises ValueError naming the first refused row."""
    importer = Importer(Listings, by, plan_for(rows, name))
    with as_of(at):
        results = importer.run(list(enumerate(rows, start=2)), save=True)
    for row, result in zip(rows, results, strict=True):
        if result.pk is None:
            raise ValueError(f"{name}, {row['reference']}: {result.sentence}")
    return {row["reference"]: result.pk for row, result in zip(rows, results, strict=True) if result.pk is not None}


def plan_for(rows: Sequence[Row], name: str) -> Plan:
    """The columns as they are named; whose listings they are, the importer's own membership says."""
    return Plan({header: header for row in rows for header in row if header != "vendor"}, name=name)


def enter_as_job(rows: Sequence[Row], *, by: Actor, at: datetime, name: str) -> dict[str, int]:
    """Import a whole file as a job with a result for every row. Answers {reference: key}; raises ValueError at a refused row."""
    job = import_as_job(rows, by=by, at=at, name=name)
    told = dict(JobRow.objects.filter(job=job, code="done").values_list("number", "object_id"))
    if len(told) != len(rows):
        raise ValueError(
            f"{name}: {JobRow.objects.filter(job=job).exclude(code='done').values_list('number', 'message').first()}"
        )
    return {
        row["reference"]: key for row, (_number, key) in zip(rows, sorted(told.items()), strict=True) if key is not None
    }


def import_as_job(rows: Sequence[Row], *, by: Actor, at: datetime, name: str) -> Job:
    """The third step of the admin's import, here and now, as of a past moment."""
    text = io.StringIO()
    writer = csv.DictWriter(
        text, [header for header in rows[0] if header != "vendor"], extrasaction="ignore", lineterminator="\n"
    )
    writer.writeheader()
    writer.writerows(rows)
    with as_of(at):
        file = keep(Listings, by, SimpleUploadedFile(name, text.getvalue().encode(), "text/csv"))
        plan = plan_for(rows, name)
        Understanding(Listings, by, file).remember(plan)
        job = start_import(Listings, by, file, plan)
        running.run(job.pk)
    return dated(job, at=at, rows=len(rows))


def press_as_job(verb: str, keys: Sequence[int], *, by: Actor, at: datetime) -> Job:
    """A verb on so many ticked listings, here and now, as of a past moment."""
    with as_of(at):
        job = start_bulk(Listings, by, verb, query="", pks=list(keys), inputs={}, count=len(keys))
        running.run(job.pk)
    return dated(job, at=at, rows=len(keys))


def dated(job: Job, *, at: datetime, rows: int) -> Job:
    """The job, as if it had been run then."""
    done_at = at + timedelta(seconds=2 + rows // 40)
    Job.objects.filter(pk=job.pk).update(
        created_at=at, started_at=at, beat_at=done_at, finished_at=done_at, status_since=done_at
    )
    return job
