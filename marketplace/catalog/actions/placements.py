"""Attributes put on categories and narrowed there: refused where listings would no longer fit, which a definition change maps."""

from collections.abc import Mapping
from typing import Any

from core.actions import action
from core.errors import FieldError
from core.resources.declaration import Resource
from core.resources.operations import plain_create, plain_update
from core.resources.registry import resource_of
from core.resources.types import key_of
from core.rules import Actor
from marketplace.catalog import narrowing
from marketplace.catalog.effects import effect_of, lacking
from marketplace.catalog.errors import DefinitionBreaks
from marketplace.catalog.models import Attribute, Category, CategoryAttribute, DefinitionChange, Listing
from marketplace.catalog.models.changes import NARROWED


def place_attribute(resource: type[Resource], values: Mapping[str, Any], *, by: Actor, reason: str = "") -> Any:
    """Put an attribute on a category. Refuses with 409 `definition_breaks` what listings there and below would not meet."""
    link = CategoryAttribute(
        category=_found(Category, values.get("category")), attribute=_found(Attribute, values.get("attribute"))
    )
    _refuse_breaking(link, values)
    return plain_create(resource, values, by=by, reason=reason)


def change_placement(
    resource: type[Resource],
    row: Any,
    values: Mapping[str, Any],
    *,
    by: Actor,
    version: int | None = None,
    reason: str = "",
) -> Any:
    """Change how a category asks for an attribute. Refuses with 409 `definition_breaks` what listings would no longer meet."""
    link = CategoryAttribute.objects.filter(pk=getattr(row, "pk", row)).first()
    if link is not None:
        _refuse_breaking(link, values)
    return plain_update(resource, row, values, by=by, version=version, reason=reason)


def _found(model: Any, said: Any) -> Any:
    return said if isinstance(said, model) else model.objects.filter(pk=key_of(said)).first()


def _refuse_breaking(link: CategoryAttribute, values: Mapping[str, Any]) -> None:
    if link.category_id is None or link.attribute_id is None:
        return  # refused as any missing value is
    said = {name: values[name] for name in (*NARROWED, "is_hidden") if name in values}
    changed = [name for name, value in said.items() if value != getattr(link, name)]
    for name, value in said.items():
        setattr(link, name, value)
    if link.is_hidden or not changed:
        return
    code, samples, count = link.attribute.code, [], 0
    try:
        if narrowing.faults_of(link):
            return  # refused in words of their own
        change = DefinitionChange(
            attribute=link.attribute, category=link.category, what=DefinitionChange.What.NARROW,
            **{name: getattr(link, name) for name in NARROWED},
        )  # fmt: skip
        if changed != ["is_required"]:
            rows = Listing.objects.filter(category__in=Category.subtree_keys(link.category_id))
            found = effect_of(change.rewriting(), rows)
            count, samples = found.becomes + found.loses, [each.value for each in found.samples[:3]]
    except (ValueError, TypeError):
        return  # no number at all: refused where it is read
    absent = lacking(link.category_id, code) if link.is_required and {"is_required", "is_hidden"} & set(changed) else 0
    if not count and not absent:
        return
    refusal = DefinitionBreaks(count=count + absent, samples=", ".join([*samples, *(["no value"] if absent else [])]))
    raise DefinitionBreaks(errors=[FieldError(f"/{changed[0]}", refusal.code, refusal.detail)], **refusal.facts)


@action(label="Narrow", rule="change")
def narrow_placement(link: CategoryAttribute, *, by: Actor, values: Any) -> CategoryAttribute:
    """Ask for more, or for less again: a step of a change of definitions."""
    for name, value in values.items():
        setattr(link, name, value)
    return link


def put_placement(link: CategoryAttribute, *, by: Actor) -> dict[str, Any]:
    """Let a category ask for an attribute like this. Answers how it did before."""
    held = CategoryAttribute.objects.filter(pk=link.pk).first() if link.pk else None
    wanted = {name: getattr(link, name) for name in NARROWED}
    if held is not None:
        former = {name: getattr(held, name) for name in NARROWED}
        narrow_placement(held, by=by, values=wanted)
        return former
    above = narrowing.like_above(CategoryAttribute(category=link.category, attribute=link.attribute))
    said = {name: getattr(link, name) for name in (*narrowing.SAID, *NARROWED, "category", "attribute")}
    plain_create(resource_of(CategoryAttribute), said, by=by)  # type: ignore[arg-type]
    return {name: getattr(above, name) for name in NARROWED}
