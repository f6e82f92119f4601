"""Imports as jobs: a dry run of a whole file, the import itself, by either policy of partial success, and its confirmation.

An import that skips bad rows saves a chunk with its results and its place in one transaction: killed at any moment, it goes
on where it was, and no row is lost or doubled. All or nothing is one transaction, after a check of every row.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
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
    count = file.count()
    if whole and count > MOST_WHOLE:
        raise TooManyWhole(most=f"{MOST_WHOLE:,}", count=f"{count:,}")
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

    def chunks(self, *, start: int = 0) -> Iterator[list[tuple[int, Mapping[str, Any]]]]:
        """The file's rows with their numbers, after so many."""
        with self.file.opened() as (_headers, rows):
            yield from transfer.chunks(rows, start=start, size=self.importer.size)

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


@job(CHECK)
def run_check(run: JobRun) -> Iterator[int]:
    """Check a file, as many rows at a time as the importer says; goes on after the last row that was noted."""
    bringing = Bringing(run)
    for chunk in bringing.chunks(start=run.checkpoint or 0):
        bringing.note(bringing.importer.run(chunk, save=False), saved=False)
        yield chunk[-1][0]


@job(IMPORT)
def run_import(run: JobRun) -> Iterator[Any]:
    """Bring in a file; goes on after the last row that was kept."""
    bringing = Bringing(run)
    if run.params.get("whole"):
        yield from _all_or_nothing(run, bringing)
        return
    for chunk in bringing.chunks(start=run.checkpoint or 0):
        bringing.note(bringing.importer.run(chunk, save=True), saved=True)
        yield chunk[-1][0]


def _all_or_nothing(run: JobRun, bringing: Bringing) -> Iterator[Any]:
    place = run.checkpoint or {"checked": 0}
    if "refused" in place:
        raise NothingSaved(count=place["refused"])
    refused = 0
    for chunk in bringing.chunks():
        if chunk[-1][0] <= place["checked"]:
            continue
        bad = [each for each in bringing.importer.run(chunk, save=False) if each.outcome == "refused"]
        refused += len(bad)
        bringing.note(bad, saved=False)
        yield {"checked": chunk[-1][0]}
    refused = bringing.counts["refused"]
    if not refused:
        saving = Bringing(run)  # which has met no row yet
        refused = _saved_together(saving)
    if refused:
        yield {"refused": refused}
        raise NothingSaved(count=refused)


def _saved_together(saving: Bringing) -> int:
    """Save every row in the job's transaction, or none of them; answers how many were refused."""
    bad: list[transfer.Result] = []
    try:
        with transaction.atomic():
            for chunk in saving.chunks():
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
    return len(bad)


def wanted_files() -> set[str]:
    """The kept files that jobs still read: of unfinished ones, and of those whose errors may still be fetched."""
    since = context.now() - timedelta(days=DAYS_OF_JOBS)
    kinds = Job.objects.filter(kind__in=(IMPORT, CHECK, "export"))
    found: set[str] = set()
    for status, made, params, result in kinds.values_list("status", "created_at", "params", "result"):
        if status not in ("done", "cancelled") or made > since:
            found |= {each["path"] for each in (params, result) if each.get("path")}
    return found
