"""Undo of an import, as a job: what it made is removed or archived, what it changed is set back to what history says.

A row that has been changed since is left alone, and is named.
"""

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from core.errors import Conflict, Denied, DomainError
from core.jobs.models import Job, JobRow
from core.jobs.running import JobRun, job, start
from core.models import Record
from core.money import Money
from core.resources import operations
from core.resources.declaration import CHANGE, Resource
from core.rules import Actor, policy_of, scope
from core.transfers.imports import IMPORT, plan_of, resource_at
from core.transfers.mapping import may_import

UNDO = "undo_import"
CHUNK = 100
ARCHIVE = "archive"


class NotUndone(Conflict):
    code, sentence = "cannot_undo", "This cannot be undone: {why}"


class ChangedSince(Conflict):
    code, sentence = "changed_since", "It has been changed since the import: look at its history."


class Hanging(Conflict):
    code, sentence = "in_use", "Other things hang on it by now, and it cannot be archived."


def why_not(row: Job) -> str:
    """Why an import cannot be undone, or nothing."""
    if row.kind != IMPORT or row.status not in ("done", "cancelled", "failed"):
        return "only an import that has ended can."
    if Job.objects.filter(pk=row.result.get("undone_by") or 0).exclude(status="cancelled").exists():
        return "it has been done already."
    if not row.rows.filter(code="done", message__in=("created", "updated")).exists():
        return "the import has changed nothing."
    resource = resource_at(row.params["resource"])
    written = {*row.params["mapping"].values(), *row.params["constants"]}
    booked = sorted(name for name, f in resource.fields.items() if f.given and name in written)
    return f"it booked {', '.join(booked)}, which only another entry corrects." if booked else ""


def start_undo(row: Job, *, by: Actor) -> Job:
    """Queue the undoing of an import. Refuses with 409 `cannot_undo`, saying why, and 403."""
    with transaction.atomic():
        held = Job.objects.select_for_update(of=("self",)).get(pk=row.pk)
        why = why_not(held)
        if why:
            raise NotUndone(why=why)
        if not may_import(resource_at(held.params["resource"]), by):
            raise Denied()
        count = held.rows.filter(code="done", message__in=("created", "updated")).count()
        made = start(UNDO, by=by, title=f"Undo: {held.title}", params={"of": held.pk}, total=count)
        held.result = {**held.result, "undone_by": made.pk}
        held.save(update_fields=["result"])
    return made


@job(UNDO)
def run_undo(run: JobRun) -> Iterator[int]:
    """Undo the rows of an import, the last one first; goes on before the last that was noted."""
    of = Job.objects.get(pk=run.params["of"])
    resource = resource_at(of.params["resource"])
    if not may_import(resource, run.actor):
        raise Denied()
    undoing = Undoing(resource, run.actor, f"import {plan_of(of.params).name}", of.actor_id)
    told = JobRow.objects.filter(job=of, code="done", message__in=("created", "updated")).order_by("-number")
    place = run.checkpoint
    while chunk := list((told.filter(number__lt=place) if place else told)[:CHUNK]):
        for each in chunk:
            try:
                with transaction.atomic():
                    run.row(each.number, "done", undoing.undo(each), each.object_id)
            except DomainError as refusal:
                run.row(each.number, refusal.code, refusal.detail, each.object_id)
        place = chunk[-1].number
        yield place


class Undoing:
    """Undoes rows of one import for one actor, with the actor's own rights."""

    def __init__(self, resource: type[Resource], actor: Actor, reason: str, importer: int | None) -> None:
        self.resource, self.actor, self.importer = resource, actor, importer
        self.import_reason, self.reason = reason, f"undo of {reason}"
        has = resource.operations_of(actor.audience)
        self.may_delete = "delete" in has or policy_of(resource.model).may_ever(actor, "delete")
        self.archive = next((each for each in resource.verbs_of(actor.audience) if each.name == ARCHIVE), None)

    def undo(self, told: JobRow) -> str:
        """Undo one row; says what was done. Refuses with 409 `changed_since` and what the operations refuse."""
        row = scope(self.actor, self.resource.model).filter(pk=told.object_id).first()
        if row is None:
            if told.message == "created":
                return "is gone"
            raise ChangedSince()
        if row.version != told.version:
            raise ChangedSince()
        return self._remove(row) if told.message == "created" else self._set_back(row, told)

    def _remove(self, row: Any) -> str:
        if self.may_delete and not self._is_leaned_on(row):
            operations.delete(row, by=self.actor, version=row.version, reason=self.reason)
            return "removed"
        if self.archive is None:
            raise Hanging()
        self.archive(row, by=self.actor, version=row.version)
        return "archived"

    def _is_leaned_on(self, row: Any) -> bool:
        for each in row._meta.related_objects:
            model: Any = each.related_model
            if issubclass(model, Record) and model._default_manager.filter(**{each.field.name: row.pk}).exists():
                return True
        return False

    def _set_back(self, row: Any, told: JobRow) -> str:
        if told.former is None or told.former == told.version:
            raise NotUndone(why="the row itself was not changed: what was proposed is withdrawn where it waits.")
        steps = list(
            self.resource.model.history.filter(id=row.pk, version__range=(told.former, told.version)).order_by(
                "version", "history_id"
            )  # type: ignore[attr-defined]
        )
        before = [each for each in steps if each.version == told.former]
        after = [each for each in steps if each.version != told.former]
        theirs = all(
            each.history_change_reason == self.import_reason and each.history_user_id == self.importer for each in after
        )
        if not before or not after or not theirs:
            raise ChangedSince()
        values = self._differing(before[-1], after[-1])
        if values:
            operations.update(row, values, by=self.actor, version=row.version, reason=self.reason)
        return "set back"

    def _differing(self, before: Any, after: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        money = getattr(self.resource.model, "money_fields", {})
        for name, f in self.resource.writable(self.actor.audience, CHANGE).items():
            if f.given or f.compute is not None or f.compute_for is not None:
                continue
            if name in money:
                old, new = (
                    (getattr(each, f"{name}_minor"), getattr(each, f"{name}_currency")) for each in (before, after)
                )
                if old != new:
                    found[name] = None if old[0] is None or old[1] is None else Money(old[0], old[1])
                continue
            field: Any = self.resource.model._meta.get_field(name)
            if field.many_to_many or not hasattr(before, field.attname):
                continue
            if getattr(before, field.attname) != getattr(after, field.attname):
                found[name] = getattr(before, field.attname)
        return found
