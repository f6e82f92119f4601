"""The named schemas of a resource, per audience: card, full, create, patch, pick and page."""

import inspect
from typing import Any, Literal

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from pydantic import BaseModel, ConfigDict, Field, StrictBool, create_model

from core.audiences import Audience
from core.memo import for_good
from core.resources.assigning import public_name
from core.resources.declaration import CHANGE, CREATE, F, On, Resource
from core.resources.identity import id_type
from core.resources.registry import resource_of
from core.resources.searching import index_of
from core.resources.types import Document, Id, Money, SignedMoney, plain, type_of, whole

READ = ConfigDict(extra="forbid")
WRITE = ConfigDict(extra="forbid")
MOST_AT_ONCE = 100
DISTANCE = "distance"


def column(resource: type[Resource], name: str) -> models.Field | None:
    """The model's column of a declared field, or None for money and computed fields."""
    try:
        found = resource.model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return found if isinstance(found, models.Field) else None


def value_type(resource: type[Resource], name: str, f: F) -> Any:
    """The type of a declared field, with `| None` where it may be null."""
    if f.type is not None:
        return f.type
    if name == resource.document:
        return Document
    money = getattr(resource.model, "money_fields", {}).get(name)
    if money is not None:
        kind = SignedMoney if money.least is None or money.least < 0 else Money
        return kind | None if money.null else kind
    field = column(resource, name)
    if field is None:
        raise TypeError(f"{resource.__name__}.{name}: no such column; a computed field needs F(compute=..., type=...).")
    kind = id_type(resource_of(field.related_model)) if isinstance(field, models.ForeignKey) else type_of(field)  # type: ignore[arg-type]
    return kind | None if field.null else kind


def described(resource: type[Resource], name: str, f: F, **options: Any) -> Any:
    field = column(resource, name)
    words = f.help or (str(field.help_text) if field is not None else "")
    return Field(description=words or None, **options)


@for_good
def card(resource: type[Resource], audience: Audience) -> type[BaseModel]:
    """One row of a list."""
    return _read(resource, audience, f"{resource.name}Card", card=True, expands=True)


@for_good
def full(resource: type[Resource], audience: Audience) -> type[BaseModel]:
    """One thing, whole."""
    return _read(resource, audience, resource.name, card=False, expands=True)


@for_good
def pick(resource: type[Resource], audience: Audience) -> type[BaseModel]:
    """A row of which only some fields were asked for: all are optional here, so that the other schemas stay exact."""
    fields: dict[str, Any] = {"id": (id_type(resource), ...)}
    for name, f in resource.readable(audience).items():
        fields[public_name(resource.model, name)] = (
            value_type(resource, name, f),
            described(resource, name, f, default_factory=lambda: None),
        )
    if resource.located(audience):
        fields[DISTANCE] = (float | None, _distance())
    return create_model(f"{resource.name}Pick", __config__=READ, __doc__=sentence_of(resource), **fields)


def _read(resource: type[Resource], audience: Audience, title: str, *, card: bool, expands: bool) -> type[BaseModel]:
    fields: dict[str, Any] = {"id": (id_type(resource), ...)}
    for name, f in resource.readable(audience, card=card).items():
        fields[public_name(resource.model, name)] = (value_type(resource, name, f), described(resource, name, f))
    if not card and hasattr(resource.model, "version"):
        fields["version"] = (
            whole(1, 2**31 - 1),
            Field(description="Send it back as If-Match when changing or deleting."),
        )
    if expands and card and resource.located(audience):
        fields[DISTANCE] = (float | None, _distance())
    if expands:
        for name, target in expandable(resource, audience).items():
            if card and not resource.fields[name].card:
                continue
            kind = plain_card(target, audience) | None
            fields[name] = (
                kind,
                Field(
                    default_factory=lambda: None, description=f"Only with expand={name}; null when it may not be seen."
                ),
            )
    return create_model(title, __config__=READ, __doc__=sentence_of(resource), **fields)


def _distance() -> Any:
    words = "Kilometres from the point of `lat` and `lng`; only where they were sent."
    return Field(default_factory=lambda: None, ge=0, le=30_000, description=words)


def sentence_of(resource: type[Resource]) -> str | None:
    """What its rows are, in the first sentence of the model's docstring."""
    said = (inspect.getdoc(resource.model) or "").split("\n\n")[0].replace("\n", " ")
    sentence, stop, _rest = f"{said} ".partition(". ")
    return f"{sentence}." if stop and not said.startswith(f"{resource.model.__name__}(") else None


@for_good
def plain_card(resource: type[Resource], audience: Audience) -> type[BaseModel]:
    """A card without expansions of its own: what an expansion answers, so that there is one level of it."""
    if not any(resource.fields[name].card for name in expandable(resource, audience)):
        return card(resource, audience)
    return _read(resource, audience, f"{resource.name}Ref", card=True, expands=False)


def expandable(resource: type[Resource], audience: Audience) -> dict[str, type[Resource]]:
    """Declared field -> resource, for keys whose card the audience may ask for."""
    found = {}
    for name, f in resource.readable(audience).items():
        field = column(resource, name)
        if f.expand and isinstance(field, models.ForeignKey):
            target = resource_of(field.related_model)  # type: ignore[arg-type]
            if target is not None and target.serves(audience):
                found[name] = target
    return found


