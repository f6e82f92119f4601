"""Imports as jobs: a dry run of a whole file, the import itself, by either policy of partial success, and its confirmation.

An import that skips bad rows saves a chunk with its results and its place in one transaction: killed at any moment, it goes
on where it was, and no row is lost or doubled. All or nothing is one transaction, after a check of every row.
"""

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

from django.db import transaction

from core import context
from core.errors import Conflict, Denied, DomainError, Invalid, Missing
from core.jobs.models import Job, JobRow
from core.jobs.running import JobRun, job, start
from core.resources import transfer
from core.resources.declaration import Resource
from core.resources.registry import resources
from core.resources.transfer_cells import Plan
from core.rules import Actor
from core.transfers.mapping import may_import
from core.transfers.uploads import DAYS_OF_JOBS, Kept

IMPORT, CHECK = "import", "import_check"
MOST_WHOLE = 10_000  # rows that all go in, or none: they are one transaction, and wait for nobody

Chunk = list[tuple[int, Mapping[str, Any]]]
Step = Callable[[], Any]


class TooManyWhole(Invalid):
    code = "too_many_for_one_transaction"
    sentence = (
        "All or nothing takes up to {most} rows, and this file has {count}: let bad rows be skipped, or split the file."
    )


class NothingSaved(Conflict):
    code, sentence = (
        "nothing_saved",
        "Nothing was saved: {count} of the rows are refused, and all were to go in, or none.",
    )


class NotChecked(Conflict):
    code, sentence = "not_checked", "Only a finished dry run can be confirmed."


def resource_at(path: str) -> type[Resource]:
    """The resource of a path. Refuses with 404 one that is gone."""
    found = next((each for each in resources() if each.path == path), None)
    if found is None:
        raise Missing()
    return found


def start_check(resource: type[Resource], actor: Actor, file: Kept, plan: Plan, *, whole: bool = False) -> Job:
    """Queue a dry run of a kept file: every row is checked, none is saved. Refuses as the import would."""
    return _start(CHECK, resource, actor, file, plan, whole=whole)


def start_import(resource: type[Resource], actor: Actor, file: Kept, plan: Plan, *, whole: bool = False) -> Job:
    """Queue an import of a kept file; answers the job. `whole`: all rows go in, or none."""
    return _start(IMPORT, resource, actor, file, plan, whole=whole)


def _start(kind: str, resource: type[Resource], actor: Actor, file: Kept, plan: Plan, *, whole: bool) -> Job:
    if not may_import(resource, actor):
        raise Denied()
    count = file.count()  # by the job, where it is not known yet
    if whole:
        _refuse_too_many(count or 0)
    params = {
        "resource": resource.path,
        "path": file.path,
        "kind": file.kind,
        "name": file.name,
        "mapping": dict(plan.mapping),
        "constants": dict(plan.constants),
        "empty_words": list(plan.empty_words),
        "dialect": plan.dialect,
        "whole": whole,
    }
    word = "Check" if kind == CHECK else "Import"
    return start(kind, by=actor, title=f"{word} {file.name}", params=params, total=count)


def _refuse_too_many(count: int) -> None:
    if count > MOST_WHOLE:
        raise TooManyWhole(most=f"{MOST_WHOLE:,}", count=f"{count:,}")


def confirm(row: Job, *, by: Actor) -> Job:
    """Import what a dry run has checked, as it was checked; asked again, the same import is answered.

    Refuses with 409 `not_checked` what is no finished dry run, with 403 somebody else's.
    """
    with transaction.atomic():
        held = Job.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if held.actor_id != by.user_id or held.audience != by.audience.word:
            raise Denied()
        if held.kind != CHECK or held.status != "done":
            raise NotChecked()
        known = Job.objects.filter(pk=held.result.get("confirmed_by") or 0).first()
        if known is not None:
            return known
        said = held.params
        made = start(IMPORT, by=by, title=f"Import {said['name']}", params=said, total=held.total)
        held.result = {**held.result, "confirmed_by": made.pk}
        held.save(update_fields=["result"])
    return made


def file_of(params: Mapping[str, Any]) -> Kept:
    """The kept file of an import's parameters."""
    return Kept(params["path"], params["name"], params["kind"])


def plan_of(params: Mapping[str, Any]) -> Plan:
    """How an import's file is read."""
    return Plan(
        params["mapping"],
        params["constants"],
        tuple(params["empty_words"]),
        params["name"],
        params.get("dialect", ""),
    )


