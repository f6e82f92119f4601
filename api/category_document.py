"""An audience's OpenAPI document for some categories: their attributes as typed properties and filters, for clients built per catalogue.

`/api/v1/openapi.json` is the contract that stays; `?category=cars,phones` is the same with what those categories say today.
"""

import copy
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2s
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from api.auth import Bearer, Visitor
from api.instances import instance
from api.refusals import refuse
from core import limits
from core.audiences import STOREFRONT, Audience
from core.errors import DomainError, FieldError, Invalid
from core.memo import for_good
from core.money import LARGEST
from core.resources import answers, documents, reading
from core.resources.definitions import CHOOSING, RANGED, Definition, Kind
from core.resources.document_filters import parameters_of
from core.resources.document_schema import property_of
from core.resources.kinds import colours
from core.response_cache import unless_known
from core.rules import Actor, scope
from marketplace.catalog.models import Category
from marketplace.catalog.models.shelves import shelves
from marketplace.catalog.resources import Categories, Listings

MOST_NAMED, MOST_HELD = 20, 200
#: Schemas of a listing that says its category: told apart by `category_id`. The others only say what attributes there may be.
TOLD_APART, PARTIAL = ("", "Card", "Ref", "Create"), ("Pick", "Patch", "BulkItem")


@dataclass(frozen=True)
class Variant:
    """Categories in which a listing may say the same: the word of its schemas, their keys and what they define."""

    word: str
    keys: tuple[int, ...]
    definitions: tuple[Definition, ...]


@require_safe
def document(request: HttpRequest, audience: Audience) -> HttpResponse:
    """The audience's document, or with `category` that of some categories and all below them.

    The plain one is open to everybody. With categories it tells what the asker may see of their definitions: vendors and
    operations sign in. Refuses with 404 a category that is not there, with 422 more than twenty, or 200 with those below.
    """
    if "category" not in request.GET:
        whole, tag = _plain(audience)
        response = HttpResponse(zlib.decompress(whole), content_type="application/json; charset=utf-8")
        response["ETag"] = tag
        return unless_known(request, response)
    try:
        (Visitor if audience is STOREFRONT else Bearer)(audience)(request)
        actor: Actor = request.actor  # type: ignore[attr-defined]
        limits.check("read" if actor.is_signed_in else "read_anonymous", limits.who_asks(request))
        keys = named(request.GET.getlist("category"), actor)
        found = _made(documents.stamp(), audience, keys, frozenset(scope(actor, Category).values_list("pk", flat=True)))
    except DomainError as refusal:
        return refuse(request, refusal)
    response = HttpResponse(found, content_type="application/json; charset=utf-8")
    return answers.may_be_kept(request, response, Categories)


def named(said: list[str], actor: Actor) -> tuple[int, ...]:
    """The keys of the categories that are named, by key or slug."""
    words = [word for text in said for word in text.split(",") if word]
    if not 0 < len(words) <= MOST_NAMED or any(len(word) > 80 for word in words):
        raise Invalid(errors=[FieldError("category", "parameter", f"Name one to {MOST_NAMED} categories.")])
    return tuple(dict.fromkeys(reading.find(Categories, actor, word).pk for word in words))


@for_good
def _plain(audience: Audience) -> tuple[bytes, str]:
    """The audience's own document, compressed, with its ETag. It says what the code says: written once for each process.

    Writing that of operations takes a second or two, in which a worker answers nobody else.
    """
    whole = orjson.dumps(instance(audience).get_openapi_schema())
    return zlib.compress(whole), f'W/"{blake2s(whole, digest_size=12).hexdigest()}"'


@lru_cache(maxsize=32)
def _made(_stamp: str, audience: Audience, keys: tuple[int, ...], seen: frozenset[int]) -> bytes:
    whole, _tag = _plain(audience)
    return orjson.dumps(typed(orjson.loads(zlib.decompress(whole)), variants(audience, keys, seen)))


