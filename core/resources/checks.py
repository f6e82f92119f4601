"""Start-up checks of every declaration: a mistake in one is told by id, with a hint, before anything is served."""

from collections.abc import Iterator
from typing import Any

from django.core import checks
from django.db import models

from core.audiences import AUDIENCES
from core.models import Record
from core.resources import schemas
from core.resources.declaration import F, On, Resource
from core.resources.filters import MAKERS, column_through
from core.resources.identity import referred
from core.resources.parameters import RESERVED
from core.resources.registry import resource_of, resources
from core.rules import nobody


def check_resources(**_options: Any) -> list[checks.CheckMessage]:
    """All faults of all declarations."""
    return [fault for resource in resources() for fault in faults_of(resource)]


def faults_of(resource: type[Resource]) -> Iterator[checks.CheckMessage]:
    """The faults of one declaration."""
    yield from _columns(resource)
    yield from _rules(resource)
    yield from _lists(resource)


def _error(number: int, resource: type[Resource], words: str, hint: str) -> checks.Error:
    return checks.Error(f"{resource.__name__}: {words}", hint=hint, obj=resource, id=f"resources.E{number:03d}")


def _columns(resource: type[Resource]) -> Iterator[checks.CheckMessage]:
    for name, f in resource.fields.items():
        computed = f.compute is not None or f.compute_for is not None
        money = name in getattr(resource.model, "money_fields", {})
        field = schemas.column(resource, name)
        if computed and f.type is None:
            yield _error(2, resource, f"{name} is computed and has no type.", "Add F(type=...).")
        elif not computed and not money and field is None and not f.given:
            yield _error(
                1,
                resource,
                f"{name} is no column of {resource.model.__name__}.",
                "Correct the name, or add F(compute=..., type=...).",
            )
        if f.given and not _is_taken(resource, f):
            yield _error(
                8,
                resource,
                f"{name} is given, and nothing takes it.",
                "Give it a type and writers, replace the operations in which it is written, and compute it where it is read.",
            )
        if computed and f.write and not f.given:
            yield _error(3, resource, f"{name} is computed, so nobody can write it.", "Drop write=.")
        if f.write and not issubclass(resource.model, Record):
            yield _error(
                4,
                resource,
                f"{name} is writable, but {resource.model.__name__} is no Record.",
                "Facts and tallies are never edited.",
            )
        reached = f.filter is not None and (bool(f.through) or f.where is not None)
        if (
            (f.search or f.filter or f.order)
            and field is None
            and not money
            and not reached
            and name != resource.document
        ):
            yield _error(5, resource, f"{name} has no column to search, filter or order by.", "Declare a column.")
        if f.facet and referred(resource.model, name):
            yield _error(
                7, resource, f"{name} cannot be a facet: what it points to is known by reference.", "Filter it."
            )
        if f.expand and not (isinstance(field, models.ForeignKey) and resource_of(field.related_model)):  # type: ignore[arg-type]
            yield _error(6, resource, f"{name} cannot be expanded.", "Only a key to a declared model can.")


def _is_taken(resource: type[Resource], f: F) -> bool:
    """Has a given value a type, and an operation of the resource's own wherever it may be written?"""
    needed = {On.CREATE: {"create"}, On.CHANGE: {"update"}, On.BOTH: {"create", "update"}}[f.on]
    is_read = bool(f.read) and f.compute is None
    return f.type is not None and bool(f.write) and needed <= set(resource.operations) and not is_read


def _rules(resource: type[Resource]) -> Iterator[checks.CheckMessage]:
    if not hasattr(resource.model, "policy"):
        yield _error(
            10, resource, "its model has no policy, so nobody can see anything.", "Set `policy = rules.X` on the model."
        )
        return
    verbs = {verb.name for verb in resource.verbs}
    for audience in AUDIENCES:
        rows = resource.rows(audience)
        for name in set(rows.verbs) - verbs:
            yield _error(
                11,
                resource,
                f"the {audience.word} rules name the verb {name}, which is not declared.",
                "Add it to verbs, or drop the rule.",
            )
        if rows.view is nobody and (rows.create is not nobody or rows.change is not nobody or rows.verbs):
            yield _error(12, resource, f"{audience.word} may write what it may not see.", "Give it a view rule.")
    for verb in resource.verbs:
        if not any(verb.name in resource.rows(audience).verbs for audience in AUDIENCES):
            yield _error(13, resource, f"nobody may {verb.name}.", "Name it in the policy, or drop the verb.")
        if verb.model is not resource.model:
            yield _error(
                14,
                resource,
                f"{verb.name} acts on {verb.model}, not on {resource.model.__name__}.",
                "Annotate its first parameter.",
            )


def _lists(resource: type[Resource]) -> Iterator[checks.CheckMessage]:
    yield from _parameters(resource)
    indexed = _indexed(resource.model)
    for name, f in resource.fields.items():
        column = f"{name}_minor" if name in getattr(resource.model, "money_fields", {}) else name
        if f.order and column not in indexed:
            yield _error(
                20,
                resource,
                f"{name} may be ordered by and leads no index.",
                f"Add an index that starts with {column}.",
            )
    for name in (*resource.look.columns, *resource.look.facts, *resource.look.filters):
        if name not in resource.fields:
            yield _error(
                21, resource, f"the admin's look names {name}, which is not declared.", "Declare it or drop it."
            )
    for name in {resource.public_by} - {""}:
        field = schemas.column(resource, name)
        if field is None or not field.unique:
            yield _error(23, resource, f"public_by names {name}, which is no unique column.", "Name a unique column.")
    for name in resource.place:
        if name not in resource.fields or schemas.column(resource, name) is None or len(resource.place) != 2:
            yield _error(25, resource, f"place names {name}.", "Name two declared columns: latitude, longitude.")
    if resource.also_by and schemas.column(resource, resource.also_by) is None:
        yield _error(22, resource, f"also_by names {resource.also_by}, which is no column.", "Name a unique column.")


def _parameters(resource: type[Resource]) -> Iterator[checks.CheckMessage]:
    for name, f in resource.fields.items():
        if f.filter not in MAKERS or (column_through(resource, name) is None and not _is_money(resource, name)):
            continue  # it makes no parameter, or has been refused above
        for parameter in MAKERS[f.filter](resource, name):
            if parameter.name in RESERVED:
                yield _error(
                    24,
                    resource,
                    f"the filter of {name} would be the query parameter {parameter.name}, which is {RESERVED[parameter.name]}.",
                    "Give the field another name, or drop the filter.",
                )


def _is_money(resource: type[Resource], name: str) -> bool:
    return name in getattr(resource.model, "money_fields", {})


def _indexed(model: type[models.Model]) -> set[str]:
    """Columns that lead an index of the model."""
    found = {
        each.name
        for each in model._meta.concrete_fields
        if each.primary_key or getattr(each, "db_index", False) or each.unique
    }
    for index in model._meta.indexes:
        found |= {index.fields[0].lstrip("-")} if index.fields else set()
        for expression in index.expressions[:1]:
            found |= {getattr(getattr(expression, "expression", expression), "name", "")}
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.fields:
            found.add(constraint.fields[0])
    return found
