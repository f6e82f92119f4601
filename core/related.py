"""Rows that belong to a row and are known already: as if they had been read with it."""

from collections.abc import Iterable
from typing import Any

from django.db.models import ForeignKey, Model, QuerySet
from django.db.models.fields.reverse_related import ManyToOneRel

from core import compiled
from core.memo import for_good


def remember(row: Model, name: str, rows: Iterable[Model]) -> None:
    """Let `row.<name>.all()` give these, which are all that there are, without asking the database.

    As after `prefetch_related`; `refresh_from_db` and a lock forget them.
    """
    found: Any = getattr(row, name).get_queryset()
    found._result_cache, found._prefetch_done = list(rows), True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = found


def keep(row: Model, name: str, known: Any) -> None:
    """Keep what is known of a row by a name that none of its relations has; forgotten when they are."""
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = known


def kept(row: Model, name: str) -> Any:
    """What was kept so; None where nothing is."""
    return row.__dict__.get("_prefetched_objects_cache", {}).get(name)


def read(row: Model, names: Iterable[str]) -> None:
    """Read what belongs to the row by these relations, as `prefetch_related` does, by statements that are kept. What is known
    already, and any other relation, is left as it is."""
    for name in names:
        field: Any = _belonging(type(row), name)
        if field is None or kept(row, name) is not None:
            continue
        found = compiled.models_of(_those_of, field, values=[row.pk])
        for each in found:
            if not field.is_cached(each):
                field.set_cached_value(each, row)
        remember(row, name, found)


def one(row: Model, name: str) -> Any:
    """What `row.<name>` gives: the row that it points to, read by a statement that is kept where it is not known."""
    field: Any = row._meta.get_field(name)
    key = getattr(row, field.attname)
    if (
        not field.is_cached(row)
        and isinstance(key, int)
        and field.target_field.primary_key
        and field.remote_field.multiple
    ):
        found = compiled.models_of(_of_key, field.related_model, values=[key])
        if found:
            field.set_cached_value(row, found[0])
    return getattr(row, name)


@for_good
def _belonging(model: type[Model], name: str) -> ForeignKey | None:
    """The foreign key by which rows belong to those of the model, if that is what the name stands for and Django would read them
    by nothing else."""
    for relation in model._meta.related_objects:
        if relation.get_accessor_name() == name and type(relation) is ManyToOneRel:
            field: Any = relation.field
            among: Any = field.model._default_manager.all()
            if (
                type(field) is ForeignKey
                and field.target_field is model._meta.pk
                and not among._prefetch_related_lookups
            ):
                return field
    return None


def _those_of(field: ForeignKey, key: Any) -> QuerySet:
    return field.model._default_manager.filter(**{f"{field.name}__in": [key]})


def _of_key(model: type[Model], key: Any) -> QuerySet:
    return model._base_manager.filter(pk=key)
