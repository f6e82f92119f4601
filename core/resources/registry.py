"""Every declared resource, by model and by path."""

from collections.abc import Iterator

from django.db import models

from core.resources.declaration import Resource

_by_model: dict[type[models.Model], type[Resource]] = {}


def register(resource: type[Resource]) -> None:
    """Called by each declaration. A model has one resource (RuntimeError)."""
    if resource.model in _by_model and _by_model[resource.model].__qualname__ != resource.__qualname__:
        raise RuntimeError(f"{resource.model.__name__} is declared twice.")
    _by_model[resource.model] = resource


def unregister(resource: type[Resource]) -> None:
    """Forget a declaration: for tests that declare one of their own."""
    _by_model.pop(resource.model, None)


def resources() -> Iterator[type[Resource]]:
    """All declarations, in the order in which apps declare them."""
    yield from _by_model.values()


def resource_of(model: type[models.Model]) -> type[Resource] | None:
    """The declaration of a model, or None."""
    return _by_model.get(model)