class Bringing:
    """One run of an import or of its dry run."""

    def __init__(self, run: JobRun) -> None:
        self.run, said = run, run.params
        self.resource = resource_at(said["resource"])
        if not may_import(self.resource, run.actor):
            raise Denied()
        done = JobRow.objects.filter(job=run.job, code="done").exclude(object_id=None)
        met = {key for key in done.values_list("object_id", flat=True) if key} if run.checkpoint else set()
        self.importer = transfer.Importer(self.resource, run.actor, plan_of(said), met=met)
        self.file = file_of(said)
        self.counts = Counter(run.job.result.get("counts", {}))
        if run.job.total is None:
            with self.file.opened() as (_headers, rows):
                run.expect(sum(1 for _row in self._told(rows)))
        if said.get("whole"):
            _refuse_too_many(run.job.total or 0)

    def chunks(self, *, start: int = 0) -> Generator[Chunk]:
        """The file's rows with their numbers, after so many."""
        with self.file.opened() as (_headers, rows):
            yield from transfer.chunks(self._told(rows), start=start, size=self.importer.size)

    def _told(self, rows: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
        """The rows; the job is seen to go on with each, also with those that it only passes over."""
        for row in rows:
            self.run.moved()
            yield row

    def bring(self, chunk: Chunk, *, save: bool) -> int:
        """Check rows, and save what is sound if asked to; answers the number of the last."""
        self.note(self.importer.run(chunk, save=save), saved=save)
        return chunk[-1][0]

    def note(self, results: Iterable[transfer.Result], *, saved: bool) -> None:
        """Keep what became of rows, with the versions at which they stand now."""
        results = list(results)
        versions = self._versions([each.pk for each in results if each.pk is not None]) if saved else {}
        for each in results:
            refused = each.outcome == "refused"
            self.counts[each.outcome] += 1
            self.run.row(
                each.number,
                "invalid" if refused else "done",
                each.sentence if refused else each.outcome,
                each.pk,
                version=versions.get(each.pk or 0),
                former=each.former,
                faults=dict(each.faults) if refused else None,
            )
        self.run.conclude(counts=dict(self.counts))

    def _versions(self, keys: list[int]) -> dict[int, int]:
        if not any(each.name == "version" for each in self.resource.model._meta.concrete_fields):
            return {}
        return dict(self.resource.model._default_manager.filter(pk__in=keys).values_list("pk", "version"))


@job(CHECK, in_steps=True)
def run_check(run: JobRun) -> Iterator[Step]:
    """Check a file, as many rows at a time as the importer says; goes on after the last row that was noted."""
    bringing = Bringing(run)
    for chunk in bringing.chunks(start=run.checkpoint or 0):
        yield partial(bringing.bring, chunk, save=False)


@job(IMPORT, in_steps=True)
def run_import(run: JobRun) -> Iterator[Step]:
    """Bring in a file; goes on after the last row that was kept."""
    bringing = Bringing(run)
    if run.params.get("whole"):
        yield from _all_or_nothing(run, bringing)
        return
    for chunk in bringing.chunks(start=run.checkpoint or 0):
        yield partial(bringing.bring, chunk, save=True)


def _all_or_nothing(run: JobRun, bringing: Bringing) -> Iterator[Step]:
    place = run.checkpoint or {"checked": 0}
    if "checked" in place:
        for chunk in bringing.chunks(start=place["checked"]):
            yield partial(_check_for_all, bringing, chunk)
        if not bringing.counts["refused"]:
            saving = Bringing(run)  # which has met no row yet
            with closing(saving.chunks()) as chunks:
                first = next(chunks, [])  # opening the file may take long, and is no part of the transaction
                yield partial(_save_together, saving, chain([first], chunks))
        else:
            yield partial(dict, refused=bringing.counts["refused"])
    if "refused" in (run.checkpoint or {}):
        raise NothingSaved(count=run.checkpoint["refused"])


def _check_for_all(bringing: Bringing, chunk: Chunk) -> dict[str, int]:
    bringing.note((each for each in bringing.importer.run(chunk, save=False) if each.outcome == "refused"), saved=False)
    return {"checked": chunk[-1][0]}


def _save_together(saving: Bringing, chunks: Iterable[Chunk]) -> dict[str, int]:
    """Save every row in the job's transaction, or none of them; answers how many were saved, or how many refused."""
    bad: list[transfer.Result] = []
    try:
        with transaction.atomic():
            for chunk in chunks:
                results = saving.importer.run(chunk, save=True)
                bad += [each for each in results if each.outcome == "refused"]
                if not bad:
                    saving.note(results, saved=True)
            if bad:
                raise NothingSaved(count=len(bad))
    except DomainError:
        if not bad:
            raise
        saving.run.results.clear()
        saving.counts.clear()
        saving.note(bad, saved=False)
        return {"refused": len(bad)}
    return {"saved": saving.counts.total()}


def wanted_files() -> set[str]:
    """The kept files that jobs still read: of unfinished ones, and of those whose errors may still be fetched."""
    since = context.now() - timedelta(days=DAYS_OF_JOBS)
    kinds = Job.objects.filter(kind__in=(IMPORT, CHECK, "export"))
    found: set[str] = set()
    for status, made, params, result in kinds.values_list("status", "created_at", "params", "result"):
        if status not in ("done", "cancelled") or made > since:
            found |= {each["path"] for each in (params, result) if each.get("path")}
    return found
