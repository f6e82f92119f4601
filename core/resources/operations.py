"""The engine's create, update and delete: actions like any other. Everything that writes a declared Record ends here."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import FETCH_PEERS

from core import deeds, events, memo, writing
from core.actions import Outcome, lock, locked, retrying_locks
from core.deeds import Deed
from core.errors import Denied, DomainError, Duplicate, InUse, Missing, Stale
from core.models import Record
from core.resources.assigning import Assigning, is_enforced
from core.resources.declaration import CHANGE, CREATE, Resource
from core.resources.registry import resource_of
from core.rules import Actor, allows, require, scope

Values = Mapping[str, Any]


def create(resource: type[Resource], values: Values, *, by: Actor, reason: str = "") -> Any:
    """Make a row. Refuses with 422 what is not valid, 409 what exists, 403 a row outside what the actor may create."""
    replaced = resource.operations.get("create")
    return (replaced or plain_create)(resource, values, by=by, reason=reason)


def update(row: Any, values: Values, *, by: Actor, version: int | None = None, reason: str = "") -> Any:
    """Change a row (or its key's row). Refuses as create does; 404 what the actor may not see, 412 a version that is not the row's."""
    resource = declared(row)
    replaced = resource.operations.get("update")
    return (replaced or plain_update)(resource, row, values, by=by, version=version, reason=reason)


def delete(row: Any, *, by: Actor, version: int | None = None, reason: str = "") -> None:
    """Delete a row, leaving its history. Refuses with 409 `in_use` what other rows still need."""
    resource = declared(row)
    replaced = resource.operations.get("delete")
    (replaced or plain_delete)(resource, row, by=by, version=version, reason=reason)


def declared(row: models.Model) -> type[Resource]:
    resource = resource_of(type(row))
    if resource is None:
        raise RuntimeError(f"{type(row).__name__} has no resource.")
    return resource


def plain_create(resource: type[Resource], values: Values, *, by: Actor, reason: str = "") -> Any:
    """Create as declared, without a replaced operation."""
    deed = Deed(verb="create", actor=by, reason=reason)
    assigning = Assigning(resource, by)
    with retrying_locks(), transaction.atomic(), deeds.doing(deed):
        row = resource.model()
        faults = assigning.assign(row, values, CREATE)
        row.derive()
        assigning.check(row, faults, unique=not is_enforced(resource.model))
        _save(row, assigning)
        if not allows(by, "create", row):
            raise Denied()
        events.record_changed(row, deed.verb)
        writing.audit(deed, row, writing.created(row))
    return row


def plain_update(
    resource: type[Resource], row: Any, values: Values, *, by: Actor, version: int | None = None, reason: str = ""
) -> Any:
    """Change as declared, without a replaced operation."""
    deed = Deed(verb="change", actor=by, reason=reason)
    assigning = Assigning(resource, by)
    with retrying_locks(), transaction.atomic(), deeds.doing(deed):
        row = lock(resource.model, row)
        require(by, "change", row)
        if version is not None and version != row.version:
            raise Stale(version=row.version)
        before = writing.snapshot(row)
        faults = assigning.assign(row, values, CHANGE)
        row.derive()
        assigning.check(row, faults)
        try:
            with transaction.atomic():
                writing.settle(deed, row, before)
        except IntegrityError as fault:
            raise Duplicate() from fault
        if not allows(by, "change", row):
            raise Denied()
    return row


def plain_delete(
    resource: type[Resource], row: Any, *, by: Actor, version: int | None = None, reason: str = ""
) -> None:
    """Delete as declared, without a replaced operation."""
    deed = Deed(verb="delete", actor=by, reason=reason)
    with retrying_locks(), transaction.atomic(), deeds.doing(deed):
        row = lock(resource.model, row)
        require(by, "delete", row)
        if version is not None and version != row.version:
            raise Stale(version=row.version)
        gone = {name: [pair[1], None] for name, pair in writing.created(row).items()}
        events.record_changed(row, deed.verb)
        writing.audit(deed, row, gone)
        try:
            row.delete()
        except (models.ProtectedError, models.RestrictedError) as fault:
            raise InUse() from fault


def _save(row: Record, assigning: Assigning) -> None:
    """Insert it. Only when the database refuses is it asked what was wrong, so that what is right costs no questions."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as fault:
        assigning.check_constraints(row)
        raise Duplicate() from fault


@memo.block()
def create_many(
    resource: type[Resource], many: Sequence[Values], *, by: Actor, reason: str = ""
) -> list[Outcome | DomainError]:
    """Create a chunk; the answer has, in order, an Outcome with the new key or the refusal of that row.

    Leaves what single creations would. A chunk that meets a duplicate of its own is done row by row.
    """
    if "create" in resource.operations:
        return [attempt(lambda values=values: create(resource, values, by=by, reason=reason).pk) for values in many]
    deed = Deed(verb="create", actor=by, reason=reason, collecting=True)
    assigning = Assigning(resource, by)
    assigning.prepare(many)
    answers: list[Outcome | DomainError | None] = [None] * len(many)
    rows: dict[int, Record] = {}
    for index, values in enumerate(many):
        row = resource.model()
        try:
            faults = assigning.assign(row, values, CREATE)
            row.derive()
            assigning.check(row, faults, unique=False)
        except DomainError as refusal:
            answers[index] = refusal
        else:
            rows[index] = row
    try:
        with retrying_locks(), transaction.atomic(), deeds.doing(deed):
            if rows:
                writing.create_many(deed, list(rows.values()))
                keys = [row.pk for row in rows.values()]
                if scope(by, resource.model, "create").filter(pk__in=keys).count() != len(keys):
                    raise Denied()
    except (IntegrityError, DomainError):
        for index in rows:
            answers[index] = attempt(lambda i=index: plain_create(resource, many[i], by=by, reason=reason).pk)
    else:
        for index, row in rows.items():
            answers[index] = Outcome(row.pk)
    return [answer for answer in answers if answer is not None]


@memo.block()
def update_many(
    resource: type[Resource], many: Sequence[tuple[Any, Values]], *, by: Actor, reason: str = ""
) -> list[Outcome | DomainError]:
    """Change a chunk of rows of one resource, each with values of its own; refused rows leave the others alone.

    A resource that replaces `update` may replace this as well; until it does, its rows are done one by one.
    """
    replaced = resource.operations.get("update_many")
    if replaced is not None:
        return list(replaced(resource, many, by=by, reason=reason))
    if "update" in resource.operations:
        return _one_by_one(many, by, reason)
    return plain_update_many(resource, many, by=by, reason=reason)


def _one_by_one(many: Sequence[tuple[Any, Values]], by: Actor, reason: str) -> list[Outcome | DomainError]:
    done: dict[int, Outcome | DomainError] = {}
    for index, (row, values) in sorted(enumerate(many), key=lambda each: each[1][0].pk):  # locks go by key
        done[index] = attempt(lambda row=row, values=values: update(row, values, by=by, reason=reason).pk)
    return [done[index] for index in range(len(many))]


def plain_update_many(
    resource: type[Resource],
    many: Sequence[tuple[Any, Values]],
    *,
    by: Actor,
    reason: str = "",
    refused: Callable[[Any, Values], DomainError | None] = lambda _row, _values: None,
) -> list[Outcome | DomainError]:
    """Change a chunk as declared. `refused` is asked of each row once it is locked, and may say why it is left alone."""
    deed = Deed(verb="change", actor=by, reason=reason, collecting=True)
    assigning = Assigning(resource, by)
    assigning.prepare([values for _row, values in many])
    pks = sorted({row.pk for row, _values in many})
    try:
        with retrying_locks(), transaction.atomic(), deeds.doing(deed):
            found = locked(resource.model).filter(pk__in=pks).order_by("pk").fetch_mode(FETCH_PEERS)
            held = {row.pk: row for row in found}
            allowed = set(scope(by, resource.model, "change").filter(pk__in=pks).values_list("pk", flat=True))
            answers: list[Outcome | DomainError] = []
            changed = []
            for row, values in many:
                try:
                    if row.pk not in held:
                        raise Missing()
                    if row.pk not in allowed:
                        require(by, "change", row)
                    fresh = held[row.pk]
                    why_not = refused(fresh, values)
                    if why_not is not None:
                        raise why_not
                    before = writing.snapshot(fresh)
                    faults = assigning.assign(fresh, values, CHANGE)
                    fresh.derive()
                    assigning.check(fresh, faults, unique=False)
                except DomainError as refusal:
                    answers.append(refusal)
                else:
                    changed.append((fresh, before))
                    answers.append(Outcome(fresh.pk))
            writing.settle_many(deed, changed)
            kept = [row.pk for row, _before in changed]
            if scope(by, resource.model, "change").filter(pk__in=kept).count() != len(set(kept)):
                raise Denied()
            return answers
    except (IntegrityError, Denied):
        return _one_by_one(many, by, reason)


def attempt(work: Any) -> Outcome | DomainError:
    """What became of one row of many: its key, or its refusal."""
    try:
        return Outcome(work())
    except DomainError as refusal:
        return refusal
