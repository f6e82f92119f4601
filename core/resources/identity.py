"""By what a row is known outside: its key or, for private documents, its reference, which nobody can count through."""

from typing import Annotated, Any

from django.db import models
from pydantic import Field

from core import references
from core.resources.declaration import Resource
from core.resources.registry import resource_of
from core.resources.types import Id

Reference = Annotated[str, Field(min_length=8, max_length=references.LENGTH, pattern=references.PATTERN)]
#: The same from outside, in capitals or small letters; `core.references.read` gives it its one spelling.
SentReference = Annotated[str, Field(min_length=8, max_length=references.LENGTH, pattern=references.SENT)]


def id_type(resource: type[Resource] | None) -> Any:
    """The type of `id`, and of keys that point here."""
    return Reference if resource is not None and resource.public_by else Id


def id_of(row: Any) -> int | str:
    """What the API calls `id`: the reference where the resource has one, else the key."""
    resource = resource_of(type(row))
    return getattr(row, resource.public_by) if resource is not None and resource.public_by else row.pk


def referred(model: type[models.Model] | models.Model, name: str) -> str:
    """For a declared key to a resource known by reference: that reference's column, such as "reference"; else nothing."""
    field = next((each for each in model._meta.concrete_fields if each.name == name), None)
    if not isinstance(field, models.ForeignKey):
        return ""
    target = resource_of(field.related_model)  # type: ignore[arg-type]
    return target.public_by if target is not None else ""