def variants(audience: Audience, keys: tuple[int, ...], seen: frozenset[int]) -> list[Variant]:
    """What the categories and those below them define for an audience; those that define the same together."""
    tree = shelves()
    held = [key for key in dict.fromkeys(each for key in keys for each in tree.below(key)) if key in seen]
    if len(held) > MOST_HELD:
        raise Invalid(
            errors=[FieldError("category", "parameter", f"{len(held)} categories are more than {MOST_HELD}.")]
        )
    alike: dict[tuple[Definition, ...], list[int]] = {}
    for key in held:
        definitions = tuple(each for each in tree.definitions(key) if audience in each.read)
        alike.setdefault(definitions, []).append(key)
    return [Variant(_word(tree.shelves[some[0]].slug), tuple(some), each) for each, some in alike.items()]


def _word(slug: str) -> str:
    return "".join(part.capitalize() for part in slug.split("-"))


def typed(base: dict[str, Any], kinds: list[Variant]) -> dict[str, Any]:
    """The document with the variants' attributes in place of the open ones."""
    schemas = base["components"]["schemas"]
    for kind in kinds:
        schemas[f"{kind.word}Attributes"] = _attributes(kind)
    references = [{"$ref": f"#/components/schemas/{kind.word}Attributes"} for kind in kinds]
    for suffix in TOLD_APART:
        name = f"{Listings.name}{suffix}"
        if name in schemas:
            schemas[name] = _told_apart(schemas, name, suffix, kinds)
    for suffix in PARTIAL:
        held = schemas.get(f"{Listings.name}{suffix}", {}).get("properties", {})
        if "attributes" in held:
            held["attributes"] = references[0] if len(references) == 1 else {"anyOf": references}
    filters = [each for kind in kinds for each in _filters(kind)]
    once = list({each["name"]: each for each in filters}.values())
    for methods in base["paths"].values():
        for operation in methods.values():
            operation["parameters"] = [
                found for each in operation["parameters"] for found in (once if each["name"] == "attr" else [each])
            ]
    base["components"]["schemas"] = dict(sorted(schemas.items()))
    return base


def _attributes(kind: Variant) -> dict[str, Any]:
    """What a listing there may say. Nothing is required: a draft may lack it, and so may one that is older than its definition."""
    properties = {}
    for each in kind.definitions:
        found = property_of(each)
        words = [found.pop("title"), found.pop("description", ""), f"In {each.unit}." if "x-unit" in found else ""]
        properties[each.code] = found | {"description": " ".join(word for word in words if word)}
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        "title": f"{kind.word}Attributes",
    }


def _told_apart(schemas: dict[str, Any], name: str, suffix: str, kinds: list[Variant]) -> dict[str, Any]:
    made = []
    for kind in kinds:
        one = copy.deepcopy(schemas[name])
        own = f"{kind.word}{Listings.name}{suffix}"
        one["properties"]["category_id"] = {"type": "integer", "enum": list(kind.keys)}
        one["properties"]["attributes"] = {"$ref": f"#/components/schemas/{kind.word}Attributes"}
        schemas[own] = one | {"title": own}
        made.append({"$ref": f"#/components/schemas/{own}"})
    return {"oneOf": made, "description": "Told apart by `category_id`."}


def _filters(kind: Variant) -> Iterator[dict[str, Any]]:
    for each in kind.definitions:
        for name in parameters_of(each) if each.filterable else []:
            schema = _asked(each, name)
            yield {
                "name": f"attr.{name}",
                "in": "query",
                "required": False,
                "description": each.label,
                "schema": schema,
                **({"style": "form", "explode": False} if schema["type"] == "array" else {}),
            }


def _asked(definition: Definition, name: str) -> dict[str, Any]:
    """The schema of one filter."""
    if definition.kind is Kind.LOCATION:
        count = 4 if name.endswith("_within") else 3
        return {"type": "array", "items": {"type": "number"}, "minItems": count, "maxItems": count}
    if definition.kind is Kind.BOOLEAN:
        return {"type": "boolean"}
    one: dict[str, Any] = {"type": "number"}
    if definition.kind in CHOOSING:
        one = {"type": "string", "enum": [each.code for each in definition.options]}
    elif definition.kind is Kind.COLOUR:
        one = {"type": "string", "enum": list(colours.FAMILIES)}
    elif definition.kind is Kind.DATE:
        one = {"type": "string", "format": "date"}
    elif definition.kind is Kind.MONEY:
        one = {"type": "integer", "minimum": 0, "maximum": LARGEST}
    if definition.kind in RANGED and name != definition.code:
        return one
    return {"type": "array", "items": one, "maxItems": 50}
