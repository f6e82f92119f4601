"""The columns of a list and the facts of a form: one reader per declared field, the same words everywhere."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Prefetch

from core.admin import words
from core.audiences import Audience
from core.memo import for_good
from core.resources.admin import rows
from core.resources.declaration import F, Resource
from core.resources.registry import resource_of
from core.rules import Actor, scope

MOST = 6


def column_of(model: type[models.Model], name: str) -> models.Field | None:
    """The database column of a declared field; None for money and for computed values."""
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, models.Field) else None


def title_of(resource: type[Resource], name: str) -> str:
    """The field's words, as a column's title and a form's label."""
    field = column_of(resource.model, name)
    money = getattr(resource.model, "money_fields", {}).get(name)
    said = str(field.verbose_name) if field is not None else (money.verbose_name if money is not None else "")
    text = said or name.replace("_", " ")
    return text[:1].upper() + text[1:]


def read(resource: type[Resource], name: str, row: models.Model, actor: Actor, *, whole: bool = False) -> Any:
    """A declared field of a row, as people read it."""
    f = resource.fields[name]
    if f.pictures is not None and f.compute is not None:
        return words.pictures(f.pictures(f.compute(row)))
    if f.compute is not None:
        return words.show(f.compute(row), whole=whole)
    if f.compute_for is not None:
        return words.show(f.compute_for(row, actor), whole=whole)
    moves = getattr(resource.model, "moves", None)
    if moves is not None and name == moves.column:
        return words.state(moves, row)
    field = column_of(resource.model, name)
    if field is not None and field.choices:
        return getattr(row, f"get_{name}_display")() or words.EMPTY
    if isinstance(field, models.ForeignKey):
        return related(field, row, actor)
    if isinstance(field, models.ManyToManyField):
        return words.show([str(each) for each in getattr(row, name).all()])
    return words.show(getattr(row, name), whole=whole)


def related(field: models.ForeignKey, row: models.Model, actor: Actor) -> Any:
    """The related row's words; nothing of a row that the actor may not see."""
    if getattr(row, field.attname) is None:
        return words.EMPTY
    seen = row.__dict__.get(f"seen_{field.name}", False)
    if seen is False:
        target: Any = field.related_model
        seen = scope(actor, target).filter(pk=getattr(row, field.attname)).first()
    return words.show(seen)


def with_related(queryset: models.QuerySet, names: list[str], actor: Actor) -> models.QuerySet:
    """Load for the whole page at once: related rows through the actor's own scope, and what computed fields are made of."""
    resource = resource_of(queryset.model)
    for name in names:
        f = resource.fields.get(name) if resource is not None else None
        queryset = queryset.prefetch_related(
            *(need for need in (f.needs if f else ()) if _is_many(queryset.model, need))
        )
        field = column_of(queryset.model, name)
        if isinstance(field, models.ForeignKey):
            target: Any = field.related_model
            queryset = queryset.prefetch_related(Prefetch(name, scope(actor, target), to_attr=f"seen_{name}"))
    return queryset


def _is_many(model: type[models.Model], need: str) -> bool:
    """Is it a relation to many rows, or a way on from one? Whatever is of the row itself is there already."""
    try:
        field = model._meta.get_field(need.split("__")[0])
    except FieldDoesNotExist:
        return False
    return bool(field.one_to_many or field.many_to_many)


def chosen(resource: type[Resource], audience: Audience) -> list[str]:
    """The columns of the list for an audience: those of the look, else the first card fields; six at most."""
    moves = getattr(resource.model, "moves", None)
    told = {f"{moves.column}_since"} if moves else set()  # a state is shown with its age
    readable = {name: f for name, f in resource.readable(audience).items() if name not in told}
    if resource.look.header:
        readable = {name: f for name, f in readable.items() if name not in ("title", "name")}  # the head says it
    wanted = [name for name in resource.look.columns if name in readable]
    if not wanted:
        skipped = {resource.document, "id", "version"}
        wanted = [name for name, f in readable.items() if f.card and name not in skipped and not _bulky(resource, name)]
    return wanted[: MOST - 1 if resource.look.header else MOST]


def _bulky(resource: type[Resource], name: str) -> bool:
    return isinstance(column_of(resource.model, name), models.TextField | models.JSONField | models.ManyToManyField)


@for_good
def displays(resource: type[Resource], audience: Audience) -> tuple[Callable[[Any], Any], ...]:
    """Django's list_display for an audience: functions of a row. `row.seen_by` is the actor, put there by the list."""
    found: list[Callable[[Any], Any]] = []
    if resource.look.header:
        found.append(_header(resource, audience))
    found += [_display(resource, name, resource.fields[name]) for name in chosen(resource, audience)]
    return tuple(found)


def _header(resource: type[Resource], audience: Audience) -> Callable[[Any], Any]:
    def header(row: Any) -> Any:
        return words.head(*rows.head_of(row, resource))

    header.short_description = str(resource.model._meta.verbose_name).capitalize()  # type: ignore[attr-defined]
    first = next((name for name, f in resource.readable(audience).items() if f.order and f.search), "")
    if first:
        header.admin_order_field = first  # type: ignore[attr-defined]
    return header


def _display(resource: type[Resource], name: str, f: F) -> Callable[[Any], Any]:
    def display(row: Any) -> Any:
        return read(resource, name, row, row.seen_by)

    display.__name__ = name
    display.short_description = title_of(resource, name)  # type: ignore[attr-defined]
    if f.order:
        money = name in getattr(resource.model, "money_fields", {})
        display.admin_order_field = f"{name}_minor" if money else name  # type: ignore[attr-defined]
    return display


def titled(title: str) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """What stands above a column that a domain draws itself."""

    def keep(column: Callable[[Any], Any]) -> Callable[[Any], Any]:
        column.short_description = title  # type: ignore[attr-defined]
        return column

    return keep