@for_good
def create_body(resource: type[Resource], audience: Audience) -> type[BaseModel]:
    """What creating takes: required unless the column has a default, may be blank or null, or is preset."""
    fields: dict[str, Any] = {}
    for name, f in resource.writable(audience, CREATE).items():
        kind = value_type(resource, name, f)
        required = f.preset is None and not _optional(resource, name)
        fields[public_name(resource.model, name)] = (
            (kind, described(resource, name, f))
            if required
            else (kind, described(resource, name, f, default_factory=lambda: None))
        )
    return create_model(f"{resource.name}Create", __config__=WRITE, **fields)


def _optional(resource: type[Resource], name: str) -> bool:
    if name == resource.document:
        return True
    money = getattr(resource.model, "money_fields", {}).get(name)
    if money is not None:
        return money.null
    field = column(resource, name)
    return field is None or field.null or field.blank or field.has_default()


@for_good
def patch_body(resource: type[Resource], audience: Audience) -> type[BaseModel]:
    """What changing takes: everything optional, nothing nullable that the column is not."""
    return create_model(f"{resource.name}Patch", __config__=WRITE, **_patch_fields(resource, audience))


def _patch_fields(resource: type[Resource], audience: Audience) -> dict[str, Any]:
    return {
        public_name(resource.model, name): (
            value_type(resource, name, f),
            described(resource, name, f, default_factory=lambda: None),
        )
        for name, f in resource.writable(audience, CHANGE).items()
    }


@for_good
def bulk_body(resource: type[Resource], audience: Audience) -> type[BaseModel]:
    """Changes to many rows at once."""
    fields = {
        "id": (id_type(resource), ...),
        "version": (whole(1, 2**31 - 1), ...),
        **_patch_fields(resource, audience),
    }
    item = create_model(f"{resource.name}BulkItem", __config__=WRITE, **fields)
    return create_model(
        f"{resource.name}Bulk",
        __config__=WRITE,
        items=(list[item], Field(min_length=1, max_length=MOST_AT_ONCE)),  # type: ignore[valid-type]
        atomic=(
            StrictBool,
            Field(default=True, description="All or nothing; false: what can be done is done, the rest is said."),
        ),
    )


class BulkResult(BaseModel):
    """What became of one row of a bulk change."""

    id: Id
    code: str = Field(max_length=64, description="`done`, or the code of the refusal.")
    message: str = Field(max_length=2000)


class Bulk(BaseModel):
    """What became of each row."""

    items: list[BulkResult] = Field(max_length=MOST_AT_ONCE)


class Count(BaseModel):
    """How many rows there are; counting stops at 10,000."""

    value: int = Field(ge=0, le=10_000)
    exact: bool


class FacetValue(BaseModel):
    """One value and how many rows have it."""

    value: str = Field(max_length=200)
    label: str = Field(max_length=200)
    count: int = Field(ge=0, le=2**31 - 1)


class FacetBin(BaseModel):
    """One bar of a histogram."""

    label: str = Field(max_length=80)
    least: str = Field(max_length=40, description="To be sent as the filter with `_min`.")
    most: str = Field(max_length=40, description="To be sent as the filter with `_max`.")
    count: int = Field(ge=0, le=2**31 - 1)


class Facet(BaseModel):
    """One field or attribute, with its values; numbers have a least and a most instead, and bars where staff say so."""

    name: str = Field(max_length=80, description="The filter parameter.")
    label: str = Field(max_length=120)
    kind: Literal["terms", "span", "histogram"] = Field(
        description="What it has: `values`; `least` and `most`; those and `bins`."
    )
    values: list[FacetValue] = Field(max_length=5000)
    least: float | None = None
    most: float | None = None
    bins: list[FacetBin] = Field(max_length=250)


class Facets(BaseModel):
    """Counts over the rows that the same parameters would list."""

    facets: list[Facet] = Field(max_length=400)
    capped: bool = Field(description="True when only the first 10,000 matching rows were counted.")


@for_good
def page(resource: type[Resource], audience: Audience, *, of_picks: bool = False) -> type[BaseModel]:
    """A page of a list, with the cursors of its neighbours."""
    item = pick(resource, audience) if of_picks else card(resource, audience)
    meant: dict[str, Any] = {}
    if index_of(resource.model) is not None:
        words = "The words of `q` as they were probably meant. Rows found by them stand last."
        meant["did_you_mean"] = (str | None, Field(description=words, max_length=400))
        put_first = "Those of the page that staff put first for `q`, by their `id`: they stand before all others where no `order` is asked."
        meant["pinned"] = (list[Id], Field(description=put_first, max_length=MOST_AT_ONCE))  # type: ignore[valid-type]
    return create_model(
        f"{item.__name__}Page",
        items=(list[item], Field(max_length=MOST_AT_ONCE)),  # type: ignore[valid-type]
        next=(str | None, Field(description="Cursor of the next page, or null.", max_length=2000)),
        prev=(str | None, Field(description="Cursor of the page before, or null.", max_length=2000)),
        count=(Count | None, Field(description="Only with count=true.")),
        **meant,
    )


def forget() -> None:
    """Drop every made schema: for tests that declare a resource of their own."""
    for made in (card, full, pick, plain_card, create_body, patch_body, bulk_body, page):
        made.cache_clear()  # type: ignore[attr-defined]


def written(resource: type[Resource], audience: Audience, on: On, body: BaseModel) -> dict[str, Any]:
    """The declared names and Python values of what a body sets."""
    values = {}
    for name in resource.writable(audience, on):
        public = public_name(resource.model, name)
        if public in body.model_fields_set:
            value = getattr(body, public)
            values[name] = value.counted() if isinstance(value, Money) else value
            if name == resource.document:
                values[name] = plain(value)
    return values
