"""The query parameters of a resource's lists: what exists, how it is documented, how it is read. Nothing unknown is ignored."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from pydantic import ValidationError

from core.audiences import Audience
from core.errors import FieldError, Invalid, UnknownParameter
from core.memo import for_good
from core.resources import document_filters, places, schemas, searching
from core.resources.declaration import Filter, Resource
from core.resources.filters import MAKERS, Parameter, number_within, one_of, printable, yes_or_no
from core.resources.filters import searching as looking_into
from core.rules import Actor

MOST, USUAL = 100, 24


LIMIT = Parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL},
    "Rows a page.",
    number_within(1, MOST),
)
CURSOR = Parameter("cursor", {"type": "string", "maxLength": 2000}, "From `next` or `prev` of a page.", printable)
#: What lists take whatever is declared; a filter of one of these names would be read as both (resources.E024).
RESERVED = {
    "q": "the search",
    "order": "the order of a list",
    "limit": "the size of a page",
    "cursor": "the place in a list",
    "count": "whether rows are counted",
    "fields": "the fields of a pick",
    "expand": "what is answered as well",
    **{each.name: "a place" for each in places.PARAMETERS},
}
COUNT = Parameter("count", {"type": "boolean", "default": False}, "Also count the rows, up to 10,000.", yes_or_no)


@for_good
def filters(resource: type[Resource], audience: Audience) -> dict[str, Parameter]:
    """The parameters that choose rows: filters of readable fields, and `q` where something may be searched."""
    found: dict[str, Parameter] = {}
    searched = [name for name, f in resource.readable(audience).items() if f.search]
    if searched:
        found["q"] = _search(resource, searched)
    for name, f in resource.readable(audience).items():
        if f.filter is not None and f.filter is not Filter.TOKENS:
            found |= {each.name: each for each in MAKERS[f.filter](resource, name)}
    if resource.located(audience):
        found |= {each.name: each for each in places.PARAMETERS}
    return found


def _search(resource: type[Resource], columns: list[str]) -> Parameter:
    """`q`: asked of the model's index where it has one, else of the columns."""
    index = searching.index_of(resource.model)
    if index is None:
        words, kept = f"Words to find in: {', '.join(columns)}.", looking_into(columns)
    else:
        words, exactly = index.words, index.exactly

        def kept(_actor: Actor, text: str) -> Q:
            return exactly(text)

    return Parameter("q", {"type": "string", "maxLength": 120}, words, printable, condition=kept)


@for_good
def orders(resource: type[Resource], audience: Audience) -> tuple[str, ...]:
    names = [name for name, f in resource.readable(audience).items() if f.order]
    if resource.located(audience):
        names.append(places.DISTANCE)
    return tuple(sign + name for name in names for sign in ("", "-"))


@for_good
def of_list(resource: type[Resource], audience: Audience, *, pick: bool = False) -> dict[str, Parameter]:
    """Every parameter of the list (or pick) operation."""
    found = dict(filters(resource, audience))
    if orders(resource, audience):
        values = orders(resource, audience)
        found["order"] = Parameter(
            "order",
            {"type": "string", "enum": list(values)},
            "Columns to order by; a leading minus descends.",
            one_of(values),
            many=True,
        )
    found |= {"limit": LIMIT, "cursor": CURSOR, "count": COUNT}
    if pick:
        names = tuple(schemas.pick(resource, audience).model_fields)
        found["fields"] = Parameter(
            "fields", {"type": "string", "enum": list(names)}, "The fields to answer.", one_of(names), many=True
        )
    else:
        found |= expanding(resource, audience, card=True)
    return found


@for_good
def expanding(resource: type[Resource], audience: Audience, *, card: bool = False) -> dict[str, Parameter]:
    """The `expand` parameter, where there is something to expand."""
    names = tuple(name for name in schemas.expandable(resource, audience) if resource.fields[name].card or not card)
    if not names:
        return {}
    return {
        "expand": Parameter(
            "expand",
            {"type": "string", "enum": list(names)},
            "Related cards to answer as well.",
            one_of(names),
            many=True,
        )
    }


def documented(resource: type[Resource], audience: Audience, known: Mapping[str, Parameter]) -> list[dict[str, Any]]:
    """The OpenAPI parameter objects, with the open family of attribute filters where there is one."""
    found = [each.document() for each in known.values()]
    if has_tokens(resource, audience):
        found.append(
            {
                "name": "attr",
                "in": "query",
                "required": False,
                "style": "form",
                "explode": True,
                "description": "Filters by the category's attributes: `attr.color=red,blue`, `attr.year_min=2010`. "
                "`GET /categories/{category_id}/attributes` lists them; others are refused by name.",
                "schema": {
                    "type": "object",
                    "additionalProperties": {"type": "string", "maxLength": 500},
                    "maxProperties": 20,
                    "propertyNames": {"pattern": r"^attr\.[a-z][a-z0-9_]*$"},
                },
            }
        )
    return found


@for_good
def has_tokens(resource: type[Resource], audience: Audience) -> bool:
    return any(f.filter is Filter.TOKENS for f in resource.readable(audience).values())


@dataclass(frozen=True)
class Asked:
    """What a request asks of a list, read and checked."""

    values: Mapping[str, Any]
    attributes: Mapping[str, list[str]]

    def get(self, name: str, default: Any = None) -> Any:
        return self.values.get(name, default)

    def without(self, name: str) -> "Asked":
        """The same, less one parameter."""
        return Asked({key: value for key, value in self.values.items() if key != name}, self.attributes)


def read(query: QueryDict, known: Mapping[str, Parameter], *, attributes: bool = False) -> Asked:
    """Read a query string. Refuses with 422 a parameter that is not known, naming those that are, and values that do not fit."""
    values: dict[str, Any] = {}
    open_family: dict[str, list[str]] = {}
    faults = []
    for name in query:
        if attributes and name.startswith("attr."):
            open_family[name[5:]] = [part for text in query.getlist(name) for part in text.split(",") if part]
            continue
        if name not in known:
            raise UnknownParameter(
                parameter=name[:80], allowed=", ".join(known) + (", attr.<code>" if attributes else "")
            )
        parameter = known[name]
        try:
            if parameter.many:
                parts = [part for each in query.getlist(name) for part in str(each).split(",")]
                if len(parts) > 50:
                    raise ValueError("At most 50 values.")
                values[name] = [parameter.read(part) for part in parts]
            else:
                most = parameter.schema.get("maxLength", 200)
                text = str(query[name])
                if len(text) > most:
                    raise ValueError(f"At most {most} characters.")
                values[name] = parameter.read(text)
        except ValueError as fault:
            words = fault.errors()[0]["msg"] if isinstance(fault, ValidationError) else str(fault)
            faults.append(FieldError(name, "parameter", words))
    if faults:
        raise Invalid(errors=faults)
    return Asked(values, open_family)


def condition(resource: type[Resource], actor: Actor, asked: Asked) -> Q:
    """The rows that were asked for (the actor's scope is not in it: start from scope())."""
    known = filters(resource, actor.audience)
    found = places.condition(resource, asked.values) if resource.located(actor.audience) else Q()
    for name, value in asked.values.items():
        if name in known and known[name].condition is not None and value != []:
            found &= known[name].condition(actor, value)  # type: ignore[misc]
    if has_tokens(resource, actor.audience) and (asked.attributes or asked.get("category")):
        found &= document_filters.read_filters(resource, dict(asked.attributes), actor, asked.values)
    return found
