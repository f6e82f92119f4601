"""How a deed reaches the database: the changed row, its history, its audit entry and its events, single or by the chunk."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from simple_history.utils import get_history_manager_for_model

from core import context, events
from core.deeds import Deed
from core.inserting import insert
from core.models import Audit, Record

Snapshot = dict[str, Any]
QUIET = frozenset({"version", "updated_at", "created_at"})
HIDDEN = "•••"


def snapshot(row: models.Model) -> Snapshot:
    """The row's columns as they are in memory."""
    return {each.attname: getattr(row, each.attname) for each in row._meta.concrete_fields}


def difference(row: models.Model, before: Snapshot) -> dict[str, list[Any]]:
    """{column: [before, after]} of what changed; secrets are hidden, files and odd values are written as text."""
    secret: frozenset[str] = getattr(row, "secret_fields", frozenset())
    found = {}
    for name, old in before.items():
        new = getattr(row, name)
        if name not in QUIET and old != new:
            found[name] = [HIDDEN, HIDDEN] if name in secret else [_plain(old), _plain(new)]
    return found


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | list | dict) else str(value)


def settle(deed: Deed, row: Record, before: Snapshot) -> None:
    """Save the row if the deed changed it, and write the audit entry, even where nothing changed."""
    row.derive()
    diff = difference(row, before)
    if diff:
        row.save()
        events.record_changed(row, deed.verb, tuple(diff))
    audit(deed, row, diff)


def settle_many(deed: Deed, changed: Sequence[tuple[Record, Snapshot]]) -> None:
    """The same as settle for each pair, in a handful of statements; then the facts and events that were held back."""
    audits, dirty, columns = [], [], set()
    for row, before in changed:
        row.derive()
        diff = difference(row, before)
        if diff:
            row.version += 1
            row.updated_at = context.now()
            dirty.append((row, tuple(diff)))
            columns |= set(diff)
        audits.append(_entry(deed, row, diff))
    if dirty:
        rows = [row for row, _diff in dirty]
        _update_many(rows, columns)
        insert(_history_rows(deed, rows, "~"))
        events.records_changed(dirty, deed.verb)
    insert(audits)
    flush(deed)


def _update_many(rows: Sequence[Record], columns: set[str]) -> None:
    """One plain UPDATE for what all rows get alike, as a verb gives it; only what differs is spelled out row by row."""
    model = type(rows[0])
    alike, differing = {}, []
    for field in model._meta.concrete_fields:
        if field.attname in columns:
            first = getattr(rows[0], field.attname)
            if all(getattr(row, field.attname) == first for row in rows):
                alike[field.attname] = first
            else:
                differing.append(field.name)
    chunk = model._default_manager.filter(pk__in=[row.pk for row in rows])
    chunk.update(**alike, version=models.F("version") + 1, updated_at=rows[0].updated_at)
    if differing:
        model._default_manager.bulk_update(rows, differing)


def create_many(deed: Deed, rows: Sequence[Record]) -> None:
    """Insert new rows of one model with history, audit and events, as single creations would leave them."""
    insert_many(deed, rows)
    audit_new(deed, rows)
    flush(deed)


def insert_many(deed: Deed, rows: Sequence[Record]) -> None:
    """The same but for the audit entries: whoever makes rows of several models writes all of theirs at once (audit_new)."""
    for row in rows:
        row.derive()
    insert(rows, keyed=True)
    insert(_history_rows(deed, rows, "+"))
    events.records_changed([(row, ()) for row in rows], deed.verb)


def audit_new(deed: Deed, rows: Sequence[Record]) -> list[Audit]:
    """The audit entries of new rows of any models, in the order of the rows; answers them as they were written."""
    entries = [_entry(deed, row, created(row)) for row in rows]
    insert(entries)
    return entries


def _history_rows(deed: Deed, rows: Sequence[Record], kind: str) -> list[Any]:
    """The history of rows that a deed has made or changed, as the library writes that of each."""
    model = get_history_manager_for_model(type(rows[0])).model
    names = [each.attname for each in model.tracked_fields]
    signed = {
        "history_date": deed.at,
        "history_change_reason": deed.reason or deed.verb,
        "history_type": kind,
        "history_user_id": deed.actor.user_id,
        "deed": deed.id,
    }
    return [model(**{name: getattr(row, name) for name in names}, **signed) for row in rows]


def created(row: models.Model) -> dict[str, list[Any]]:
    """The diff of a new row: everything that is not empty, from nothing."""
    secret: frozenset[str] = getattr(row, "secret_fields", frozenset())
    return {
        name: [None, HIDDEN if name in secret else _plain(value)]
        for name, value in snapshot(row).items()
        if value not in (None, "", {}, []) and name not in QUIET and name != row._meta.pk.attname
    }


def audit(deed: Deed, row: Record | None, diff: dict[str, list[Any]]) -> None:
    """Append the audit entry of a deed."""
    _entry(deed, row, diff).save(force_insert=True)


def flush(deed: Deed) -> None:
    """Write the facts and events that a collecting deed held back."""
    by_kind: dict[type, list[Any]] = {}
    for fact in deed.facts:
        by_kind.setdefault(type(fact), []).append(fact)
    for facts in by_kind.values():
        insert(facts)
    if deed.events:
        insert(deed.events)
        events.nudge()
    deed.facts.clear()
    deed.events.clear()


def _entry(deed: Deed, row: Record | None, diff: dict[str, list[Any]]) -> Audit:
    moves = getattr(row, "moves", None)
    moved: Iterable[Any] = diff.get(moves.column if moves is not None else "status", ("", ""))
    state_from, state_to = (str(each or "") for each in moved)
    return Audit(
        deed=deed.id,
        at=deed.at,
        verb=deed.verb,
        model=row._meta.label_lower if row is not None else "",
        object_id=row.pk if row is not None else None,
        object_text=str(row)[:120] if row is not None else "",
        actor_id=deed.actor.user_id,
        actor_name=deed.actor.name[:120],
        on_behalf_of=deed.actor.on_behalf_of,
        audience="system" if deed.actor.is_system else deed.actor.audience.word,
        state_from=state_from,
        state_to=state_to,
        reason=deed.reason,
        request_id=context.request_id.get()[:64],
        diff=diff,
    )
